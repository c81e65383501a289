//! `tocsin watch web` from the first look to what is handed to the police.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use fs_err as fs;
use rustix::process::Signal;
use serde_json::Value;
use testkit::serving::{Request, Server, html};

use crate::program::{Outcome, tocsin, tocsin_done};

pub const HONEST: &str = "<!doctype html><html lang=vi><title>Sở Y tế tỉnh A</title><h1>Sở Y tế tỉnh A</h1>\
    <p class=a>Lịch tiêm chủng tháng 8</p><p class=b>Địa chỉ: 1 Lê Lợi</p></html>";
pub const HACKED: &str = "<!doctype html><html lang=vi><title>Sở Y tế tỉnh A</title><h1>Sở Y tế tỉnh A</h1>\
    <p class=a>Lịch tiêm chủng tháng 8</p><p class=b>Địa chỉ: 1 Lê Lợi</p>\
    <div style='display:none'><a href='https://elsewhere.example/'>nhà cái uy tín, slot gacor</a></div></html>";

/// Where sites of the tests stand.
const HOSTS: [&str; 3] = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
/// Reads an unpacked export as somebody would who has never seen the program: what the lines name is there, under its own digest, and
/// what was seen last is the page with the intruder's words, at the look that the line says.
const READ_EXPORT: &str = r#"
import hashlib, json, re
named = set()
def collect(value):
    if isinstance(value, dict):
        for part in value.values(): collect(part)
    elif isinstance(value, list):
        for part in value: collect(part)
    elif isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):
        named.add(value)
checks = []
for raw in open("evidence.jsonl", "rb"):
    entry = json.loads(raw)["entry"]
    collect(entry["body"])
    if entry["event"] == "check": checks.append(entry["body"])
assert len(named) >= 5, named
for name in named:
    assert hashlib.sha256(open("contents/" + name, "rb").read()).hexdigest() == name, name
last = checks[-1]
assert last["verdict"] == "injection", last["verdict"]
seen = open("contents/" + last["after"]["content"], "rb").read()
assert b"slot gacor" in seen
record = json.load(open("contents/" + last["record"]))
sight = last["after"]["sight"]
visit = record["visits"][sight["visit"]]
assert visit["visitor"] == sight["visitor"] == "watch" and sight["look"] == 1
assert len(last["pages"]) == len(last["looks"])
before = open("contents/" + last["before"]["model"], "rb").read()
assert b"slot gacor" not in before
"#;

/// A site on this machine, and a desk that watches it.
pub struct Desk {
    folder: tempfile::TempDir,
    page: Arc<Mutex<String>>,
    _server: Server,
    pub url: String,
}

impl Desk {
    pub fn open(page: &str) -> Self {
        Self::open_at("127.0.0.1", page)
    }

    fn open_at(host: &str, page: &str) -> Self {
        Self::serving(host, page, |page, _| html(page))
    }

    /// A site that answers by what is shown at the time.
    pub fn serving(
        host: &str,
        page: &str,
        answer: impl Fn(&str, &Request) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let page = Arc::new(Mutex::new(page.to_owned()));
        let shown = Arc::clone(&page);
        let server = Server::open_everywhere(move |request| {
            let page = shown.lock().expect("nobody panics").clone();
            answer(&page, request)
        });
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            page,
            url: format!("http://{host}:{}/", server.port()),
            _server: server,
        }
    }

    pub fn show(&self, page: &str) {
        page.clone_into(&mut self.page.lock().expect("nobody panics"));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub fn run(&self, words: &[&str]) -> Outcome {
        let mut all = vec!["watch", "web"];
        all.extend(words);
        let folder = self.text("watch");
        all.extend(["--folder", &folder]);
        if ["add", "approve", "check", "survey"].contains(&words[0]) {
            for host in HOSTS {
                all.extend(["--allow-host", host]);
            }
            all.extend(["--pause-ms", "0"]);
            if !words.contains(&"--browser") {
                all.push("--no-browser");
            }
            all.extend(["--contact", "https://tocsin.example/"]);
        }
        tocsin(all)
    }

    pub fn add(&self) -> Outcome {
        self.run(&[
            "add",
            &self.url,
            "--approved-by",
            "Nguyễn Văn A",
            "--telephone",
            "0240 1",
        ])
    }
}

