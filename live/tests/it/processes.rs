//! Who runs what, and what has it open.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use live::{Cause, FileState, LiveOptions, OpenKind, ProcessKind, View, list_processes};
use testkit::skipping::skipped;
use testkit::wait_until;

use crate::companion::{Companion, marker, own_path, process};

/// A program of the system that waits as many seconds as it is told.
const WAITER: &str = "/bin/sleep";

fn copy_of_waiter(folder: &Path, name: &[u8]) -> PathBuf {
    let path = folder.join(OsString::from_vec(name.to_vec()));
    fs_err::copy(WAITER, &path).unwrap();
    path
}

/// Waits until the process has become the program: between the two it is a copy of this test.
fn wait_for_program(companion: &Companion, path: &Path) {
    let runs = || {
        let executable = process(companion.pid()).executable;
        executable.is_some_and(|executable| executable.path == path.as_os_str().as_bytes())
    };
    assert!(wait_until(Duration::from_secs(10), runs));
}

fn content_of(process: &live::Process) -> Vec<u8> {
    let mut content = Vec::new();
    process
        .open_executable()
        .unwrap()
        .read_to_end(&mut content)
        .unwrap();
    content
}

#[test]
fn tells_what_became_of_an_executable_and_still_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = copy_of_waiter(folder.path(), b"worker");
    let companion = Companion::run(&path, None);
    wait_for_program(&companion, &path);
    let state = || companion.process().executable.unwrap().state;
    assert_eq!(state(), FileState::Present);
    rustix::fs::unlink(&path).unwrap();
    assert_eq!(state(), FileState::Deleted);
    fs_err::write(&path, "something else").unwrap();
    let now = companion.process();
    let executable = now.executable.clone().unwrap();
    assert_eq!(executable.state, FileState::Replaced);
    assert_eq!(executable.view, View::Ours);
    assert_eq!(executable.path, path.to_str().unwrap().as_bytes());
    assert_eq!(content_of(&now), fs_err::read(WAITER).unwrap());
}

#[test]
fn is_not_deceived_by_names() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        b"a) R 1 (\n".as_slice(),
        b"\xff\xfe) S 0",
        b"worker (deleted)",
        b"x\\012y",
    ] {
        let path = copy_of_waiter(folder.path(), name);
        let companion = Companion::run(&path, Some(OsString::from_vec(b"\xffown name".to_vec())));
        wait_for_program(&companion, &path);
        let process = companion.process();
        assert_eq!(process.name, name[..name.len().min(15)]);
        assert_eq!(process.parent_pid, std::process::id());
        assert_eq!(process.kind, ProcessKind::Program);
        let arguments: [&[u8]; 2] = [b"\xffown name", b"600"];
        assert_eq!(process.command_line, arguments);
        assert_eq!(process.executable.unwrap().state, FileState::Present);
        assert_eq!(process.user_id, rustix::process::getuid().as_raw());
    }
}

#[test]
fn finds_a_program_that_is_in_no_folder() {
    let memory = rustix::fs::memfd_create("update", rustix::fs::MemfdFlags::empty()).unwrap();
    let mut memory = std::fs::File::from(memory);
    memory.write_all(&fs_err::read(WAITER).unwrap()).unwrap();
    let path = PathBuf::from(format!("/proc/self/fd/{}", memory.as_raw_fd()));
    let companion = Companion::run(&path, None);
    wait_for_program(&companion, Path::new("/memfd:update"));
    let process = companion.process();
    assert_eq!(
        process.executable.as_ref().unwrap().state,
        FileState::MemoryOnly
    );
    assert_eq!(content_of(&process), fs_err::read(WAITER).unwrap());
}

#[test]
fn knows_when_a_process_started_and_that_it_has_ended() {
    use domain::Clock;
    let before = domain::SystemClock.now();
    let mut companion = Companion::start("written");
    let process = companion.process();
    let started = process.started_at.unwrap();
    // The clock of processes counts hundredths, and the system's start is known by the second.
    let off = (started.as_second() - before.as_second()).abs();
    assert!(off <= 3, "{started} is {off} seconds off {before}");
    assert!(process.still_runs());
    companion.end();
    assert!(!process.still_runs());
    assert_eq!(process.open_executable().unwrap_err(), Cause::Vanished);
    let options = LiveOptions::default();
    assert_eq!(process.open_memory(&options).unwrap_err(), Cause::Vanished);
    assert_eq!(process.open_files(&options).unwrap_err(), Cause::Vanished);
}

