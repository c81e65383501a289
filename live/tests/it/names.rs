//! Names that a system knows: its hosts file, and a resolver that answers well, badly or never.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use live::{Cause, LiveOptions, Processes, list_host_entries, list_resolved_names};

const SOCKET: &str = "run/systemd/resolve/io.systemd.Resolve.Monitor";

fn options(root: &Path) -> LiveOptions {
    LiveOptions {
        root: root.to_owned(),
        patience: Duration::from_millis(300),
        ..LiveOptions::default()
    }
}

/// A resolver that does this with its first caller.
fn resolver(root: &Path, answer: impl FnOnce(UnixStream) + Send + 'static) {
    let socket = root.join(SOCKET);
    fs_err::create_dir_all(socket.parent().unwrap()).unwrap();
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || answer(listener.accept().unwrap().0));
}

#[test]
fn reads_the_hosts_file_inside_the_root_only() {
    let root = tempfile::tempdir().unwrap();
    fs_err::create_dir_all(root.path().join("etc")).unwrap();
    fs_err::create_dir_all(root.path().join("data")).unwrap();
    fs_err::write(root.path().join("data/hosts"), "203.0.113.9 a.example\n").unwrap();
    std::os::unix::fs::symlink("/data/hosts", root.path().join("etc/hosts")).unwrap();
    let entries = list_host_entries(&options(root.path()));
    assert_eq!(entries.items.len(), 1);
    assert_eq!(entries.items[0].names, ["a.example"]);
    assert_eq!(entries.unread, []);
}

#[test]
fn asks_a_resolver_what_it_remembers() {
    let root = tempfile::tempdir().unwrap();
    resolver(root.path(), |mut stream| {
        let mut question = [0; 128];
        let count = stream.read(&mut question).unwrap();
        assert!(question[..count].ends_with(b"\0"));
        let answer = br#"{"parameters":{"dump":[{"cache":[{"key":{"name":"air.dcsvn.org"},"rrs":[{"rr":{"address":[203,0,113,7]}}]}]}]}}"#;
        // In two parts, as it comes over a socket.
        stream.write_all(&answer[..40]).unwrap();
        stream.write_all(&answer[40..]).unwrap();
        stream.write_all(b"\0").unwrap();
    });
    let names = list_resolved_names(&options(root.path()), &Processes::default());
    assert_eq!(names.unread, []);
    assert_eq!(names.items[0].name, "air.dcsvn.org");
    assert_eq!(names.items[0].addresses[0].to_string(), "203.0.113.7");
}

#[test]
fn does_not_wait_for_a_resolver_that_never_ends() {
    let root = tempfile::tempdir().unwrap();
    resolver(
        root.path(),
        |mut stream| {
            while stream.write_all(b" ").is_ok() {}
        },
    );
    let names = list_resolved_names(&options(root.path()), &Processes::default());
    let cause = &names.unread[0].cause;
    assert!(
        matches!(cause, Cause::Time | Cause::TooLarge(_)),
        "{cause:?}"
    );
}

#[test]
fn does_not_wait_for_a_resolver_that_is_silent() {
    let root = tempfile::tempdir().unwrap();
    resolver(root.path(), |mut stream| {
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let names = list_resolved_names(&options(root.path()), &Processes::default());
    assert_eq!(names.unread[0].cause, Cause::Time);
}