#[test]
fn a_hacked_page_is_told_shown_handed_over_and_forgiven_by_name_only() {
    let desk = Desk::open(HONEST);
    assert_eq!(desk.add().code, 0);
    assert_eq!(desk.run(&["check"]).code, 0);
    desk.show(HACKED);
    let check = desk.run(&["check", "--json"]);
    assert_eq!(check.code, 1, "{}", check.stderr);
    let value: Value = serde_json::from_str(&check.stdout).expect("one object");
    assert_eq!(
        (&value["schema"], &value["wants_person"]),
        (&1.into(), &true.into())
    );

    let shown = desk.run(&["show"]);
    assert_eq!(shown.code, 1);
    for expected in [
        "TELEPHONE NOW",
        "0240 1",
        "elsewhere.example",
        "Nguyễn Văn A",
    ] {
        assert!(
            shown.stdout.contains(expected),
            "{expected}\n{}",
            shown.stdout
        );
    }
    let html = desk.run(&["show", "--html", "-", "--lang", "vi"]).stdout;
    assert!(
        html.contains("Gọi điện ngay") && !html.contains("href="),
        "{html}"
    );

    desk.show(HONEST);
    assert_eq!(desk.run(&["check"]).code, 0);
    desk.show(HACKED);
    let url = desk.url.clone();
    assert_eq!(
        desk.run(&["approve", &url, "--by", "Trần B", "--note", "ours"])
            .code,
        0
    );
    assert_eq!(desk.run(&["check"]).code, 0);
    let chain = fs::read_to_string(desk.path("watch/evidence.jsonl")).expect("the chain");
    assert!(
        chain.contains("\"by\":\"Trần B\"") && chain.contains("\"despite\":[{"),
        "{chain}"
    );
}

#[test]
fn a_page_that_is_hacked_already_is_approved_only_by_somebody_who_says_so() {
    let desk = Desk::open(HACKED);
    let refused = desk.add();
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(
        refused.stdout.contains("--approve-anyway"),
        "{}",
        refused.stdout
    );
    let list = desk.run(&["list", "--json"]).stdout;
    let list: Value = serde_json::from_str(&list).expect("one object");
    assert_eq!(list["pages"], Value::Array(Vec::new()));
    let url = desk.url.clone();
    let anyway = desk.run(&["add", &url, "--approved-by", "Trần B", "--approve-anyway"]);
    assert_eq!(anyway.code, 0, "{}", anyway.stderr);
}

#[test]
fn what_is_exported_is_proven_without_this_program() {
    let desk = Desk::open(HONEST);
    assert_eq!(desk.add().code, 0);
    desk.show(HACKED);
    assert_eq!(desk.run(&["check"]).code, 1);
    fs::write(desk.path("pass"), "four words in a row\n").expect("can be written");
    let (key, pass, out) = (
        desk.text("cert.key"),
        desk.text("pass"),
        desk.text("case.zip"),
    );
    tocsin_done([
        "key",
        "new",
        "--label",
        "cert",
        "--out",
        &key,
        "--passphrase-file",
        &pass,
    ]);
    let words = [
        "export",
        "--out",
        &out,
        "--key",
        &key,
        "--passphrase-file",
        &pass,
    ];
    let exported = desk.run(&words);
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    assert_eq!(desk.run(&words).code, 3, "an archive is never overwritten");

    let folder = desk.path("case");
    fs::create_dir(&folder).expect("can be made");
    for (program, arguments) in [
        ("python3", vec!["-m", "zipfile", "-e", &out, "."]),
        ("sha256sum", vec!["--check", "--strict", "SHA256SUMS"]),
        (
            "openssl",
            "pkeyutl -verify -pubin -inkey key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig"
                .split(' ')
                .collect(),
        ),
        ("python3", vec!["verify.py"]),
        ("python3", vec!["-c", READ_EXPORT]),
    ] {
        let run = Command::new(program)
            .args(arguments)
            .current_dir(&folder)
            .output();
        match run {
            Ok(output) => assert!(output.status.success(), "{program}: {output:?}"),
            Err(_) => {
                return testkit::skipping::skipped(
                    "exported evidence",
                    &format!("'{program}' is not installed"),
                );
            }
        }
    }
    let sums = folder.join("SHA256SUMS");
    let signed = fs::read_to_string(&sums).expect("the list of digests");
    fs::write(&sums, signed.replacen('a', "b", 1)).expect("can be written");
    let forged = Command::new("openssl")
        .args(
            "pkeyutl -verify -pubin -inkey key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig"
                .split(' '),
        )
        .current_dir(&folder)
        .output();
    assert!(!forged.expect("it ran before").status.success());
    let chain = fs::read_to_string(folder.join("evidence.jsonl")).expect("the chain");
    fs::write(
        folder.join("evidence.jsonl"),
        chain.replacen("injection", "unchanged", 1),
    )
    .expect("can be written");
    let run = Command::new("python3")
        .arg("verify.py")
        .current_dir(&folder)
        .output();
    assert!(!run.expect("it ran before").status.success());
}

