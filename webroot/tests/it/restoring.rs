//! What is put back, what is kept, and where no link leads it.

use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fs_err as fs;
use webroot::{Action, CheckOptions, Manifest, Plan, Restoration, RestoreError, plan_restoration};

use crate::site::{Site, compare};

const OPTIONS: CheckOptions = CheckOptions {
    threads: NonZeroUsize::MIN,
    bytes_per_second: None,
};

fn plan(site: &Site, manifest: &Arc<Manifest>) -> Plan {
    plan_restoration(&site.root, manifest, &site.store(), OPTIONS).unwrap()
}

fn removed(site: &Site) -> PathBuf {
    site.folder.path().join("www.removed")
}

fn restore(site: &Site, manifest: &Arc<Manifest>, plan: &Plan) -> Vec<Result<(), RestoreError>> {
    let begun = Restoration::begin(&site.root, manifest, &site.store(), &removed(site));
    let mut restoration = begun.unwrap();
    plan.steps
        .iter()
        .map(|step| restoration.apply(step))
        .collect()
}

#[test]
fn a_site_in_ruins_becomes_what_was_signed_and_everything_is_kept() {
    let site = Site::new();
    let manifest = site.manifest();
    site.write("index.html", b"<h1>Hacked!</h1>");
    site.write("app/shell.php", b"<?php");
    site.write("app-b/deep/er/x.php", b"<?php");
    site.write("app-b.php", b"<?php");
    site.write("uploads/x.php", b"<?php");
    site.remove("start.html");
    site.write("start.html", b"a file now");
    fs::rename(site.path("img"), site.folder.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("/etc", site.path("img")).unwrap();
    fs::set_permissions(site.path("app"), PermissionsExt::from_mode(0o777)).unwrap();
    fs::set_permissions(site.path("app/main.php"), PermissionsExt::from_mode(0o777)).unwrap();
    let plan = plan(&site, &manifest);
    assert!(plan.steps.iter().all(|step| step.is_possible));
    assert!(
        !compare(&site.root, &manifest).0.is_empty(),
        "a plan changes nothing"
    );
    for (done, step) in restore(&site, &manifest, &plan).iter().zip(&plan.steps) {
        assert!(done.is_ok(), "{done:?} {step:?}");
    }
    assert_eq!(compare(&site.root, &manifest).0, [""; 0]);
    let kept = fs::read_dir(removed(&site))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let contents: Vec<Vec<u8>> = fs::read_dir(&kept)
        .unwrap()
        .filter_map(|entry| fs::read(entry.unwrap().path()).ok())
        .collect();
    assert!(
        contents
            .iter()
            .any(|content| content == b"<h1>Hacked!</h1>")
    );
    assert!(contents.iter().any(|content| content == b"a file now"));
    assert!(
        fs::read_to_string(kept.join("list.jsonl"))
            .unwrap()
            .contains("app/shell.php")
    );
}

#[test]
fn a_stored_content_that_was_changed_is_not_put_back() {
    let site = Site::new();
    let manifest = site.manifest();
    for folder in fs::read_dir(site.folder.path().join("store")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let length = fs::metadata(&path).unwrap().len();
            fs::write(path, vec![b'x'; usize::try_from(length).unwrap()]).unwrap();
        }
    }
    site.write("index.html", b"<h1>Hacked</h1>");
    let plan = plan(&site, &manifest);
    assert!(matches!(
        restore(&site, &manifest, &plan)[..],
        [Err(RestoreError::Content(_))]
    ));
    assert_eq!(
        fs::read(site.path("index.html")).unwrap(),
        b"<h1>Hacked</h1>"
    );
}

#[test]
fn a_content_that_is_not_stored_is_said_in_the_plan() {
    let site = Site::new();
    let manifest = site.manifest();
    fs::rename(
        site.folder.path().join("store"),
        site.folder.path().join("lost"),
    )
    .unwrap();
    site.remove("index.html");
    let plan = plan(&site, &manifest);
    assert_eq!(
        (plan.steps[0].action, plan.steps[0].is_possible),
        (Action::PutBack, false)
    );
}

