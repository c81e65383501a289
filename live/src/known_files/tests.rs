//! Databases made up, and the one of this system beside `dpkg` itself.

use std::path::Path;
use std::process::Command;

use domain::{Algorithm, Digest};
use md5::Digest as _;
use proptest::prelude::*;

use super::{Database, KnownFiles, Place};

fn md5_of(content: &[u8]) -> Digest {
    Digest::Md5(md5::Md5::digest(content).into())
}

fn sha1_of(content: &[u8]) -> Digest {
    Digest::Sha1(sha1::Sha1::digest(content).into())
}

fn write(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, content).unwrap();
}

fn debian() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let at = root.path();
    let status = format!(
        "Package: shell\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2.3-4\n\
         Conffiles:\n /etc/shell rc {} obsolete\n /etc/new newconffile\nDescription: a shell\n more\n\n\
         Package: libx\nArchitecture: i386\nVersion: 9\n\nPackage: libx\nArchitecture: amd64\nVersion: 10\n",
        md5_of(b"rc")
    );
    write(at, "var/lib/dpkg/status", status);
    write(
        at,
        "var/lib/dpkg/info/shell.md5sums",
        format!(
            "{}  bin/sh\n{}  usr/share/a\n\\{}  usr/a\\nb\nnonsense\n",
            md5_of(b"sh"),
            md5_of(b"mine"),
            md5_of(b"odd")
        ),
    );
    write(
        at,
        "var/lib/dpkg/info/libx:amd64.md5sums",
        format!("{}  ./usr/lib/x.so\n", md5_of(b"x64")),
    );
    write(
        at,
        "var/lib/dpkg/diversions",
        "/usr/share/a\n/usr/share/a.shell\nother\n",
    );
    fs_err::create_dir_all(at.join("usr/bin")).unwrap();
    std::os::unix::fs::symlink("usr/bin", at.join("bin")).unwrap();
    root
}

#[test]
fn knows_a_packaged_file_by_content_and_place() {
    let root = debian();
    let known = KnownFiles::load(root.path());
    let file = known.known(b"/bin/sh", &[md5_of(b"sh")]).unwrap();
    assert_eq!(
        (file.package.as_str(), file.version.as_str()),
        ("shell", "1:2.3-4")
    );
    assert_eq!((file.database, file.place), (Database::Dpkg, Place::Same));
    // One folder, two names.
    let merged = known.known(b"/usr/bin/sh", &[sha1_of(b"sh"), md5_of(b"sh")]);
    assert_eq!(merged.unwrap().place, Place::Same);
    let copied = known.known(b"/tmp/.x", &[md5_of(b"sh")]).unwrap();
    assert_eq!(copied.place, Place::Other);
    assert_eq!(known.known(b"/bin/sh", &[md5_of(b"evil")]), None);
    assert_eq!(known.known(b"/bin/sh", &[sha1_of(b"sh")]), None);
    assert_eq!(known.listed(b"/bin/sh").unwrap().package, "shell");
    assert_eq!(known.listed(b"/bin/evil"), None);
    assert_eq!(known.algorithms(), [Algorithm::Md5]);
}

#[test]
fn knows_configuration_odd_names_architectures_and_diverted_files() {
    let root = debian();
    let known = KnownFiles::load(root.path());
    let place = |path: &str, content: &[u8]| {
        let file = known.known(path.as_bytes(), &[md5_of(content)])?;
        Some((file.version, file.place))
    };
    let same = |version: &str| Some((version.to_owned(), Place::Same));
    assert_eq!(place("/etc/shell rc", b"rc"), same("1:2.3-4"));
    assert_eq!(place("/usr/a\nb", b"odd"), same("1:2.3-4"));
    assert_eq!(place("/usr/lib/x.so", b"x64"), same("10"));
    assert_eq!(place("/usr/share/a.shell", b"mine"), same("1:2.3-4"));
    assert_eq!(
        place("/usr/share/a", b"mine"),
        Some(("1:2.3-4".to_owned(), Place::Other))
    );
    assert!(known.unread().is_empty(), "{:?}", known.unread());
}