#[test]
fn one_bad_page_of_a_list_does_not_stop_the_others() {
    let desk = Desk::open(HONEST);
    let list = format!(
        "url;organisation\n{}nowhere;A\nhttp://127.0.0.1:9/;B\n",
        desk.url
    );
    fs::write(desk.path("sites.csv"), list).expect("can be written");
    let added = desk.run(&[
        "add",
        "--from",
        &desk.text("sites.csv"),
        "--approved-by",
        "A",
    ]);
    assert_eq!(added.code, 2, "{}{}", added.stdout, added.stderr);
    let listed: Value =
        serde_json::from_str(&desk.run(&["list", "--json"]).stdout).expect("one object");
    assert_eq!(listed["pages"][0]["organisation"], "A");
    let removed = desk.run(&["remove", &format!("{}nowhere", desk.url), "--by", "A"]);
    assert_eq!(removed.code, 0, "{}", removed.stderr);
    assert!(desk.run(&["verify"]).stdout.contains("2 lines"));
}

/// A watch that runs, and its lines. It is ended when it goes out of scope, and when it says nothing for two minutes.
struct RunningWatch {
    child: Child,
    lines: Box<dyn Iterator<Item = String>>,
    guard: Option<(Sender<()>, JoinHandle<()>)>,
}

impl RunningWatch {
    fn start(desk: &Desk) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_tocsin"));
        Self::of(command, &desk.text("watch"))
    }

    /// Starts it by a command that begins with whatever has to come before.
    fn of(mut command: Command, folder: &str) -> Self {
        let mut child = command
            .args(["watch", "web", "run", "--json", "--period", "1"])
            .args(["--folder", folder, "--allow-host", "127.0.0.1"])
            .args(["--pause-ms", "0", "--no-browser"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let pid = rustix::process::Pid::from_child(&child);
        let (done, ended) = std::sync::mpsc::channel::<()>();
        // Whatever it does not say is not waited for for ever.
        let guard = std::thread::spawn(move || {
            if ended.recv_timeout(Duration::from_mins(2)) == Err(RecvTimeoutError::Timeout) {
                let _ = rustix::process::kill_process(pid, Signal::KILL);
            }
        });
        let output = child.stdout.take().expect("it was asked for");
        Self {
            child,
            lines: Box::new(BufReader::new(output).lines().map_while(Result::ok)),
            guard: Some((done, guard)),
        }
    }

    /// Reads on until this is said; returns what was said before.
    fn awaits(&mut self, event: &str) -> Vec<String> {
        let mut before = Vec::new();
        for line in self.lines.by_ref() {
            let value: Value = serde_json::from_str(&line).expect("one object a line");
            let said = value["event"].as_str().expect("every line has one");
            if said == event {
                return before;
            }
            before.push(said.to_owned());
        }
        panic!("'{event}' was never said, but {before:?}");
    }

    fn signal(&self, signal: Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("our own child can be told");
    }

    /// Waits for its end, and returns its exit code; nothing where it was killed.
    fn ended(mut self) -> Option<i32> {
        self.child.wait().expect("our own child").code()
    }
}

impl Drop for RunningWatch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some((done, guard)) = self.guard.take() {
            drop(done);
            let _ = guard.join();
        }
    }
}

/// Returns the events that are about cases.
fn cases_in(events: &[String]) -> Vec<&str> {
    let of_cases = ["opened", "confirmed", "changed", "closed", "still-open"];
    let events = events.iter().map(String::as_str);
    events.filter(|event| of_cases.contains(event)).collect()
}

