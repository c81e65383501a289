//! A person at the pages of a real node, over HTTP: what the node's own watch has found, its verdict page, and who may not see it.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use fs_err as fs;
use testkit::wait_until;

use crate::program::{Running, text, tocsin_done};
use crate::small_tree::free_address;
use crate::watch_surveys::desk_with_a_finding;
use crate::watch_web::Desk;

const PASSWORD: &str = "four words in a row";

/// A node with a watch of its own, which runs.
struct Scene {
    desk: Desk,
    address: String,
    _running: Running,
}

impl Scene {
    fn raise(desk: Desk) -> Self {
        let (folder, address) = (desk.path("node"), free_address());
        fs::write(desk.path("password"), PASSWORD).expect("written");
        let (watch, link) = (desk.text("watch"), free_address());
        let init = [
            "node",
            "init",
            "--organisation",
            "vn.syt",
            "--name",
            "Sở Y tế",
        ];
        let place = ["--folder", text(&folder)];
        let settings = ["--link", &link, "--pages", &address, "--watch", &watch];
        tocsin_done(init.into_iter().chain(place).chain(settings));
        let password = desk.text("password");
        let set = ["node", "set-password", "--password-file", &password];
        tocsin_done(set.into_iter().chain(place));
        let run = ["node", "run", "--until-stdin-closes"];
        let running = Running::start(run.into_iter().chain(place), &desk.path("log"));
        let answers = wait_until(Duration::from_secs(30), || {
            TcpStream::connect(&address).is_ok()
        });
        assert!(
            answers,
            "{}",
            fs::read_to_string(desk.path("log")).unwrap_or_default()
        );
        Self {
            desk,
            address,
            _running: running,
        }
    }

    fn evidence(&self) -> PathBuf {
        self.desk.path("watch/evidence.jsonl")
    }
}

/// A browser that keeps cookies and follows nothing.
struct Browser<'s> {
    scene: &'s Scene,
    cookies: BTreeMap<String, String>,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl<'s> Browser<'s> {
    fn at(scene: &'s Scene) -> Self {
        Self {
            scene,
            cookies: BTreeMap::new(),
        }
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\n"), "")
    }

    fn sign_in(&mut self, password: &str) -> Answer {
        let page = self.get("/sign-in").body;
        let (_, rest) = page.split_once("name=\"token\" value=\"").expect("a form");
        let token = rest.split('"').next().unwrap_or_default();
        let form = format!(
            "token={token}&name=Lan&password={}",
            password.replace(' ', "+")
        );
        self.send(
            "POST /sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n",
            &form,
        )
    }

    fn send(&mut self, head: &str, body: &str) -> Answer {
        let cookies = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let (host, length) = (&self.scene.address, body.len());
        let mut stream = TcpStream::connect(host).expect("the node answers");
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("a time");
        write!(
            stream,
            "{head}Host: {host}\r\nCookie: {cookies}\r\nAccept-Language: en\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .expect("sent");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer");
        let answer = String::from_utf8(bytes).expect("our pages are UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        for line in head.lines() {
            if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("set-cookie")
                && let Some((name, value)) =
                    value.split(';').next().and_then(|one| one.split_once('='))
            {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Answer {
            status: status.expect("a status"),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// Waits until the list of web sites has a finding, and returns its path.
    fn finding(&mut self) -> String {
        let mut path = None;
        let is_there = wait_until(Duration::from_secs(30), || {
            let list = self.get("/websites?lang=en").body;
            let link = list.split("href=\"/websites/").nth(1);
            path = link
                .and_then(|rest| rest.split('"').next())
                .map(|path| format!("/websites/{path}"));
            path.is_some()
        });
        assert!(is_there, "{}", self.get("/websites?lang=en").body);
        path.expect("it is there")
    }
}

#[test]
fn an_officer_sees_what_a_survey_found_and_why_and_nobody_else_does() {
    let desk = desk_with_a_finding();
    assert_eq!(desk.run(&["survey"]).code, 1);
    let scene = Scene::raise(desk);
    let bad = format!("{}upload/x.html", scene.desk.url);

    let mut officer = Browser::at(&scene);
    assert_eq!(officer.sign_in("a wrong one").status, 403);
    assert_eq!(officer.sign_in(PASSWORD).status, 303);
    let finding = officer.finding();
    let list = officer.get("/websites?lang=en").body;
    assert!(list.contains("data-key=\"confirmed\">"), "{list}");
    let page = officer.get(&format!("{finding}?lang=en"));
    assert_eq!(page.status, 200);
    for expected in ["0240 1", &bad, "Slot gacor"] {
        assert!(page.body.contains(expected), "{expected}: {}", page.body);
    }
    let verdict = format!("{finding}/verdict");
    assert!(
        page.body.contains(&format!("href=\"{verdict}\"")),
        "{}",
        page.body
    );
    let shown = officer.get(&format!("{verdict}?lang=en"));
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(
        shown
            .head
            .to_lowercase()
            .contains("content-security-policy: default-src 'none'")
    );
    for expected in [
        "Telephone now",
        &bad,
        "slot gacor",
        "https://elsewhere.example",
    ] {
        assert!(shown.body.contains(expected), "{expected}: {}", shown.body);
    }
    assert!(!shown.body.contains("<script"), "{}", shown.body);

    // Nobody without a session, nobody with one that was ended, and nothing of an organisation that is not below.
    let stranger = Browser::at(&scene).get(&verdict);
    assert_eq!(
        (stranger.status, stranger.body.contains("gacor")),
        (303, false)
    );
    let mut forger = Browser::at(&scene);
    forger.cookies = officer
        .cookies
        .iter()
        .map(|(name, value)| (name.clone(), format!("{value}0")))
        .collect();
    assert_eq!(forger.get(&verdict).status, 303);
    for elsewhere in [
        verdict.replace("vn.syt", "vn.other"),
        verdict.replace("vn.syt", "vn"),
        format!("{}/verdict", &finding[..finding.len() - 1]),
    ] {
        assert_eq!(officer.get(&elsewhere).status, 404, "{elsewhere}");
    }
}

#[test]
fn evidence_that_was_changed_is_told_instead_of_shown() {
    let desk = desk_with_a_finding();
    assert_eq!(desk.run(&["survey"]).code, 1);
    let scene = Scene::raise(desk);
    let mut officer = Browser::at(&scene);
    officer.sign_in(PASSWORD);
    let verdict = format!("{}/verdict?lang=en", officer.finding());
    assert_eq!(officer.get(&verdict).status, 200);
    let chain = fs::read_to_string(scene.evidence()).expect("the chain");
    fs::write(
        scene.evidence(),
        chain.replacen("Slot gacor", "Slot gacoR", 1),
    )
    .expect("written");
    let told = officer.get(&verdict);
    assert_eq!(told.status, 500, "{}", told.body);
    assert!(
        told.body.contains("tocsin watch web verify"),
        "{}",
        told.body
    );
}
