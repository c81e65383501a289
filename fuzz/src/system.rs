//! The target of what the running system tells: processes write their own names, arguments and mappings, and packages,
//! timetables and resolvers write texts.

use std::io::{Read as _, Write as _};
use std::ops::ControlFlow;
use std::os::unix::fs::symlink;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use live::LiveOptions;

use crate::targets::Parser;

/// Everything that is read as text. All of it is one file under many names.
const TEXTS: [&str; 31] = [
    "proc/77/stat",
    "proc/78/status",
    "proc/79/cmdline",
    "proc/79/maps",
    "proc/79/mem",
    "proc/79/mountinfo",
    "proc/79/net/raw",
    "proc/79/net/tcp",
    "proc/79/net/tcp6",
    "proc/79/net/udp",
    "proc/79/net/udp6",
    "proc/79/pagemap",
    "proc/79/smaps",
    "proc/modules",
    "proc/stat",
    "proc/sys/kernel/core_pattern",
    "proc/sys/kernel/modprobe",
    "etc/crontab",
    "etc/hosts",
    "etc/ld.so.preload",
    "etc/modprobe.d/a.conf",
    "etc/pam.d/a",
    "etc/passwd",
    "etc/systemd/system/a.service",
    "etc/udev/rules.d/a.rules",
    "lib/apk/db/installed",
    "root/.ssh/authorized_keys",
    "var/cache/bind/named_dump.db",
    "var/cache/nscd/hosts",
    "var/lib/dpkg/diversions",
    "var/lib/dpkg/info/a.md5sums",
];
/// Also read as text, and needed by others as it should be.
const STATUS: &str = "var/lib/dpkg/status";
/// How a process is described that is as it should be.
const PROCESS: &str = "77 (a b) S 1 77 77 0 -1 4194560 100 0 0 0 1 1 0 0 20 0 1 0 100 1000000 100 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
const USERS: &str = "Name:\ta\nUid:\t0\t0\t0\t0\n";
const RESOLVER: &str = "run/systemd/resolve/io.systemd.Resolve.Monitor";

/// Reads a system in which everything says what the bytes say.
pub fn running_system() -> Parser {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let text = root.join("text");
    fs_err::write(&text, b"").expect("room for a file");
    for name in TEXTS {
        link(&text, &root.join(name));
    }
    write(
        &root.join(STATUS),
        b"Package: a\nVersion: 1\nStatus: install ok installed\n",
    );
    for (pid, stat, status) in [(77, false, true), (78, true, false), (79, true, true)] {
        let process = root.join(format!("proc/{pid}"));
        if stat {
            write(&process.join("stat"), PROCESS.as_bytes());
        }
        if status {
            write(&process.join("status"), USERS.as_bytes());
        }
        fs_err::create_dir_all(process.join("ns")).expect("a folder");
        fs_err::create_dir_all(process.join("fd")).expect("a folder");
        for (name, target) in [
            ("exe", "/bin/a (deleted)"),
            ("root", "/"),
            ("ns/net", "net:[1]"),
            ("ns/mnt", "mnt:[1]"),
            ("fd/3", "socket:[5]"),
            ("fd/4", "/etc/hosts"),
        ] {
            symlink(target, process.join(name)).expect("a link");
        }
    }
    let answer = Arc::new(Mutex::new(Vec::new()));
    answer_with(&root.join(RESOLVER), &answer);
    let options = LiveOptions {
        root: root.to_owned(),
        region_bytes_max: 256 << 10,
        process_bytes_max: 1 << 20,
        window_bytes: 64 << 10,
        overlap_bytes: 1 << 10,
        patience: Duration::from_secs(2),
        region_count_max: 1_000,
        ..LiveOptions::default()
    };
    Box::new(move |bytes| {
        fs_err::write(folder.path().join("text"), bytes).expect("room for a file");
        *answer.lock().unwrap_or_else(PoisonError::into_inner) = bytes.to_vec();
        let processes = live::list_processes(&options);
        for process in &processes.items {
            let _ = process.open_files(&options);
            if let Ok(mut memory) = process.open_memory(&options) {
                let _ = memory.read(&mut |_| ControlFlow::Continue(()));
            }
        }
        let _ = live::list_connections(&options, &processes);
        let _ = live::list_host_entries(&options);
        let _ = live::list_resolved_names(&options, &processes);
        let _ = live::list_persistence_points(&options);
        let _ = live::KnownFiles::load(folder.path()).listed(b"/bin/a");
        let root = folder.path();
        fs_err::rename(root.join(STATUS), root.join("kept")).expect("a file to move");
        link(&root.join("text"), &root.join(STATUS));
        let _ = live::KnownFiles::load(root).listed(b"/bin/a");
        fs_err::rename(root.join("kept"), root.join(STATUS)).expect("a file to move");
    })
}

/// Answers whoever asks the resolver for its cache.
fn answer_with(socket: &Path, answer: &Arc<Mutex<Vec<u8>>>) {
    fs_err::create_dir_all(socket.parent().expect("a folder of it")).expect("a folder");
    let listener = UnixListener::bind(socket).expect("a socket");
    let answer = Arc::clone(answer);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = answer
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            // Who asked may have gone.
            let _ = tell(&mut stream, &answer);
        }
    });
}

fn tell(stream: &mut UnixStream, answer: &[u8]) -> std::io::Result<()> {
    let mut question = [0; 4096];
    let _ = stream.read(&mut question)?;
    stream.write_all(answer)?;
    stream.write_all(b"\0")
}

fn link(from: &Path, to: &Path) {
    fs_err::create_dir_all(to.parent().expect("a folder of it")).expect("a folder");
    fs_err::hard_link(from, to).expect("a name");
}

fn write(to: &Path, bytes: &[u8]) {
    fs_err::create_dir_all(to.parent().expect("a folder of it")).expect("a folder");
    fs_err::write(to, bytes).expect("room for a file");
}
