//! A watch with the kernel's own events: what is found, how soon, and who did it.

use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fs_err as fs;
use testkit::skipping::skipped;
use testkit::{TestClock, wait_until};
use webroot::{Alarm, Manifest, Notice, PassKind, Stop, Watch, WatchSettings};

use crate::site::{Site, in_words, read, sign_folder};

const PATIENCE: Duration = Duration::from_secs(30);

/// Passes of its own come only where a test wants them: what is found was told by an event.
fn settings() -> WatchSettings {
    WatchSettings {
        threads: NonZeroUsize::new(2).unwrap(),
        slow_pause: Duration::from_hours(1),
        timed_every: Duration::from_hours(1),
        settling: Duration::from_hours(1),
        ..WatchSettings::default()
    }
}

#[derive(Default)]
struct Heard {
    notices: Mutex<Vec<Notice>>,
    newer: Mutex<Option<Arc<Manifest>>>,
}

impl Heard {
    fn any(&self, wanted: impl Fn(&Notice) -> bool) -> bool {
        self.notices.lock().unwrap().iter().any(wanted)
    }

    fn waits_for(&self, wanted: impl Fn(&Notice) -> bool) {
        let heard = wait_until(PATIENCE, || self.any(&wanted));
        assert!(heard, "heard only {:?}", self.notices.lock().unwrap());
    }

    fn waits_for_alarm(&self, words: &str) -> Alarm {
        let is_it = |notice: &Notice| match notice {
            Notice::Alarm(alarm) => in_words(&alarm.finding) == words,
            _ => false,
        };
        self.waits_for(is_it);
        let notices = self.notices.lock().unwrap();
        let alarm = notices.iter().rev().find(|notice| is_it(notice));
        let Some(Notice::Alarm(alarm)) = alarm else {
            panic!("it was heard a moment ago");
        };
        (**alarm).clone()
    }

    fn waits_for_cleared(&self, path: &str) {
        self.waits_for(
            |notice| matches!(notice, Notice::Cleared { path: one, .. } if one.to_text() == path),
        );
    }

    fn alarms(&self) -> usize {
        let notices = self.notices.lock().unwrap();
        notices
            .iter()
            .filter(|notice| matches!(notice, Notice::Alarm(_)))
            .count()
    }
}

fn begin(
    root: &Path,
    manifest: Arc<Manifest>,
    settings: WatchSettings,
    what: &str,
) -> Option<Watch> {
    let watch = Watch::begin(root, manifest, settings, Arc::new(TestClock::default())).unwrap();
    if let Some(why) = watch.no_events() {
        skipped(what, &format!("there are no events here: {why}"));
        return None;
    }
    Some(watch)
}

