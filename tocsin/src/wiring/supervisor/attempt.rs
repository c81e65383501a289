//! One worker from its start to its end, and what it had in hand then.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use domain::SweepReport;
use rustix::fs::MemfdFlags;
use rustix::process::Signal;
use sweep::in_hand::What;
use sweep::in_hand::table::{Entry, Reader};
use sweep::{Surroundings, SweepError};

use super::order::{Message, Order, STOP};
use super::suspicion::Death;

/// How often a worker is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How long the end of a worker that was killed is waited for. Whoever hangs in the kernel is left behind.
const END_PATIENCE: Duration = Duration::from_secs(5);
/// How long a worker may be without any sign of life, by default 15 minutes: while rules are compiled and while the inventory
/// is closed nothing is in hand.
const SILENCE_MAX: Duration = Duration::from_mins(15);
/// Bytes of one line of a worker: its reports, each of which has at most 10,000 findings.
const LINE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// A worker that runs.
pub struct Attempt {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Message>,
    /// Passes on what it logs.
    log: Option<JoinHandle<()>>,
    table: Option<Reader>,
    /// By thread: how often it has changed anything, and since when that has been so.
    changes: Vec<(u64, Instant)>,
    /// When any thread last gave a sign of life.
    signs_at: Instant,
}

/// How an attempt ended.
pub enum End {
    /// It was ended, with these in hand.
    Ended(Death, Vec<Entry>),
    /// It could not begin.
    Failed(String),
    /// It is done.
    Reports(Vec<SweepReport>),
    /// One item has been in hand for too long.
    Stuck(Entry),
}

impl Attempt {
    /// Starts a worker and gives it its order.
    pub fn start(order: &Order, global: &[OsString]) -> Result<Self, SweepError> {
        Self::try_start(order, global).map_err(|error| SweepError::Worker {
            message: format!("start the process that sweeps: {error}"),
        })
    }

    fn try_start(order: &Order, global: &[OsString]) -> io::Result<Self> {
        // In memory and without a name: a sweep of the whole disk does not meet it.
        let table = rustix::fs::memfd_create("in-hand", MemfdFlags::CLOEXEC)?;
        let mut child = Command::new(own_program()?)
            .args(global)
            .args(["sweep-worker", "--in-hand"])
            .arg(place_of(&table))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let stderr = child.stderr.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = serde_json::to_vec(order)?;
        line.push(b'\n');
        // Should it have ended already, what became of it is seen soon.
        let told = stdin.write_all(&line).and_then(|()| stdin.flush());
        if let Err(error) = told {
            tracing::debug!(%error, "the worker did not take its order");
        }
        let (sender, messages) = channel();
        thread::Builder::new().spawn(move || read_messages(stdout, &sender))?;
        let log = thread::Builder::new().spawn(move || pass_on(stderr))?;
        Ok(Self {
            child,
            stdin: Some(stdin),
            messages,
            log: Some(log),
            table: Some(Reader::from(File::from(table))),
            changes: Vec::new(),
            signs_at: Instant::now(),
        })
    }

