//! Runs the built program.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What a command came to.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the program to its end.
pub fn tocsin<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_tocsin"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    Outcome {
        code: output.status.code().expect("the program ends by itself"),
        stdout: String::from_utf8(output.stdout).expect("the program prints UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("the program prints UTF-8"),
    }
}

/// Runs the program to its end and returns what it printed; any other exit code than 0 fails the test.
pub fn tocsin_done<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> String {
    let outcome = tocsin(arguments);
    assert_eq!(outcome.code, 0, "{}\n{}", outcome.stdout, outcome.stderr);
    outcome.stdout
}

/// A process that is killed when it goes out of scope.
pub struct Running(pub Child);

impl Running {
    /// Starts the program in the background; what it says goes to `log`.
    pub fn start<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I, log: &Path) -> Self {
        let log = fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .expect("the log can be written")
            .into_parts()
            .0;
        let child = Command::new(env!("CARGO_BIN_EXE_tocsin"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn()
            .expect("the program starts");
        Self(child)
    }

    /// Asks it to end, as Ctrl-C does: SIGINT.
    pub fn interrupt(&self) {
        let id = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(id, rustix::process::Signal::INT)
            .expect("our own child can be told");
    }

    /// Waits until it has ended by itself, and returns its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.0
            .wait()
            .expect("our own child can be waited for")
            .code()
    }

    /// Returns the first process that works for it, whichever of its threads has started that.
    pub fn worker(&self) -> Option<rustix::process::Pid> {
        let threads = fs_err::read_dir(format!("/proc/{}/task", self.0.id())).ok()?;
        let children = threads
            .filter_map(|thread| fs_err::read_to_string(thread.ok()?.path().join("children")).ok());
        children
            .flat_map(|children| {
                let pids = children.split_whitespace();
                pids.filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()
            })
            .find_map(rustix::process::Pid::from_raw)
    }

    /// Tells whether it, or the first process that works for it, has `file` open at this moment.
    pub fn has_open(&self, file: &Path) -> bool {
        let worker = self.worker().map(|pid| pid.as_raw_nonzero().to_string());
        [Some(self.0.id().to_string()), worker]
            .into_iter()
            .flatten()
            .any(|id| Self::holds_open(&id, file))
    }

    /// Tells whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.0.try_wait().expect("our own child").is_none()
    }

    fn holds_open(id: &str, file: &Path) -> bool {
        let Ok(open) = fs_err::read_dir(format!("/proc/{id}/fd")) else {
            return false;
        };
        open.filter_map(Result::ok)
            .any(|entry| fs_err::read_link(entry.path()).is_ok_and(|target| target == file))
    }

    /// Tells whether it watches for SIGINT by now, instead of being ended by it.
    pub fn watches_for_interrupt(&self) -> bool {
        let status = fs_err::read_to_string(format!("/proc/{}/status", self.0.id()));
        let caught = status.ok().and_then(|status| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("SigCgt:"))?;
            u64::from_str_radix(line.trim(), 16).ok()
        });
        caught.is_some_and(|signals| {
            signals & (1 << (rustix::process::Signal::INT.as_raw() - 1)) != 0
        })
    }

    /// Ends it at once, as a power failure would: SIGKILL.
    pub fn kill(&mut self) {
        self.0.kill().expect("our own child can be killed");
        self.0.wait().expect("our own child can be waited for");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns a path's text.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

/// Makes a key with a label, protected by what stands in a file.
pub fn new_key(label: &str, out: &str, passphrase_file: &str) {
    let words = ["key", "new", "--label", label, "--out", out];
    let protected = ["--passphrase-file", passphrase_file];
    tocsin_done(words.into_iter().chain(protected));
}
