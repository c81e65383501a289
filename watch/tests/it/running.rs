//! The running watch against a server that changes: who is told what, and what is on the disk when it is ended at any moment.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use documents::{ChangeNotice, Envelope, NoticePage};
use domain::{Clock as _, SystemClock};
use jiff::SignedDuration;
use testkit::serving::{Server, html};
use testkit::signing_key;
use tokio::sync::Notify;
use visit::Web;
use watch::keeping::{Target, WatchFolder, verify_chain};
use watch::rounds::{CaseRules, Rhythm, Running, RunningSettings, Told, Wish, wish};
use watch::{Approver, Depth, Means, SiteMemory, check};

use crate::serving::web;

const GOOD: &str = "<!doctype html><html lang=vi><title>Sở Y tế</title><h1>Sở Y tế</h1><p>Giờ làm việc: 8 giờ đến 17 giờ.</p>";
const BAD: &str = "<!doctype html><html lang=vi><title>Sở Y tế</title><h1>Sở Y tế</h1><p>Giờ làm việc: 8 giờ đến 17 giờ.</p>\
    <script src=https://evil.example/x.js></script>";

type Body = Arc<Mutex<&'static str>>;

/// A site that is as approved, and the folder of a watch of it.
struct Scene {
    place: tempfile::TempDir,
    web: Web,
    url: String,
    body: Body,
    _server: Server,
}

impl Scene {
    async fn raise() -> Self {
        let body: Body = Arc::new(Mutex::new(GOOD));
        let shown = Arc::clone(&body);
        let server = Server::open(move |_| html(*shown.lock().unwrap()));
        let scene = Self {
            place: tempfile::tempdir().unwrap(),
            web: web(),
            url: server.url("/"),
            body,
            _server: server,
        };
        add(&scene.web, scene.place.path(), &scene.url).await;
        scene
    }

    /// Runs the watch until it has told of everything that is waited for, in this order, and ends it there and then.
    async fn run_until(&self, awaited: &[&str]) -> Vec<String> {
        self.run_by(CaseRules::default(), awaited).await
    }

    /// The same by rules of its own.
    async fn run_by(&self, rules: CaseRules, awaited: &[&str]) -> Vec<String> {
        let settings = RunningSettings {
            rhythm: Rhythm {
                period: Duration::from_millis(100),
                confirm_after: Duration::from_millis(50),
                often: Duration::from_millis(100),
                pause: Duration::ZERO,
                ..Rhythm::default()
            },
            rules,
            surveys: None,
            beside: 4,
            seed: [5; 32],
            once: None,
        };
        let enough = Notify::new();
        let mut told = Vec::new();
        let mut tell = |what: &Told<'_>| {
            told.push(match what {
                Told::Case { event, case, .. } => format!("{event:?} {:?}", case.worst),
                Told::Approved { by, .. } => format!("Approved {by}"),
                Told::Progress { unchanged, .. } if *unchanged > 2 => "quiet".to_owned(),
                Told::Problem { what } => format!("Problem {what}"),
                _ => return,
            });
            let mut rest = told.iter();
            if awaited
                .iter()
                .all(|one| rest.any(|told| told.starts_with(one)))
            {
                enough.notify_one();
            }
        };
        let watch_folder = WatchFolder::open(self.place.path()).unwrap();
        let mut running = Running::new(
            Means::new(&self.web, jiff::Timestamp::UNIX_EPOCH),
            watch_folder,
            Arc::new(SystemClock),
            settings,
            &mut tell,
        )
        .unwrap();
        let lasts = Duration::from_secs(30);
        tokio::time::timeout(lasts, running.run(enough.notified()))
            .await
            .unwrap_or_else(|_| panic!("was not told: {awaited:?}"))
            .unwrap();
        drop(running);
        told
    }

    fn show(&self, body: &'static str) {
        *self.body.lock().unwrap() = body;
    }
}

async fn add(web: &Web, folder: &Path, url: &str) {
    let folder = WatchFolder::open(folder).unwrap();
    let mut memory = SiteMemory::default();
    let seen = check(
        &Means::new(web, jiff::Timestamp::UNIX_EPOCH),
        url,
        &memory,
        None,
        Depth::Quick,
    )
    .await;
    memory.approve(&seen, &Approver::default());
    folder.keep_memory(url, &memory).unwrap();
    let target = Target {
        url: url.to_owned(),
        publishers: vec![signing_key("publisher").public_key()],
        ..Target::default()
    };
    folder.keep_targets(&[target]).unwrap();
}