    /// Watches the worker to its end. What it may cost by then stays in `order`, for the next one.
    pub fn watch(mut self, surroundings: &Surroundings<'_>, order: &mut Order) -> End {
        let mut looked_at = Instant::now();
        let mut is_told_to_stop = false;
        loop {
            match self.messages.recv_timeout(LOOK) {
                Ok(Message::Budget(now)) => order.budget = now,
                Ok(Message::Progress(now)) => surroundings.progress.update(&now),
                Ok(Message::Pause(paused)) => surroundings.progress.pause(paused),
                Ok(Message::Failed(message)) => return self.leave(End::Failed(message)),
                Ok(Message::Reports(reports)) => return self.leave(End::Reports(reports)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.ended(),
            }
            if !is_told_to_stop && surroundings.cancel.load(Ordering::Relaxed) {
                is_told_to_stop = true;
                if let Some(stdin) = &mut self.stdin {
                    let _ = writeln!(stdin, "{STOP}").and_then(|()| stdin.flush());
                }
            }
            if looked_at.elapsed() >= LOOK {
                looked_at = Instant::now();
                if let Some(entry) = self.find_stuck(order.item_time_max) {
                    self.end();
                    return End::Stuck(entry);
                }
                if self.signs_at.elapsed() > SILENCE_MAX.max(3 * order.item_time_max) {
                    return self.silent();
                }
            }
        }
    }

    /// Returns what has been in hand for longer than it may, without a sign of life.
    fn find_stuck(&mut self, item_time_max: Duration) -> Option<Entry> {
        let table = self.table.as_ref()?;
        let counts = table.change_counts().ok()?;
        let now = Instant::now();
        self.changes.resize(counts.len(), (0, now));
        let mut stuck = Vec::new();
        for (thread, (count, (seen, since))) in counts.iter().zip(&mut self.changes).enumerate() {
            if count != seen {
                (*seen, *since) = (*count, now);
                self.signs_at = now;
            } else if now.duration_since(*since) > item_time_max {
                stuck.push(thread);
            }
        }
        if stuck.is_empty() {
            return None;
        }
        let of_stuck = |entry: &Entry| stuck.contains(&entry.thread);
        let entries = table.entries().ok()?.into_iter().filter(of_stuck);
        // The item in a place rather than the place itself.
        entries.max_by_key(|entry| entry.what == What::Item)
    }

    /// Takes leave of a worker that has said its last word.
    fn leave(mut self, end: End) -> End {
        // The end of its input ends it, should anything in it still run.
        self.stdin = None;
        if self.wait().is_none() {
            self.end();
        }
        end
    }

    fn ended(mut self) -> End {
        let Some(status) = self.wait() else {
            return self.silent();
        };
        End::Ended(death_of(status), self.in_hand())
    }

    /// Ends a worker that says nothing any more.
    fn silent(self) -> End {
        let death = Death {
            is_from_outside: false,
            words: "it stopped answering".to_owned(),
        };
        let in_hand = self.in_hand();
        self.end();
        End::Ended(death, in_hand)
    }

    fn in_hand(&self) -> Vec<Entry> {
        let entries = self.table.as_ref().map(Reader::entries);
        entries.and_then(Result::ok).unwrap_or_default()
    }

    /// Ends it at once. Whoever hangs in the kernel ends when that lets go.
    fn end(mut self) {
        let _ = self.child.kill();
        if self.wait().is_some() {
            return;
        }
        tracing::warn!(
            pid = self.child.id(),
            "hangs in the kernel and is left behind"
        );
        // Whoever supervises may live for years: what is left behind is not to stay in the list of processes.
        let mut child = self.child;
        let reap = thread::Builder::new().spawn(move || child.wait());
        if let Err(error) = reap {
            tracing::debug!(%error, "nobody waits for its end");
        }
    }

    fn wait(&mut self) -> Option<ExitStatus> {
        let began = Instant::now();
        while began.elapsed() < END_PATIENCE {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    // Its pipes are closed by now, so this comes to its end.
                    let _ = self.log.take().map(JoinHandle::join);
                    return Some(status);
                }
                Ok(None) => {}
                Err(_) => return None,
            }
            // Nothing comes any more: this waits for a moment, or until the last pipe of it is closed.
            let next = self.messages.recv_timeout(LOOK / 20);
            if matches!(next, Err(RecvTimeoutError::Disconnected)) {
                thread::park_timeout(LOOK / 20);
            }
        }
        None
    }
}

fn death_of(status: ExitStatus) -> Death {
    let outside = [Signal::KILL, Signal::TERM, Signal::INT, Signal::HUP].map(Signal::as_raw);
    match status.signal() {
        Some(signal) => Death {
            is_from_outside: outside.contains(&signal),
            words: format!("signal {signal}"),
        },
        None => Death {
            is_from_outside: false,
            words: format!("exit code {}", status.code().unwrap_or(-1)),
        },
    }
}

/// Passes on what a worker logs. Handed down, our own standard error would stay open for as long as one hangs that was left
/// behind, and whoever reads it would wait for its end.
fn pass_on(mut stderr: ChildStderr) {
    let _ = io::copy(&mut stderr, &mut io::stderr());
}

/// Reads what a worker says until it ends. What is not understood is passed over.
fn read_messages(stdout: ChildStdout, sender: &Sender<Message>) {
    let mut lines = BufReader::new(stdout);
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line)
        {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let told = match serde_json::from_slice(&line) {
            Ok(message) => sender.send(message),
            Err(error) => {
                tracing::debug!(%error, "a worker said something strange");
                Ok(())
            }
        };
        if told.is_err() {
            return;
        }
    }
}

/// Returns how another process of the same user opens something that is open here.
fn place_of(open: &OwnedFd) -> PathBuf {
    PathBuf::from(format!(
        "/proc/{}/fd/{}",
        std::process::id(),
        open.as_raw_fd()
    ))
}

/// This program as it runs, also where its file was replaced meanwhile.
fn own_program() -> io::Result<PathBuf> {
    let program = std::env::current_exe()?;
    if fs_err::symlink_metadata(&program).is_ok() {
        return Ok(program);
    }
    Ok(PathBuf::from(format!("/proc/{}/exe", std::process::id())))
}