#[test]
fn lists_what_is_open_and_reads_what_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("kept"), "here").unwrap();
    let place = folder.path().to_str().unwrap();
    let companion = Companion::start(&format!("files {place}"));
    let process = companion.process();
    let open = process.open_files(&LiveOptions::default()).unwrap();
    assert_eq!(open.unread, []);
    let at = |name: &str| {
        let path = folder.path().join(name);
        let path = path
            .to_str()
            .unwrap()
            .trim_end_matches('/')
            .as_bytes()
            .to_vec();
        let found = open.items.iter().find(|file| file.path == path);
        found.unwrap().clone()
    };
    assert_eq!(at("kept").kind, OpenKind::File(FileState::Present));
    assert_eq!(at("").kind, OpenKind::Folder);
    let gone = at("gone");
    assert_eq!(gone.kind, OpenKind::File(FileState::Deleted));
    let mut content = Vec::new();
    process
        .open_file(&gone)
        .unwrap()
        .read_to_end(&mut content)
        .unwrap();
    assert_eq!(content, marker(3));
    // Its input is a pipe: reading it would take what is not ours.
    let input = &open.items[0];
    assert_eq!((input.descriptor, input.kind), (0, OpenKind::Other));
    assert_eq!(process.open_file(input).unwrap_err(), Cause::Special);
    assert!(
        open.items
            .iter()
            .any(|file| matches!(file.kind, OpenKind::Socket(_)))
    );
}

#[test]
fn does_not_open_another_file_that_took_over_the_descriptor() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("kept"), "here").unwrap();
    let companion = Companion::start(&format!("files {}", folder.path().display()));
    let process = companion.process();
    let open = process.open_files(&LiveOptions::default()).unwrap();
    let mut file = open
        .items
        .into_iter()
        .find(|file| file.kind == OpenKind::File(FileState::Deleted))
        .unwrap();
    file.inode += 1;
    assert_eq!(process.open_file(&file).unwrap_err(), Cause::Vanished);
}

#[test]
fn says_what_it_may_not_see() {
    let what = "reading another user's process";
    if !rustix::process::geteuid().is_root() {
        return skipped(what, "only the administrator can become another user");
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("peeker");
    fs_err::copy(own_path(), &program).unwrap();
    for path in [folder.path(), &program] {
        fs_err::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let seen = Companion::start("written");
    let mut command = Command::new(&program);
    command.uid(65_534).gid(65_534).current_dir("/");
    let peeker = Companion::start_with(command, &format!("peek {}", seen.pid()));
    // No executable, and one line that says so.
    assert_eq!(peeker.words, ["true", "1", "Permission"]);
}

#[test]
fn lists_while_processes_come_and_go() {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let starter = std::thread::spawn(move || {
        let mut count = 0;
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            Command::new("/bin/true").status().unwrap();
            count += 1;
        }
        count
    });
    let own = std::process::id();
    for _ in 0..20 {
        let listed = list_processes(&LiveOptions::default());
        let ours = listed.items.iter().find(|process| process.pid == own);
        assert!(ours.unwrap().still_runs());
        // One that ends while it is read is named as that, and as nothing else.
        let failed = |unread: &&live::Unread| matches!(unread.cause, Cause::Failed(_));
        assert_eq!(listed.unread.iter().find(failed), None);
    }
    drop(stop);
    assert!(starter.join().unwrap() > 0);
}

#[test]
fn lists_itself_and_the_first_process() {
    let listed = list_processes(&LiveOptions::default());
    let pids: Vec<u32> = listed.items.iter().map(|process| process.pid).collect();
    assert!(pids.contains(&1) && pids.contains(&std::process::id()));
    assert!(pids.is_sorted());
    let kernel = listed
        .items
        .iter()
        .filter(|process| process.kind == ProcessKind::Kernel);
    assert!(kernel.clone().all(|process| process.executable.is_none()));
}