/// Runs a watch, and `during` once its first pass is over.
fn run(watch: &Watch, during: impl FnOnce(&Heard)) {
    let (heard, stop) = (Heard::default(), Stop::default());
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            watch.run(
                &stop,
                &mut || heard.newer.lock().unwrap().take(),
                &|notice| {
                    heard.notices.lock().unwrap().push(notice);
                },
            );
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            heard.waits_for(|notice| {
                matches!(
                    notice,
                    Notice::Pass {
                        kind: PassKind::First,
                        ..
                    }
                )
            });
            during(&heard);
        }));
        stop.stop();
        running.join().unwrap();
        if let Err(panic) = ended {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn every_way_to_differ_is_told_by_events_and_its_end_too() {
    let site = Site::new();
    let Some(watch) = begin(&site.root, site.manifest(), settings(), "alarms by events") else {
        return;
    };
    run(&watch, |heard| {
        site.write("index.html", b"<h1>Hacked!</h1>");
        heard.waits_for_alarm("Changed index.html");
        site.write("index.html", b"<h1>Welcome</h1>");
        heard.waits_for_cleared("index.html");
        site.write("app/new/shell.php", b"x");
        heard.waits_for_alarm("Added app/new/shell.php");
        heard.waits_for_alarm("Added app/new");
        fs::set_permissions(site.path("app/main.php"), PermissionsExt::from_mode(0o666)).unwrap();
        heard.waits_for_alarm("Mode app/main.php");
        site.remove("start.html");
        heard.waits_for_alarm("Removed start.html");
        site.write("uploads/b.jpg", b"\xff\xd8<?php");
        heard.waits_for_alarm("Program uploads/b.jpg");
        site.write("uploads/c.jpg", b"\xff\xd8");
        site.remove("app/new/shell.php");
        heard.waits_for_cleared("app/new/shell.php");
        assert!(!heard.any(|notice| matches!(
            notice,
            Notice::Pass {
                kind: PassKind::Rescan,
                ..
            }
        )));
    });
}

#[test]
fn the_process_that_did_it_is_named() {
    let site = Site::new();
    let Some(watch) = begin(&site.root, site.manifest(), settings(), "the process") else {
        return;
    };
    run(&watch, |heard| {
        let script = format!(
            "echo hacked > '{}'; read line",
            site.path("index.html").display()
        );
        let mut shell = Command::new("/bin/sh")
            .args(["-c", &script])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let process = heard.waits_for_alarm("Changed index.html").process.unwrap();
        assert_eq!(process.pid, i32::try_from(shell.id()).unwrap());
        assert!(process.command.unwrap().contains("echo hacked"));
        assert!(process.executable.unwrap().to_text().contains("sh"));
        assert_eq!(process.user, Some(rustix::process::getuid().as_raw()));
        shell.kill().unwrap();
        shell.wait().unwrap();
    });
}

#[test]
fn folders_that_are_moved_in_out_and_about_are_told_with_what_is_in_them() {
    let site = Site::new();
    let outside = site.folder.path().join("outside");
    let Some(watch) = begin(&site.root, site.manifest(), settings(), "moved folders") else {
        return;
    };
    run(&watch, |heard| {
        fs::create_dir_all(outside.join("a/b")).unwrap();
        fs::write(outside.join("a/b/deep.php"), b"x").unwrap();
        fs::rename(&outside, site.path("in")).unwrap();
        heard.waits_for_alarm("Added in/a/b/deep.php");
        fs::rename(site.path("img"), site.path("pictures")).unwrap();
        heard.waits_for_alarm("Removed img/logo.png");
        heard.waits_for_alarm("Added pictures/logo.png");
        // The folder's handle is the one that was known under its old name.
        site.write("pictures/late.php", b"x");
        heard.waits_for_alarm("Added pictures/late.php");
        fs::rename(site.path("in"), site.folder.path().join("out")).unwrap();
        heard.waits_for_cleared("in");
    });
}

#[test]
fn writing_through_a_mapping_is_told_when_it_ends() {
    let site = Site::new();
    let Some(watch) = begin(&site.root, site.manifest(), settings(), "mappings") else {
        return;
    };
    let script = "import mmap,sys\nf=open(sys.argv[1],'r+b')\nm=mmap.mmap(f.fileno(),0)\nm[4:11]=b'Hackers'\nm.close();f.close()";
    run(&watch, |heard| {
        match Command::new("python3")
            .args(["-c", script])
            .arg(site.path("index.html"))
            .status()
        {
            Ok(status) => assert!(status.success()),
            Err(_) => return skipped("writing through a mapping", "there is no python3"),
        }
        heard.waits_for_alarm("Changed index.html");
    });
}

#[test]
fn the_slow_pass_finds_what_no_event_tells() {
    let site = Site::new();
    let manifest = site.manifest();
    let settings = WatchSettings {
        slow_pause: Duration::from_millis(50),
        ..settings()
    };
    let clock = Arc::new(TestClock::default());
    let watch = Watch::begin(&site.root, manifest, settings, clock).unwrap();
    // The mapping stays: there is no end of writing that an event could tell.
    let script = "import mmap,sys\nf=open(sys.argv[1],'r+b')\nm=mmap.mmap(f.fileno(),0)\nm[4:11]=b'Hackers'\nsys.stdin.read()";
    run(&watch, |heard| {
        let mapping = Command::new("python3")
            .args(["-c", script])
            .arg(site.path("index.html"))
            .stdin(std::process::Stdio::piped())
            .spawn();
        let Ok(mut mapping) = mapping else {
            return skipped("writing through a mapping", "there is no python3");
        };
        heard.waits_for_alarm("Changed index.html");
        mapping.kill().unwrap();
        mapping.wait().unwrap();
        heard.waits_for(|notice| {
            matches!(
                notice,
                Notice::Pass {
                    kind: PassKind::Slow,
                    ..
                }
            )
        });
    });
}

#[test]
fn a_file_written_through_a_name_outside_the_site_is_told() {
    let site = Site::new();
    let other = site.folder.path().join("other-name");
    let Some(watch) = begin(&site.root, site.manifest(), settings(), "hard links") else {
        return;
    };
    run(&watch, |heard| {
        fs::hard_link(site.path("app/main.php"), &other).unwrap();
        fs::write(&other, b"<?php hacked").unwrap();
        heard.waits_for_alarm("Changed app/main.php");
    });
}

#[test]
fn a_site_written_through_another_mount_of_it_is_told() {
    let site = Site::new();
    let mount = site.folder.path().join("mount");
    fs::create_dir(&mount).unwrap();
    let Some(watch) = begin(&site.root, site.manifest(), settings(), "bind mounts") else {
        return;
    };
    run(&watch, |heard| {
        let script = r#"mount --bind "$0" "$1" && echo hacked > "$1/index.html""#;
        let status = Command::new("unshare")
            .args(["--mount", "sh", "-c", script])
            .args([&site.root, &mount])
            .status();
        if !status.is_ok_and(|status| status.success()) {
            return skipped("writing through a bind mount", "mounting is not permitted");
        }
        heard.waits_for_alarm("Changed index.html");
    });
}

#[test]
fn names_that_are_no_text_are_told_by_events() {
    let site = Site::new();
    let Some(watch) = begin(&site.root, site.manifest(), settings(), "hostile names") else {
        return;
    };
    run(&watch, |heard| {
        let name: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"a\xff\n\".php");
        fs::write(site.root.join(name), b"x").unwrap();
        heard.waits_for_alarm("Added a\\xff\\n\".php");
    });
}