#[test]
fn a_hard_link_to_a_file_elsewhere_leaves_that_file_as_it_is() {
    let site = Site::new();
    let manifest = site.manifest();
    let secret = site.folder.path().join("secret");
    fs::write(&secret, b"<h1>Welcome</h1>").unwrap();
    fs::set_permissions(&secret, PermissionsExt::from_mode(0o600)).unwrap();
    site.remove("index.html");
    fs::hard_link(&secret, site.path("index.html")).unwrap();
    let plan = plan(&site, &manifest);
    assert_eq!(plan.steps[0].action, Action::PutBack);
    assert!(restore(&site, &manifest, &plan)[0].is_ok());
    assert_eq!(
        fs::metadata(&secret).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(compare(&site.root, &manifest).0.is_empty());
}

#[test]
fn what_is_moved_away_is_never_kept_in_the_site() {
    let site = Site::new();
    let manifest = site.manifest();
    let inside = site.path("uploads/removed");
    assert!(Restoration::begin(&site.root, &manifest, &site.store(), &inside).is_err());
}

/// What stands in the store may be anything by now: nothing of it is waited for, and no more is copied than was signed.
#[test]
fn a_stored_content_that_became_a_pipe_or_a_device_holds_nothing_up() {
    for what in ["pipe", "device", "endless"] {
        let site = Site::new();
        let manifest = site.manifest();
        let stored = stored_of(&site, b"<h1>Welcome</h1>");
        fs::rename(&stored, site.folder.path().join("kept")).unwrap();
        match what {
            "pipe" => make_pipe(&stored),
            "device" => std::os::unix::fs::symlink("/dev/zero", &stored).unwrap(),
            // 1 TB of zeros.
            _ => fs::File::create(&stored).unwrap().set_len(1 << 40).unwrap(),
        }
        site.write("index.html", b"<h1>Hacked</h1>");
        let plan = plan(&site, &manifest);
        assert!(!plan.steps[0].is_possible, "{what}");
        let done = restore(&site, &manifest, &plan);
        assert!(
            matches!(done[..], [Err(RestoreError::Content(_))]),
            "{done:?}"
        );
        let content = fs::read(site.path("index.html")).unwrap();
        assert_eq!(content, b"<h1>Hacked</h1>", "{what}");
    }
}

#[test]
fn signing_again_heals_a_store() {
    let site = Site::new();
    let manifest = site.manifest();
    let stored = stored_of(&site, b"<h1>Welcome</h1>");
    fs::write(&stored, b"<h1>Hacked!</h1>").unwrap();
    site.sign(2);
    site.write("index.html", b"x");
    let plan = plan(&site, &manifest);
    assert!(restore(&site, &manifest, &plan)[0].is_ok());
    assert!(compare(&site.root, &manifest).0.is_empty());
}

/// Where others may write, they could exchange the folder for a link, and an intruder's file would come to where that leads.
#[test]
fn nothing_is_moved_to_where_others_may_write() {
    let site = Site::new();
    let manifest = site.manifest();
    let removed = removed(&site);
    fs::create_dir(&removed).unwrap();
    for mode in [0o777, 0o1777, 0o775] {
        fs::set_permissions(&removed, PermissionsExt::from_mode(mode)).unwrap();
        let begun = Restoration::begin(&site.root, &manifest, &site.store(), &removed);
        assert!(begun.is_err(), "{mode:o}");
    }
    assert_eq!(fs::read_dir(&removed).unwrap().count(), 0);
    fs::set_permissions(&removed, PermissionsExt::from_mode(0o755)).unwrap();
    let begun = Restoration::begin(&site.root, &manifest, &site.store(), &removed);
    assert!(begun.is_ok());
    let folder = fs::read_dir(&removed).unwrap().next().unwrap().unwrap();
    let mode = folder.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o700);
}

#[test]
fn a_link_in_the_place_of_what_is_moved_away_does_not_lead_into_the_site() {
    let site = Site::new();
    let manifest = site.manifest();
    fs::create_dir(site.path("uploads/here")).unwrap();
    std::os::unix::fs::symlink(site.path("uploads/here"), removed(&site)).unwrap();
    assert!(Restoration::begin(&site.root, &manifest, &site.store(), &removed(&site)).is_err());
    assert_eq!(fs::read_dir(site.path("uploads/here")).unwrap().count(), 0);
}

/// Returns where a content is stored.
fn stored_of(site: &Site, content: &[u8]) -> PathBuf {
    let folders = fs::read_dir(site.folder.path().join("store")).unwrap();
    let files = folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap());
    let mut paths = files.map(|file| file.unwrap().path());
    paths
        .find(|path| fs::read(path).unwrap() == content)
        .unwrap()
}

fn make_pipe(path: &std::path::Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// While a site is put back again and again, somebody exchanges a folder for a link to a folder elsewhere.
#[test]
fn a_link_that_comes_and_goes_leads_nothing_out_of_the_site() {
    let site = Site::new();
    let manifest = site.manifest();
    let elsewhere = site.folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("main.php"), b"not ours").unwrap();
    let link = site.folder.path().join("link");
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let exchange = rustix::fs::RenameFlags::EXCHANGE;
                let cwd = rustix::fs::CWD;
                let _ = rustix::fs::renameat_with(cwd, &link, cwd, site.path("app"), exchange);
            }
        });
        for _ in 0..100 {
            let _ = fs::write(site.path("app/main.php"), b"<?php hacked");
            let _ = fs::write(elsewhere.join("main.php"), b"not ours");
            let plan = plan(&site, &manifest);
            restore(&site, &manifest, &plan);
            // Whoever writes through the link is the attacker above; the restoration never does.
            let content = fs::read(elsewhere.join("main.php"));
            if let Ok(content) = content {
                assert_ne!(content, b"<?php echo 1;");
            }
            assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
        }
        is_over.store(true, Ordering::Relaxed);
    });
}