#[test]
fn what_is_asked_for_while_a_watch_runs_is_done_by_it_and_nobody_else_uses_its_folder() {
    let desk = Desk::open(HONEST);
    assert_eq!(desk.add().code, 0);
    desk.show(HACKED);
    let mut running = RunningWatch::start(&desk);
    running.awaits("confirmed");
    let second = desk.run(&["run", "--once", "--no-browser"]);
    assert_eq!(second.code, 3);
    assert!(
        second.stderr.contains("another process does"),
        "{}",
        second.stderr
    );
    let approved = desk.run(&["approve", &desk.url, "--by", "Trần B"]);
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    assert!(approved.stdout.contains("handed to the watch"));
    running.awaits("approved");
    let survey = desk.run(&["survey", &desk.url, "--approve-by", "Trần B"]);
    assert_eq!(survey.code, 0, "{}", survey.stderr);
    assert!(survey.stdout.contains("handed to the watch"));
    running.awaits("approved");
    running.signal(Signal::TERM);
    assert_eq!(running.ended(), Some(0));
    assert!(fs::metadata(desk.path("watch/rounds.json")).is_ok());
    assert_eq!(desk.run(&["check"]).code, 0);
    let chain = fs::read_to_string(desk.path("watch/evidence.jsonl")).expect("the chain");
    let of_survey = chain
        .lines()
        .find(|line| line.contains("\"event\":\"survey\""));
    assert!(
        of_survey.is_some_and(|line| line.contains("Trần B")),
        "{chain}"
    );
}

#[test]
fn a_watch_that_is_killed_loses_nothing_and_tells_no_alarm_twice() {
    let desk = Desk::open(HONEST);
    assert_eq!(desk.add().code, 0);
    desk.show(HACKED);
    // At the moment at which it was seen once: it is not lost, and it is confirmed afterwards.
    let mut running = RunningWatch::start(&desk);
    running.awaits("opened");
    running.signal(Signal::KILL);
    assert_eq!(running.ended(), None);
    assert_eq!(desk.run(&["verify"]).code, 0);
    let mut running = RunningWatch::start(&desk);
    assert_eq!(cases_in(&running.awaits("confirmed")), [""; 0]);
    running.signal(Signal::KILL);
    running.ended();
    // Told once: from now on it is still open, until the site is as it was.
    for is_last in [false, true] {
        let mut running = RunningWatch::start(&desk);
        assert_eq!(cases_in(&running.awaits("still-open")), [""; 0]);
        if is_last {
            desk.show(HONEST);
            assert_eq!(cases_in(&running.awaits("closed")), [""; 0]);
        }
        running.signal(Signal::KILL);
        running.ended();
    }
    assert_eq!(desk.run(&["verify"]).code, 0);
    let chain = fs::read_to_string(desk.path("watch/evidence.jsonl")).expect("the chain");
    assert!(chain.contains("\"verdict\":\"injection\""), "{chain}");
    assert_eq!(desk.run(&["check"]).code, 0);
}

