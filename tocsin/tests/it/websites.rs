//! A watch at the bottom of a real tree: what it writes down is seen at the top, and what is done to its evidence as well.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{PageCounters, SystemClock, WatchHealth};
use fs_err as fs;
use node::Node;
use serde_json::json;
use testkit::wait_until;
use watch::keeping::{Entry, Target, WatchFolder};

use crate::program::{Running, text, tocsin_done};
use crate::small_tree::free_address;

const LEVELS: [&str; 3] = ["vn.cert", "vn.mot", "vn.mot.vna"];
const PAGE: &str = "https://www.example.vn/";

struct Tree {
    folder: tempfile::TempDir,
    running: Vec<Running>,
}

impl Tree {
    /// Three nodes, one below the other; one of them follows the folder of a watch.
    fn raise(watch: &Path, watcher: &str) -> Self {
        let mut tree = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            running: Vec::new(),
        };
        for (level, id) in LEVELS.into_iter().enumerate() {
            let (link, pages, folder) = (free_address(), free_address(), tree.node(id));
            let mut init = vec!["node", "init", "--organisation", id, "--name", id];
            init.extend([
                "--folder",
                text(&folder),
                "--link",
                &link,
                "--pages",
                &pages,
            ]);
            if id == watcher {
                init.extend(["--watch", text(watch)]);
            }
            tocsin_done(init);
            if let Some(parent) = level.checked_sub(1).map(|above| tree.node(LEVELS[above])) {
                let invite = [
                    "node",
                    "invite-organisation",
                    "--folder",
                    text(&parent),
                    id,
                    id,
                ];
                let invitation = tocsin_done(invite);
                tocsin_done([
                    "node",
                    "enrol",
                    "--folder",
                    text(&folder),
                    invitation.trim(),
                ]);
            }
            let run = [
                "node",
                "run",
                "--until-stdin-closes",
                "--folder",
                text(&folder),
            ];
            tree.running.push(Running::start(run, &tree.log()));
            let answers = wait_until(Duration::from_secs(30), || {
                std::net::TcpStream::connect(&link).is_ok()
            });
            assert!(
                answers,
                "{}",
                fs::read_to_string(tree.log()).unwrap_or_default()
            );
        }
        tree
    }

    fn node(&self, id: &str) -> PathBuf {
        self.folder.path().join(id)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Waits until the top of the tree shows what is wanted.
    fn wait_at_top(&self, what: &str, wanted: impl Fn(PageCounters, WatchHealth) -> bool) {
        self.wait_at(LEVELS[0], what, wanted);
    }

    fn wait_at(&self, level: &str, what: &str, wanted: impl Fn(PageCounters, WatchHealth) -> bool) {
        let clock = std::sync::Arc::new(SystemClock);
        let top = Node::open(&self.node(level), clock).expect("opened");
        let is_there = wait_until(Duration::from_mins(1), || {
            let picture = top.sites().expect("read");
            let health = picture.watchers.first().map(|watcher| watcher.health);
            health.is_some_and(|health| wanted(picture.pages, health))
        });
        let shown = top.sites().expect("read");
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        assert!(is_there, "{what}: {shown:?}\n{log}");
    }
}

/// A folder with one page of the airline under watch.
fn watch_of_one_page(place: &Path) -> WatchFolder {
    let watch = WatchFolder::open(place).expect("opened");
    let target = json!({ "url": PAGE, "organisation": "vn.mot.vna" });
    let target: Target = serde_json::from_value(target).expect("a target");
    watch.keep_targets(&[target]).expect("kept");
    watch
}

fn write(watch: &mut WatchFolder, event: &str, body: serde_json::Value) {
    let at = domain::Clock::now(&SystemClock);
    let entry = Entry {
        at,
        target: PAGE.to_owned(),
        event: event.to_owned(),
        body,
    };
    watch.chain.append(entry).expect("written");
}

#[test]
fn a_verdict_climbs_two_levels_of_real_nodes_and_so_does_its_end_and_a_forgery() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut watch = watch_of_one_page(place.path());
    let reasons = json!([{ "kind": "title", "from": "Example", "to": "Somebody was here" }]);
    write(
        &mut watch,
        "check",
        json!({ "verdict": "defacement", "reasons": reasons }),
    );

    let tree = Tree::raise(place.path(), LEVELS[2]);
    tree.wait_at_top("an alarm", |pages, health| {
        pages.alarm == 1 && health == WatchHealth::Running
    });
    write(
        &mut watch,
        "approval",
        json!({ "by": "Nguyễn Văn A", "note": "" }),
    );
    tree.wait_at_top("its end", |pages, _| pages.alarm == 0 && pages.fine == 1);
    let evidence = place.path().join("evidence.jsonl");
    let forged = fs::read_to_string(&evidence).expect("readable");
    let first_line = forged.find('\n').expect("a line") + 1;
    fs::write(&evidence, &forged[..first_line]).expect("written");
    tree.wait_at_top("that evidence is missing", |pages, health| {
        health == WatchHealth::Broken && pages.fine == 0 && pages.no_verdict == 1
    });
}

#[test]
fn what_the_national_watch_sees_reaches_the_owner_two_levels_below_and_nobody_beside() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut watch = watch_of_one_page(place.path());
    write(
        &mut watch,
        "check",
        json!({ "verdict": "takeover", "reasons": [] }),
    );
    let tree = Tree::raise(place.path(), LEVELS[0]);
    tree.wait_at(LEVELS[2], "an alarm", |pages, health| {
        pages.alarm == 1 && health == WatchHealth::Running
    });
    let clock = std::sync::Arc::new(SystemClock);
    let owner = Node::open(&tree.node(LEVELS[2]), clock).expect("opened");
    let picture = owner.sites().expect("read");
    let found = &picture.findings[0];
    assert_eq!(found.finding.page, PAGE);
    assert_eq!(found.watcher.organisation.as_str(), LEVELS[0]);
    // The evidence is where the watch is: here nobody is offered it.
    assert_eq!(found.watcher.side, node::Side::Above);
    write(
        &mut watch,
        "approval",
        json!({ "by": "Nguyễn Văn A", "note": "" }),
    );
    tree.wait_at(LEVELS[2], "its end", |pages, _| {
        pages.alarm == 0 && pages.fine == 1
    });
}