#[test]
fn knows_files_of_alpine_and_says_which_databases_are_not_read() {
    let root = tempfile::tempdir().unwrap();
    let text = "P:busybox\nV:1.36.1-r5\nF:bin\nR:busybox\na:0:0:755\nZ:Q1qZRyfiLZ9F9kBCgLZo1Ynzb0Cao=\n\
                R:unsummed\nF:\nR:top\nZ:Q1qZRyfiLZ9F9kBCgLZo1Ynzb0Cao=\nR:new\nZ:Q2AAAA\n\nP:next\nV:2\nF:lib\nR:n\nZ:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    write(root.path(), "lib/apk/db/installed", text);
    write(root.path(), "var/lib/rpm/rpmdb.sqlite", "x");
    let known = KnownFiles::load(root.path());
    assert_eq!(known.file_count(), 3);
    let next = known.known(b"/lib/n", &[Digest::Sha1([0; 20])]).unwrap();
    assert_eq!(
        (next.package.as_str(), next.database),
        ("next", Database::Apk)
    );
    assert_eq!(known.listed(b"/top").unwrap().version, "1.36.1-r5");
    let unread: Vec<String> = known.unread().iter().map(ToString::to_string).collect();
    assert_eq!(
        unread,
        ["packages of rpm: not available: databases of this kind are not read"]
    );
}

#[test]
fn says_what_dpkg_says_of_this_system() {
    let what = "known files beside dpkg";
    if !Path::new("/var/lib/dpkg/status").is_file() {
        return testkit::skipping::skipped(what, "this system has no dpkg");
    }
    let known = KnownFiles::load(Path::new("/"));
    assert!(known.file_count() > 100, "{}", known.file_count());
    let mut compared = 0;
    for path in [
        "/usr/bin/dpkg",
        "/bin/ls",
        "/usr/bin/tar",
        "/usr/bin/gzip",
        "/etc/profile",
    ] {
        let Some(owner) = owner_of(path) else {
            continue;
        };
        let Some(listed) = known.listed(path.as_bytes()) else {
            // Made by a script of the package: dpkg knows the owner of no content.
            continue;
        };
        assert_eq!(listed.package, owner, "{path}");
        let intact = known
            .known(path.as_bytes(), &[md5_of(&fs_err::read(path).unwrap())])
            .is_some_and(|file| file.place == Place::Same);
        assert_eq!(intact, verifies(&owner, path), "{path}");
        compared += 1;
    }
    assert!(compared > 0, "dpkg names the owner of none of them");
}

/// What `dpkg -S` says, with either of the two names of a merged folder.
fn owner_of(path: &str) -> Option<String> {
    let unmerged = path.strip_prefix("/usr").unwrap_or(path);
    [path, unmerged].iter().find_map(|path| {
        let output = Command::new("dpkg").arg("-S").arg(path).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let line = text.lines().find(|line| !line.starts_with("diversion"))?;
        let owner = line.split([':', ',']).next()?;
        Some(owner.to_owned())
    })
}

fn verifies(package: &str, path: &str) -> bool {
    let output = Command::new("dpkg").args(["--verify", package]).output();
    let text = String::from_utf8_lossy(&output.unwrap().stdout).into_owned();
    let name = path.strip_prefix("/usr").unwrap_or(path);
    !text.lines().any(|line| line.ends_with(name))
}

proptest! {
    #[test]
    fn takes_any_database(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        super::dpkg::parse_status(&bytes);
        super::dpkg::parse_md5sums(&bytes, &mut |_, _| {});
        super::dpkg::parse_diversions(&bytes);
        super::apk::parse_installed(&bytes, &mut |_| {});
    }

    #[test]
    fn finds_every_row_and_no_other(contents in proptest::collection::vec(0_u16..500, 1..80)) {
        let mut table = super::table::TableBuilder::<16>::new();
        let digest = |content: u16| <[u8; 16]>::from(md5::Md5::digest(content.to_le_bytes()));
        for (row, &content) in contents.iter().enumerate() {
            table.add(format!("/{row}").as_bytes(), digest(content), u32::from(content));
        }
        let table = table.build();
        for (row, &content) in contents.iter().enumerate() {
            let here = table.find(format!("/{row}").as_bytes(), &digest(content));
            prop_assert_eq!(here, Some((u32::from(content), Place::Same)));
        }
        for content in 0..500 {
            let found = table.find(b"/elsewhere", &digest(content));
            let expected = contents.contains(&content).then_some((u32::from(content), Place::Other));
            prop_assert_eq!(found, expected);
        }
    }
}