#[tokio::test]
async fn an_alarm_is_confirmed_survives_the_end_of_the_process_and_is_closed_by_a_person() {
    let scene = Scene::raise().await;
    let folder = scene.place.path();
    scene.show(BAD);
    let told = scene
        .run_until(&["Opened Injection", "Confirmed Injection"])
        .await;
    assert_eq!(
        told.iter()
            .filter(|one| one.starts_with("Confirmed"))
            .count(),
        1,
        "{told:?}"
    );
    // As if it had been killed: what it saves at its end is not there, what it said is.
    fs_err::rename(folder.join("rounds.json"), folder.join("gone")).unwrap();
    let told = scene.run_until(&["StillOpen Injection"]).await;
    assert!(
        !told.iter().any(|one| one.starts_with("Opened")),
        "{told:?}"
    );
    let approve = Wish::Approve {
        url: scene.url.clone(),
        by: "Lan".to_owned(),
        note: String::new(),
    };
    wish(folder, &approve).unwrap();
    scene
        .run_until(&["StillOpen", "Approved Lan", "Closed Injection"])
        .await;
    let told = scene.run_until(&["quiet"]).await;
    assert!(told.iter().all(|one| one == "quiet"), "{told:?}");
    let mut events = Vec::new();
    verify_chain(&folder.join("evidence.jsonl"), &mut |link| {
        events.push(link.entry.event);
    })
    .unwrap();
    assert_eq!(events.last().map(String::as_str), Some("approval"));
}

#[tokio::test]
async fn a_site_that_only_asks_us_the_same_question_is_told_of_in_the_end() {
    const QUESTION: &str = "<!doctype html><html><title>Just a moment...</title>\
        <p>Checking your browser before you go on.</p><script src=/question.js></script>";
    let scene = Scene::raise().await;
    scene.show(QUESTION);
    let rules = CaseRules {
        unseen_for: SignedDuration::from_millis(500),
        ..CaseRules::default()
    };
    let awaited = ["Confirmed Nothing", "Changed Unexplained"];
    let told = scene.run_by(rules, &awaited).await;
    assert!(!told.iter().any(|one| one == "quiet"), "{told:?}");
}

#[tokio::test]
async fn what_its_publisher_announced_is_silent_and_the_next_change_is_not() {
    let scene = Scene::raise().await;
    let folder = scene.place.path();
    let now = SystemClock.now();
    let notice = ChangeNotice {
        schema: 1,
        host: "127.0.0.1".to_owned(),
        number: 1,
        from: now - SignedDuration::from_mins(1),
        until: now + SignedDuration::from_mins(5),
        pages: vec![NoticePage::Page {
            url: scene.url.clone(),
        }],
        sha256: None,
        texts: Vec::new(),
        origins: Vec::new(),
        may_be_down: false,
        note: String::new(),
    };
    let bytes = Envelope::sign(&notice, &[&signing_key("publisher")])
        .unwrap()
        .to_bytes();
    fs_err::create_dir_all(folder.join("notices")).unwrap();
    fs_err::write(folder.join("notices/one.json"), bytes).unwrap();
    scene.show("<!doctype html><html lang=vi><title>Sở Y tế</title><h1>Sở Y tế</h1><p>Giờ làm việc mới.</p>");
    let told = scene.run_until(&["quiet"]).await;
    assert!(told.iter().all(|one| one == "quiet"), "{told:?}");
    // Announced or not: this origin was not named.
    scene.show(BAD);
    scene.run_until(&["Confirmed Injection"]).await;
}

#[tokio::test]
async fn what_somebody_wished_outlives_the_process_but_not_for_hours() {
    let scene = Scene::raise().await;
    let folder = scene.place.path();
    scene.show(BAD);
    scene.run_until(&["Confirmed Injection"]).await;
    let approve = Wish::Approve {
        url: scene.url.clone(),
        by: "Lan".to_owned(),
        note: String::new(),
    };
    let file_of_wish = || {
        let entries = fs_err::read_dir(folder.join("wishes")).unwrap();
        let mut paths = entries.map(|entry| entry.unwrap().path());
        paths.find(|path| path.extension().is_some_and(|end| end == "json"))
    };
    // It has lain there since yesterday, and is not done.
    wish(folder, &approve).unwrap();
    let file = fs_err::OpenOptions::new()
        .append(true)
        .open(file_of_wish().unwrap())
        .unwrap();
    let yesterday = SystemClock.now() - SignedDuration::from_hours(24);
    file.file().set_modified(yesterday.into()).unwrap();
    let told = scene
        .run_until(&["StillOpen", "Problem do what is wished"])
        .await;
    assert!(
        !told.iter().any(|one| one.starts_with("Approved")),
        "{told:?}"
    );
    assert_eq!(file_of_wish(), None);
    // The watch is ended before the page was looked at: the wish is still there.
    wish(folder, &approve).unwrap();
    scene.run_until(&["StillOpen"]).await;
    assert!(file_of_wish().is_some());
    scene
        .run_until(&["StillOpen", "Approved Lan", "Closed"])
        .await;
    assert_eq!(file_of_wish(), None);
}
