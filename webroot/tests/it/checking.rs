//! What one comparison finds.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use fs_err as fs;

use crate::site::{Site, compare, compare_alone};

#[test]
fn a_site_as_it_was_signed_differs_in_nothing() {
    let site = Site::new();
    let (found, summary) = compare(&site.root, &site.manifest());
    assert!(found.is_empty(), "{found:?}");
    // The upload is looked at although it is not signed.
    assert_eq!((summary.totals.files, summary.totals.folders), (5, 4));
}

#[test]
fn every_way_to_differ_is_told() {
    let site = Site::new();
    let manifest = site.manifest();
    site.write("index.html", b"<h1>Hacked!</h1>");
    fs::set_permissions(site.path("img/logo.png"), PermissionsExt::from_mode(0o777)).unwrap();
    site.write("img/new/shell.php", b"x");
    fs::rename(site.path("app/main.php"), site.path("app/other.php")).unwrap();
    site.remove("start.html");
    std::os::unix::fs::symlink("/etc/passwd", site.path("start.html")).unwrap();
    let (found, _) = compare(&site.root, &manifest);
    let expected = [
        "Added app/other.php",
        "Added img/new",
        "Added img/new/shell.php",
        "Changed index.html",
        "Changed start.html",
        "Mode img/logo.png",
        "Removed app/main.php",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_folder_exchanged_for_a_link_to_its_like_is_told_and_not_followed() {
    let site = Site::new();
    let manifest = site.manifest();
    let elsewhere = site.folder.path().join("elsewhere");
    fs::rename(site.path("img"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, site.path("img")).unwrap();
    let (found, _) = compare(&site.root, &manifest);
    assert_eq!(found, ["Removed img/logo.png", "Type img"]);
}

#[test]
fn a_content_of_the_same_size_with_the_old_times_is_told() {
    let site = Site::new();
    let manifest = site.manifest();
    let path = site.path("index.html");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    site.write("index.html", b"<h1>Welcomf</h1>");
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.file().set_modified(modified).unwrap();
    assert_eq!(compare(&site.root, &manifest).0, ["Changed index.html"]);
}

#[test]
fn uploads_may_be_anything_but_programs() {
    let site = Site::new();
    let manifest = site.manifest();
    site.write("uploads/2026/photo.jpg", b"\xff\xd8\xff");
    site.write("uploads/2026/report.pdf", b"%PDF");
    assert!(compare(&site.root, &manifest).0.is_empty());
    site.write("uploads/2026/x.php.jpg", b"x");
    site.write("uploads/2026/y.jpg", b"GIF89a<?php system($_GET[1]);");
    site.write("uploads/.htaccess", b"AddType application/x-httpd-php .jpg");
    site.write("uploads/page", b"<html><h1>x");
    site.write("uploads/run", b"x");
    fs::set_permissions(site.path("uploads/run"), PermissionsExt::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("/", site.path("uploads/all")).unwrap();
    let expected = [
        "Program uploads/.htaccess",
        "Program uploads/2026/x.php.jpg",
        "Program uploads/2026/y.jpg",
        "Program uploads/all",
        "Program uploads/page",
        "Program uploads/run",
    ];
    assert_eq!(compare(&site.root, &manifest).0, expected);
}

#[test]
fn names_that_are_no_text_are_signed_and_told() {
    let site = Site::new();
    let strange = site.root.join(OsStr::from_bytes(b"a\xff\nb"));
    fs::write(&strange, b"1").unwrap();
    let manifest = site.manifest();
    assert!(compare(&site.root, &manifest).0.is_empty());
    fs::write(&strange, b"2").unwrap();
    fs::write(site.root.join(OsStr::from_bytes(b"\xfe\"{}")), b"2").unwrap();
    let expected = ["Added \\xfe\"{}", "Changed a\\xff\\nb"];
    assert_eq!(compare(&site.root, &manifest).0, expected);
}

#[test]
fn a_pipe_and_a_huge_sparse_file_do_not_hold_the_comparison_up() {
    let site = Site::new();
    let manifest = site.manifest();
    site.remove("index.html");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        site.path("index.html"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let huge = fs::File::create(site.path("huge.bin")).unwrap();
    huge.set_len(1 << 40).unwrap();
    let (found, summary) = compare(&site.root, &manifest);
    assert_eq!(found, ["Added huge.bin", "Type index.html"]);
    assert!(summary.totals.read_bytes < 1_000);
}

/// A watch that is not root is kept from reading by whoever owns a file. What is known without reading is an alarm all the same.
#[test]
fn what_we_are_kept_from_reading_is_told_as_far_as_it_is_known() {
    let site = Site::new();
    let manifest = site.manifest();
    fs::set_permissions(site.folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    site.write("shell.php", b"<?php");
    site.write("app/main.php", b"longer than what was signed");
    site.write("img/logo.png", b"\x89PNX");
    site.write("uploads/b.php", b"x");
    site.write("uploads/c.jpg", b"x");
    for path in [
        "shell.php",
        "app/main.php",
        "img/logo.png",
        "uploads/b.php",
        "uploads/c.jpg",
    ] {
        fs::set_permissions(site.path(path), PermissionsExt::from_mode(0o0)).unwrap();
    }
    let compare = || compare_alone(&site.root, &manifest);
    let found = std::thread::scope(|scope| {
        let unprivileged = || {
            if rustix::process::getuid().is_root() {
                // Of this thread alone.
                let nobody = rustix::fs::Uid::from_raw(65_534);
                rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
            }
            compare()
        };
        scope.spawn(unprivileged).join().unwrap()
    });
    let expected = [
        "Added shell.php",
        "Changed app/main.php",
        "Mode img/logo.png",
        "Program uploads/b.php",
        "Unread uploads/c.jpg",
    ];
    assert_eq!(found, expected);
}
