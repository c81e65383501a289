//! Which process it was, as far as `/proc` still knows it. Whoever runs a process chooses most of this: it is a lead, not a proof.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fs_err as fs;
use serde::Serialize;

use crate::path::SitePath;

/// Bytes of a command line that are kept.
const COMMAND_BYTES_MAX: u64 = 4_096;
/// Bytes of `/proc/PID/status` and of `/etc/passwd` that are read.
const TEXT_BYTES_MAX: u64 = 1024 * 1024;
/// How long what was known of a process is said of events that come after its end.
const AFTER_END: Duration = Duration::from_secs(2);
/// Processes that are remembered for that.
const KNOWN_MAX: usize = 4_096;

/// A process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// The file that it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executable: Option<SitePath>,
    /// Its command line, arguments divided by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// As whom it runs, by number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<u32>,
    /// As whom it runs, by the name in `/etc/passwd`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Who has started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<i32>,
}

/// What is known of processes: asked anew for each batch of events, because a process may become another program.
#[derive(Default)]
pub(super) struct Processes {
    batch: HashMap<i32, Arc<Process>>,
    known: HashMap<i32, (Arc<Process>, Instant)>,
    users: HashMap<u32, Option<String>>,
}

impl Processes {
    /// Forgets what was asked for the batch before.
    pub(super) fn next_batch(&mut self) {
        self.batch.clear();
    }

    /// Returns what is known of a process; nothing of our own, and of those that this system does not number.
    pub(super) fn find(&mut self, pid: i32) -> Option<Arc<Process>> {
        if pid <= 0 {
            return None;
        }
        if let Some(process) = self.batch.get(&pid) {
            return Some(Arc::clone(process));
        }
        let process = Arc::new(self.ask(pid));
        let process = if process.user.is_some() {
            if self.known.len() >= KNOWN_MAX {
                self.known.clear();
            }
            self.known
                .insert(pid, (Arc::clone(&process), Instant::now()));
            process
        } else {
            match self.known.get(&pid) {
                Some((known, at)) if at.elapsed() < AFTER_END => Arc::clone(known),
                _ => process,
            }
        };
        self.batch.insert(pid, Arc::clone(&process));
        Some(process)
    }

    fn ask(&mut self, pid: i32) -> Process {
        let executable = fs::read_link(format!("/proc/{pid}/exe")).ok().map(|path| {
            SitePath::of_walk(std::os::unix::ffi::OsStringExt::into_vec(
                path.into_os_string(),
            ))
        });
        let command = read(&format!("/proc/{pid}/cmdline"), COMMAND_BYTES_MAX).map(|mut bytes| {
            if bytes.last() == Some(&0) {
                bytes.pop();
            }
            for byte in bytes.iter_mut().filter(|byte| **byte == 0) {
                *byte = b' ';
            }
            SitePath::of_walk(bytes).to_text()
        });
        let status = read(&format!("/proc/{pid}/status"), TEXT_BYTES_MAX).unwrap_or_default();
        // The name of a process comes first and may hold anything but a line's end.
        let field = |name: &str| -> Option<u32> {
            let mut lines = status.split(|byte| *byte == b'\n').skip(1);
            let line = lines.find_map(|line| line.strip_prefix(name.as_bytes()))?;
            std::str::from_utf8(line)
                .ok()?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        };
        let user = field("Uid:");
        Process {
            pid,
            executable,
            command: command.filter(|command| !command.is_empty()),
            user,
            user_name: user.and_then(|user| self.name_of(user)),
            parent: field("PPid:").and_then(|parent| i32::try_from(parent).ok()),
        }
    }

    fn name_of(&mut self, user: u32) -> Option<String> {
        if self.users.len() >= KNOWN_MAX {
            self.users.clear();
        }
        let find = || {
            let passwd = read("/etc/passwd", TEXT_BYTES_MAX)?;
            let passwd = String::from_utf8_lossy(&passwd);
            passwd.lines().find_map(|line| {
                let mut fields = line.split(':');
                let name = fields.next()?;
                let number = fields.nth(1)?.parse::<u32>().ok()?;
                (number == user).then(|| name.to_owned())
            })
        };
        self.users.entry(user).or_insert_with(find).clone()
    }
}

fn read(path: &str, max: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .ok()?
        .take(max)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_this_process() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let process = Processes::default().find(pid).unwrap();
        let executable = std::env::current_exe().unwrap();
        assert_eq!(
            process.executable.as_ref().unwrap().to_text(),
            executable.to_string_lossy()
        );
        assert!(process.command.as_ref().unwrap().contains("webroot"));
        assert_eq!(process.user, Some(rustix::process::getuid().as_raw()));
    }

    #[test]
    fn of_a_process_that_ended_the_number_is_left() {
        let process = Processes::default().find(i32::MAX).unwrap();
        assert_eq!((process.pid, process.user), (i32::MAX, None));
    }
}
