//! A site on the loopback address for tests: its files can be exchanged, and it remembers what it was asked for.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use visit::{Limits, Manners, Names, Permission, VisitSettings, Web};

/// A site while it is served.
pub struct Site {
    address: String,
    files: Arc<Mutex<Files>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Files {
    given: BTreeMap<String, (&'static str, Vec<u8>)>,
    /// What the next requests get, one each, before the file that is there.
    in_turn: BTreeMap<String, VecDeque<Vec<u8>>>,
    asked: Vec<String>,
    /// Whether each answer to a picture is another.
    varying: Option<fn(usize) -> Vec<u8>>,
}

impl Site {
    /// Opens a site without any file.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let files = Arc::new(Mutex::new(Files::default()));
        let served = Arc::clone(&files);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&served)));
            }
        });
        Self {
            address,
            files,
            task,
        }
    }

    /// Returns the address of a file.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
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
        std::mem::take(&mut self.files.lock().unwrap().asked)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Returns the way to sites on the loopback address.
pub fn web() -> Web {
    let settings = VisitSettings {
        contact: "watch@cert.example".to_owned(),
        limits: Limits::default(),
        manners: Manners {
            pause: std::time::Duration::ZERO,
        },
        permission: Permission {
            hosts: ["127.0.0.1".to_owned()].into(),
        },
        authorities: Vec::new(),
    };
    let nobody = Names::of_servers(&["127.0.0.1:1".parse().unwrap()]).unwrap();
    Web::new(nobody, settings).unwrap()
}

async fn answer(mut stream: TcpStream, files: Arc<Mutex<Files>>) {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < 16 * 1024 {
        match stream.read(&mut piece).await {
            Ok(count) if count > 0 => head.extend_from_slice(&piece[..count]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let response = {
        let mut files = files.lock().unwrap();
        files.asked.push(path.clone());
        let varying = files.varying.filter(|_| path == "/varies.png");
        let count = files.asked.len();
        let next = files.in_turn.get_mut(&path).and_then(VecDeque::pop_front);
        if let (Some(next), Some((_, bytes))) = (next, files.given.get_mut(&path)) {
            *bytes = next;
        }
        match (varying, files.given.get(&path)) {
            (Some(picture), _) => full("image/png", &picture(count)),
            (None, Some((kind, bytes))) => full(kind, bytes),
            (None, None) => {
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec()
            }
        }
    };
    let _ = stream.write_all(&response).await;
}

fn full(kind: &str, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    [head.as_bytes(), bytes].concat()
}