/// Events are lost because nobody reads them while more changes are made than the kernel's queue holds.
#[test]
fn after_lost_events_every_change_is_found() {
    let queue = fs::read_to_string("/proc/sys/fs/fanotify/max_queued_events");
    let queue: usize = queue
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(16_384);
    let count = queue + 2_000;
    if count > 50_000 {
        return skipped(
            "lost events",
            "the kernel's queue is too long to fill in a test",
        );
    }
    let site = Site::new();
    for number in 0..count {
        site.write(&format!("many/{}/{number}", number % 100), b"1");
    }
    let manifest = Arc::new(read(&sign_folder(&site.root, 1, None)));
    let Some(watch) = begin(&site.root, manifest, settings(), "lost events") else {
        return;
    };
    for number in 0..count {
        fs::write(site.path(&format!("many/{}/{number}", number % 100)), b"2").unwrap();
    }
    run(&watch, |heard| {
        heard.waits_for(|notice| matches!(notice, Notice::EventsLost));
        let all = wait_until(PATIENCE, || heard.alarms() >= count);
        assert!(all, "{} of {count}", heard.alarms());
        heard.waits_for(|notice| {
            matches!(
                notice,
                Notice::Pass {
                    kind: PassKind::Rescan,
                    ..
                }
            )
        });
        assert_eq!(heard.alarms(), count, "each once");
    });
}

#[test]
fn a_new_manifest_makes_an_announced_change_silent() {
    let site = Site::new();
    let first = site.manifest();
    let draft = site.folder.path().join("draft");
    assert!(
        Command::new("cp")
            .arg("-a")
            .args([&site.root, &draft])
            .status()
            .unwrap()
            .success()
    );
    fs::write(draft.join("index.html"), b"<h1>New design</h1>").unwrap();
    fs::write(draft.join("more.html"), b"more").unwrap();
    let second = Arc::new(read(&sign_folder(&draft, 2, Some(&site.store()))));
    let Some(watch) = begin(&site.root, first, settings(), "new manifests") else {
        return;
    };
    run(&watch, |heard| {
        *heard.newer.lock().unwrap() = Some(second);
        heard.waits_for(|notice| matches!(notice, Notice::Version { version: 2 }));
        // Not yet published: still as the version before.
        heard.waits_for(|notice| {
            matches!(
                notice,
                Notice::Pass {
                    kind: PassKind::Rescan,
                    ..
                }
            )
        });
        assert_eq!(heard.alarms(), 0);
        site.write("more.html", b"more");
        site.write("index.html", b"<h1>New design</h1>");
        site.write("app/main.php", b"<?php hacked");
        heard.waits_for_alarm("Changed app/main.php");
        assert_eq!(heard.alarms(), 1);
    });
}

#[test]
fn a_root_that_is_exchanged_for_another_is_compared_at_once() {
    let site = Site::new();
    let (one, two) = (site.root.clone(), site.folder.path().join("two"));
    let link = site.folder.path().join("current");
    std::os::unix::fs::symlink(&one, &link).unwrap();
    let watch = Watch::begin(
        &link,
        site.manifest(),
        settings(),
        Arc::new(TestClock::default()),
    )
    .unwrap();
    run(&watch, |heard| {
        assert!(
            Command::new("cp")
                .arg("-a")
                .args([&one, &two])
                .status()
                .unwrap()
                .success()
        );
        fs::write(two.join("index.html"), b"<h1>Hacked!</h1>").unwrap();
        let new = site.folder.path().join("new");
        std::os::unix::fs::symlink(&two, &new).unwrap();
        fs::rename(&new, &link).unwrap();
        heard.waits_for_alarm("Changed index.html");
        if watch.no_events().is_none() {
            fs::write(two.join("late.php"), b"x").unwrap();
            heard.waits_for_alarm("Added late.php");
        }
    });
}