#[test]
fn a_full_disk_is_told_and_the_watch_goes_on() {
    let desk = Desk::open(HONEST);
    assert_eq!(desk.add().code, 0);
    fs::create_dir(desk.path("small")).expect("can be made");
    let namespace = ["--user", "--map-root-user", "--mount", "sh", "-c"];
    let mount = format!("mount -t tmpfs -o size=2m tmpfs '{}'", desk.text("small"));
    let may = Command::new("unshare").args(namespace).arg(&mount).output();
    if !may.is_ok_and(|output| output.status.success()) {
        let why = "this machine permits no small file system to try it with";
        return testkit::skipping::skipped("a watch on a full disk", why);
    }
    desk.show(HACKED);
    let (small, watch) = (desk.text("small"), desk.text("watch"));
    let script = format!("{mount} && cp -r '{watch}/.' '{small}' && exec \"$@\"");
    let mut command = Command::new("unshare");
    command.args(namespace).arg(script).arg("sh");
    command.arg(env!("CARGO_BIN_EXE_tocsin"));
    let mut running = RunningWatch::of(command, &small);
    running.awaits("confirmed");
    let inside = PathBuf::from(format!("/proc/{}/root{small}", running.child.id()));
    let filling = inside.join("filling");
    let mut file = fs::File::create(&filling).expect("its file systems can be seen");
    while file.write_all(&[0; 512]).is_ok() {}
    drop(file);
    desk.show(HONEST);
    // What cannot be kept is told, and so is what it could not be kept of.
    let problem = running
        .lines
        .by_ref()
        .find(|line| line.contains("\"problem\""));
    let problem = problem.expect("it goes on");
    assert!(problem.contains("No space left"), "{problem}");
    running.awaits("closed");
    fs::remove_file(&filling).expect("can be removed");
    desk.show(HACKED);
    running.awaits("confirmed");
    fs::create_dir(desk.path("copy")).expect("can be made");
    fs::copy(
        inside.join("evidence.jsonl"),
        desk.path("copy/evidence.jsonl"),
    )
    .expect("is there");
    running.signal(Signal::TERM);
    assert_eq!(running.ended(), Some(0));
    let copy = desk.text("copy");
    let verified = tocsin(["watch", "web", "verify", "--folder", &copy]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
}

#[test]
fn what_is_shown_without_a_name_is_the_latest_alarm_that_still_stands() {
    let desk = Desk::open(HONEST);
    let other = format!("{}tin-tuc", desk.url);
    assert_eq!(desk.add().code, 0);
    let added = desk.run(&["add", &other, "--approved-by", "Nguyễn Văn A"]);
    assert_eq!(added.code, 0, "{}", added.stderr);
    desk.show(HACKED);
    for url in [&desk.url, &other] {
        assert_eq!(desk.run(&["check", url]).code, 1);
    }
    let shown = |what: &str| {
        let shown = desk.run(&["show", "--json"]);
        let value: Value = serde_json::from_str(&shown.stdout).expect("one object");
        assert_eq!(value["page"]["url"], what, "{}", shown.stdout);
    };
    shown(&other);
    let approved = desk.run(&["approve", &other, "--by", "Trần B", "--note", "a test"]);
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    shown(&desk.url);
    // A page that is as it was again is written down nowhere in the chain.
    desk.show(HONEST);
    assert_eq!(desk.run(&["check", &desk.url]).code, 0);
    desk.show(HACKED);
    let listed = desk.run(&["list"]);
    assert!(!listed.stdout.contains("telephone"), "{}", listed.stdout);
}

#[test]
fn the_same_on_three_sites_is_one_campaign_and_what_is_on_one_alone_is_none() {
    let desk = Desk::open(HONEST);
    let others = HOSTS[1..].iter().map(|host| Desk::open_at(host, HONEST));
    let others: Vec<Desk> = others.collect();
    assert_eq!(desk.add().code, 0);
    for other in &others {
        let added = desk.run(&["add", &other.url, "--approved-by", "Nguyễn Văn A"]);
        assert_eq!(added.code, 0, "{}", added.stderr);
    }
    desk.show(HACKED);
    assert_eq!(desk.run(&["check"]).code, 1);
    let alone = desk.run(&["campaigns"]);
    assert_eq!(alone.code, 0, "{}", alone.stdout);
    for other in &others {
        other.show(HACKED);
    }
    assert_eq!(desk.run(&["check"]).code, 1);
    let together = desk.run(&["campaigns"]);
    assert_eq!(together.code, 1, "{}", together.stdout);
    for host in HOSTS {
        assert!(together.stdout.contains(host), "{}", together.stdout);
    }
    assert!(together.stdout.contains("elsewhere.example"));
}

#[test]
fn what_goes_wrong_says_what_to_do() {
    let desk = Desk::open(HONEST);
    let by = ["--approved-by", "Nguyễn Văn A"];
    let asked = |words: &[&str]| {
        let outcome = desk.run(words);
        assert_ne!(outcome.code, 0, "{}", outcome.stdout);
        outcome.stderr
    };
    let no_watch = asked(&["show"]);
    assert!(no_watch.contains("--folder names another"), "{no_watch}");
    let relative = asked(&["add", "example.gov.vn", by[0], by[1]]);
    assert!(relative.contains("begin with https://"), "{relative}");
    let script = asked(&["add", "javascript:alert(1)", by[0], by[1]]);
    assert!(script.contains("begin with https://"), "{script}");
    let unknown = asked(&["check", "https://nowhere.example/"]);
    assert!(unknown.contains("tocsin watch web list"), "{unknown}");
    let private = tocsin([
        "watch",
        "web",
        "add",
        &desk.url,
        by[0],
        by[1],
        "--folder",
        &desk.text("other"),
        "--contact",
        "watch@cert.example",
        "--no-browser",
    ]);
    assert_eq!(private.code, 2);
    let says_how = private.stderr.contains("--allow-host 127.0.0.1");
    assert!(says_how, "{}", private.stderr);
    let silent = tocsin([
        "watch",
        "web",
        "add",
        &desk.url,
        by[0],
        by[1],
        "--folder",
        &desk.text("third"),
    ]);
    assert!(silent.stderr.contains("--contact"), "{}", silent.stderr);
    let no_browser = asked(&["check", "--browser", "/nowhere/chromium"]);
    assert!(no_browser.contains("/nowhere/chromium"), "{no_browser}");
}
