//! `tocsin watch files` from the publisher's desk to the alarm and back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err as fs;
use serde_json::Value;
use testkit::wait_until;

use crate::program::{Outcome, Running, tocsin, tocsin_done};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// A site, and a publisher with a key.
    fn open() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        for (path, text) in [
            ("site/index.html", "<h1>Welcome</h1>"),
            ("site/app/main.php", "<?php echo 1;"),
            ("site/uploads/a.txt", "hello"),
            ("passphrase", "four words in a row\n"),
        ] {
            desk.write(path, text);
        }
        let (out, passphrase) = (desk.text("publisher.key"), desk.text("passphrase"));
        let key = ["key", "new", "--label", "publisher", "--out", &out];
        tocsin_done(key.into_iter().chain(["--passphrase-file", &passphrase]));
        desk.write("publisher.pub", &tocsin_done(["key", "show", &out]));
        desk
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn text(&self, path: &str) -> String {
        self.path(path).display().to_string()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("can be made");
        fs::write(path, text).expect("can be written");
    }

    fn sign(&self) -> String {
        let at = |path: &str| self.text(path);
        let (site, key, passphrase) = (at("site"), at("publisher.key"), at("passphrase"));
        let (store, manifest) = (at("store"), at("manifest"));
        tocsin_done([
            "watch",
            "files",
            "sign",
            &site,
            "--site",
            "syt.example",
            "--key",
            &key,
            "--passphrase-file",
            &passphrase,
            "--store",
            &store,
            "--out",
            &manifest,
            "--free",
            "uploads",
        ])
    }

    fn arguments(&self, verb: &str, more: &[&str]) -> Vec<String> {
        let mut arguments = ["watch", "files", verb].map(str::to_owned).to_vec();
        arguments.push(self.text("site"));
        for (name, path) in [
            ("--manifest", "manifest"),
            ("--root-key", "publisher.pub"),
            ("--state", "state"),
        ] {
            arguments.extend([name.to_owned(), self.text(path)]);
        }
        arguments.extend(more.iter().map(|one| (*one).to_owned()));
        arguments
    }

    fn ask(&self, verb: &str, more: &[&str]) -> Outcome {
        tocsin(self.arguments(verb, more))
    }
}

#[test]
fn a_site_is_signed_compared_put_back_and_an_older_manifest_refused() {
    let desk = Desk::open();
    assert!(desk.sign().contains("version 1"));
    assert_eq!(desk.ask("check", &[]).code, 0);
    desk.write("site/index.html", "<h1>Hacked!</h1>");
    desk.write("site/app/shell.php", "<?php");
    let outcome = desk.ask("check", &["--json"]);
    assert_eq!(outcome.code, 1);
    let lines: Vec<Value> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2]["summary"]["summary"]["findings"], 2);
    let store = desk.text("store");
    let planned = desk.ask("restore", &["--store", &store]);
    assert_eq!(planned.code, 1, "{}", planned.stderr);
    assert!(planned.stdout.contains("--now"), "{}", planned.stdout);
    assert_eq!(desk.ask("check", &[]).code, 1, "a plan changes nothing");
    let done = desk.ask("restore", &["--store", &store, "--now"]);
    assert_eq!(done.code, 0, "{}{}", done.stdout, done.stderr);
    assert_eq!(desk.ask("check", &[]).code, 0);
    let old = fs::read(desk.path("manifest")).expect("readable");
    assert!(desk.sign().contains("version 2"));
    assert_eq!(desk.ask("check", &[]).code, 0);
    fs::write(desk.path("manifest"), old).expect("writable");
    let refused = desk.ask("check", &[]);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.contains("version 2"), "{}", refused.stderr);
}

#[test]
fn a_watch_tells_of_a_change_in_one_line_and_ends_when_asked() {
    let desk = Desk::open();
    desk.sign();
    let log = desk.path("log");
    let arguments = desk.arguments("run", &["--json", "--look-every", "1"]);
    let running = Running::start(arguments, &log);
    let says = |text: &str| says(&log, text);
    assert!(says("\"kind\":\"first\""));
    desk.write("site/new.php", "<?php");
    assert!(says("\"notice\":\"alarm\""));
    assert!(says("new.php"));
    running.interrupt();
    let mut running = running;
    let ended = wait_until(Duration::from_secs(20), || {
        running.0.try_wait().expect("a child").is_some()
    });
    assert!(ended);
}

fn says(log: &Path, text: &str) -> bool {
    wait_until(Duration::from_mins(1), || {
        fs::read_to_string(log).is_ok_and(|log| log.contains(text))
    })
}
