//! A second process for tests: this same program, started again to play a part. It ends when its input does.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use live::{LiveOptions, Process, list_processes};
use md5::Digest;

const PART: &str = "TOCSIN_LIVE_COMPANION";
/// In the program's data: a private page of its file, once it is written.
static WRITTEN: Mutex<[u8; 64]> = Mutex::new([1; 64]);

/// A process that the test started; it ends with the test.
pub struct Companion {
    child: Child,
    /// What it said when it was ready.
    pub words: Vec<String>,
}

impl Companion {
    /// Starts this program in the part, and waits until it is ready.
    pub fn start(part: &str) -> Self {
        Self::start_with(Command::new(own_path()), part)
    }

    /// Starts it by another command, which is given the arguments of the test program.
    pub fn start_with(mut command: Command, part: &str) -> Self {
        command
            .args(["companion::plays_its_part", "--exact", "--nocapture"])
            .env(PART, part);
        Self::start_script(command)
    }

    /// Starts a command that says itself when it is ready, and ends with its input.
    pub fn start_script(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut lines = output.lines().map(Result::unwrap);
        let ready = lines
            .find_map(|line| Some(line.split_once("ready:")?.1.to_owned()))
            .expect("the companion says when it is ready");
        let words = ready.split_whitespace().map(str::to_owned).collect();
        Self { child, words }
    }

    /// Starts a program that only waits.
    pub fn run(program: &Path, name: Option<OsString>) -> Self {
        let mut command = Command::new(program);
        if let Some(name) = name {
            command.arg0(name);
        }
        let child = command.arg("600").spawn().unwrap();
        Self {
            child,
            words: Vec::new(),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn number(&self, word: usize) -> u64 {
        self.words[word].parse().unwrap()
    }

    pub fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// What is known of it.
    pub fn process(&self) -> Process {
        process(self.pid())
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        self.end();
    }
}

/// What is known of a process now.
pub fn process(pid: u32) -> Process {
    let listed = list_processes(&LiveOptions::default());
    let found = listed.items.into_iter().find(|process| process.pid == pid);
    found.expect("a process that runs is listed")
}

/// The path of this test program.
pub fn own_path() -> std::path::PathBuf {
    std::env::current_exe().unwrap()
}

/// Bytes that are in no file and in no argument: they are made of `seed` when they are needed.
pub fn marker(seed: u8) -> Vec<u8> {
    let mut marker = b"tocsin:".to_vec();
    marker.extend(md5::Md5::digest([seed, 0x5a]).iter());
    marker.extend(md5::Md5::digest([seed, 0xa5]).iter());
    marker
}

#[test]
fn plays_its_part() {
    let Some(part) = std::env::var_os(PART) else {
        return;
    };
    let part = part.into_string().unwrap();
    let (name, rest) = part.split_once(' ').unwrap_or((&part, ""));
    match name {
        "markers" => hold_markers(),
        "written" => hold_written_page(),
        "churn" => churn(),
        "files" => hold_files(Path::new(rest)),
        "listen" => {
            let listener = TcpListener::bind("0.0.0.0:0").unwrap();
            wait_with(&listener.local_addr().unwrap().port().to_string());
        }
        "peek" => peek(rest.parse().unwrap()),
        _ => panic!("no part called {name}"),
    }
}

/// Says that everything is there, and waits for the test to end.
fn wait_with(words: &str) {
    println!("\nready: {words}");
    std::io::stdout().flush().unwrap();
    let mut rest = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut rest);
}

/// Four megabytes with a marker after each 10,007 bytes.
fn hold_markers() {
    let marker = marker(1);
    let mut bytes = vec![0_u8; 4 << 20];
    let mut count = 0;
    for place in bytes.chunks_exact_mut(10_007) {
        place[9_000..9_000 + marker.len()].copy_from_slice(&marker);
        count += 1;
    }
    wait_with(&format!("{} {count}", bytes.as_ptr().addr()));
    std::hint::black_box(bytes);
}

fn hold_written_page() {
    let marker = marker(2);
    WRITTEN.lock().unwrap()[..marker.len()].copy_from_slice(&marker);
    wait_with("");
    std::hint::black_box(&WRITTEN);
}

/// Takes and gives back memory as fast as it can.
fn churn() {
    std::thread::spawn(|| {
        for size in (1_usize..).map(|round| (round * 7_919) % 3_000_000 + 200_000) {
            std::hint::black_box(vec![7_u8; size]);
        }
    });
    wait_with("");
}

/// A deleted file, a folder and a socket.
fn hold_files(folder: &Path) {
    let gone = folder.join("gone");
    fs_err::write(&gone, marker(3)).unwrap();
    let open = std::fs::File::open(&gone).unwrap();
    rustix::fs::unlink(&gone).unwrap();
    let kept = std::fs::File::open(folder.join("kept")).unwrap();
    let list = std::fs::File::open(folder).unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    wait_with("");
    std::hint::black_box((open, kept, list, socket));
}

/// Says what it may see of another process.
fn peek(pid: u32) {
    let listed = list_processes(&LiveOptions::default());
    let process = listed
        .items
        .iter()
        .find(|process| process.pid == pid)
        .unwrap();
    let memory = process.open_memory(&LiveOptions::default());
    let unread = listed
        .unread
        .iter()
        .filter(|unread| unread.what.starts_with(&format!("process {pid} ")))
        .count();
    wait_with(&format!(
        "{} {unread} {:?}",
        process.executable.is_none(),
        memory.unwrap_err()
    ));
}
