//! A site on the loopback address for tests, whose files can be exchanged, and the way there.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use testkit::serving::{Server, answer};
use visit::{Limits, Manners, Names, Permission, VisitSettings, Web};

/// A site while it is served.
pub struct Site {
    server: Server,
    files: Arc<Mutex<Files>>,
}

#[derive(Default)]
struct Files {
    given: BTreeMap<String, (&'static str, Vec<u8>)>,
    /// What the next requests get, one each, before the file that is there.
    in_turn: BTreeMap<String, VecDeque<Vec<u8>>>,
    /// Whether each answer to a picture is another.
    varying: Option<fn(usize) -> Vec<u8>>,
    answered: usize,
}

impl Site {
    /// Opens a site without any file.
    pub fn open() -> Self {
        let files = Arc::new(Mutex::new(Files::default()));
        let given = Arc::clone(&files);
        let server = Server::open(move |request| given.lock().unwrap().answer(request.path()));
        Self { server, files }
    }

    /// Returns the address of a file.
    pub fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// Puts a file there, or another in its place.
    pub fn put(&self, path: &str, kind: &'static str, bytes: impl Into<Vec<u8>>) {
        let mut files = self.files.lock().unwrap();
        files.given.insert(path.to_owned(), (kind, bytes.into()));
    }

    /// The next requests for a file get these, one each.
    pub fn put_in_turn(&self, path: &str, bytes: impl IntoIterator<Item = Vec<u8>>) {
        let mut files = self.files.lock().unwrap();
        let in_turn = files.in_turn.entry(path.to_owned()).or_default();
        in_turn.extend(bytes);
    }

    /// Takes a file away.
    pub fn remove(&self, path: &str) {
        self.files.lock().unwrap().given.remove(path);
    }

    /// From now on `/varies.png` is another with each request.
    pub fn vary(&self, picture: fn(usize) -> Vec<u8>) {
        self.files.lock().unwrap().varying = Some(picture);
    }

    /// Returns what was asked for since the last time.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.server.take_asked();
        asked.iter().map(|one| one.path().to_owned()).collect()
    }
}

impl Files {
    fn answer(&mut self, path: &str) -> Vec<u8> {
        self.answered += 1;
        let next = self.in_turn.get_mut(path).and_then(VecDeque::pop_front);
        if let (Some(next), Some((_, bytes))) = (next, self.given.get_mut(path)) {
            *bytes = next;
        }
        let varying = self.varying.filter(|_| path == "/varies.png");
        match (varying, self.given.get(path)) {
            (Some(picture), _) => of_kind("image/png", picture(self.answered)),
            (None, Some((kind, bytes))) => of_kind(kind, bytes),
            (None, None) => answer(404, "", ""),
        }
    }
}

/// Writes an answer of this kind.
pub fn of_kind(kind: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    answer(200, &format!("Content-Type: {kind}\r\n"), body)
}

/// Returns the way to sites on the loopback address, and to those at 127.0.0.2, who are somebody else.
pub fn web() -> Web {
    let settings = VisitSettings {
        contact: "watch@cert.example".to_owned(),
        limits: Limits::default(),
        manners: Manners {
            pause: Duration::ZERO,
        },
        permission: Permission {
            hosts: ["127.0.0.1", "127.0.0.2"].map(str::to_owned).into(),
        },
        authorities: Vec::new(),
    };
    let nobody = Names::of_servers(&["127.0.0.1:1".parse().unwrap()]).unwrap();
    Web::new(nobody, settings).unwrap()
}
