//! A process group of our own on Linux: counted by `/proc`, killed whole, and waited for until none of it is left. A process that
//! has left the group is still known by the folder that only this browser was started with.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    Pid, PidfdFlags, Signal, getuid, kill_process_group, pidfd_open, pidfd_send_signal,
};

/// Who nobody is: whom a browser runs as where we are root.
const NOBODY: u32 = 65_534;
/// How long killed processes may take to be gone. Those that wait for a disk can take some.
const END_TIME: Duration = Duration::from_secs(3);
/// Processes of the machine that are looked at.
const PROCESSES_SEEN: usize = 65_536;
/// Files of one process that are looked at.
const FILES_SEEN: usize = 65_536;
/// Rounds of looking for what has left the group; each kills all that it finds.
const ROUNDS: usize = 8;

/// Returns whom a browser should run as instead of us, where we are root.
pub(crate) fn unprivileged() -> Option<u32> {
    getuid().is_root().then_some(NOBODY)
}

/// Returns as whom a browser runs.
pub(crate) fn user_of_browsers() -> u32 {
    unprivileged().unwrap_or_else(|| getuid().as_raw())
}

/// What the processes of a group need.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) processes: usize,
    pub(crate) memory_bytes: u64,
}

/// By what the processes of one group are recognised.
#[derive(Clone, Debug)]
pub(crate) struct Kin {
    id: Pid,
    /// Stands in the environment of every process of it, and of no other.
    mark: String,
}

/// A group of processes that ends with this value.
pub(crate) struct Group {
    leader: Child,
    kin: Kin,
    is_ended: bool,
}

impl Group {
    /// Starts a command as the leader of a new group. `mark` is a variable and value of its environment, `HOME=/…`.
    pub(crate) fn start(
        command: &mut Command,
        mark: String,
    ) -> io::Result<(Self, ChildStdin, ChildStdout)> {
        let mut leader = command.process_group(0).spawn()?;
        let id = i32::try_from(leader.id()).ok().and_then(Pid::from_raw);
        let id = id.ok_or_else(|| io::Error::other("a process without an id"))?;
        let pipes = (leader.stdin.take(), leader.stdout.take());
        let group = Self {
            leader,
            kin: Kin { id, mark },
            is_ended: false,
        };
        match pipes {
            (Some(input), Some(output)) => Ok((group, input, output)),
            _ => Err(io::Error::other("a process without pipes")),
        }
    }

    /// Ends every process, and returns when they are gone or cannot be ended.
    pub(crate) fn end(&mut self) {
        if self.is_ended {
            return;
        }
        self.is_ended = true;
        let deadline = Instant::now() + END_TIME;
        for _ in 0..ROUNDS {
            // The leader has not been waited for, so that nobody else can have its id.
            let _ = kill_process_group(self.kin.id, Signal::KILL);
            let left = self.ours();
            if left.is_empty() {
                break;
            }
            for process in left.values() {
                let _ = pidfd_send_signal(process, Signal::KILL);
            }
            for process in left.values() {
                wait_for(process, deadline);
            }
        }
        // It was killed; a leader that a disk holds is left to the next process that waits.
        let _ = self.leader.try_wait();
    }

    /// Returns by what its processes are recognised.
    pub(crate) fn kin(&self) -> Kin {
        self.kin.clone()
    }

    /// Returns what the group needs.
    pub(crate) fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for id in processes() {
            if self.kin.is_member(id) {
                usage.processes += 1;
                usage.memory_bytes += memory_of(id);
            }
        }
        usage
    }

    /// Opens every living process that is of the group or was started by it. Opened first and looked at afterwards, so that an id
    /// that passes to another process meanwhile is noticed.
    fn ours(&self) -> BTreeMap<i32, OwnedFd> {
        let mut ours = BTreeMap::new();
        for id in processes() {
            if !self.kin.has(id) {
                continue;
            }
            let Some(process) = Pid::from_raw(id) else {
                continue;
            };
            if let Ok(opened) = pidfd_open(process, PidfdFlags::empty())
                && self.kin.has(id)
            {
                ours.insert(id, opened);
            }
        }
        ours
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

impl Kin {
    /// Tells whether one of these processes may hold a socket, by its number. It may where one of them lets us not see its files.
    pub(crate) fn may_hold(&self, socket: u64) -> bool {
        let name = format!("socket:[{socket}]");
        let mut are_all_seen = true;
        for id in processes() {
            if !self.has(id) {
                continue;
            }
            match fs_err::read_dir(format!("/proc/{id}/fd")) {
                Ok(files) => {
                    let mut files = files.filter_map(Result::ok).take(FILES_SEEN);
                    let is_it = |file: fs_err::DirEntry| {
                        fs_err::read_link(file.path()).is_ok_and(|it| it.as_os_str() == &*name)
                    };
                    if files.any(is_it) {
                        return true;
                    }
                }
                // It has ended meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => are_all_seen = false,
            }
        }
        !are_all_seen
    }

    fn has(&self, id: i32) -> bool {
        self.is_member(id) || self.is_marked(id)
    }

    fn is_member(&self, id: i32) -> bool {
        let stat = fs_err::read_to_string(format!("/proc/{id}/stat"));
        stat.is_ok_and(|stat| group_of(&stat) == Some(self.id.as_raw_nonzero().get()))
    }

    fn is_marked(&self, id: i32) -> bool {
        let environment = fs_err::read(format!("/proc/{id}/environ"));
        let mark = self.mark.as_bytes();
        environment.is_ok_and(|bytes| bytes.split(|byte| *byte == 0).any(|one| one == mark))
    }
}

fn processes() -> Vec<i32> {
    let Ok(folder) = fs_err::read_dir("/proc") else {
        return Vec::new();
    };
    let names = folder.filter_map(Result::ok).map(|entry| entry.file_name());
    let ids = names.filter_map(|name| name.to_str()?.parse().ok());
    ids.take(PROCESSES_SEEN).collect()
}

/// Returns the process group of a living process by its `/proc/…/stat`; its name may hold spaces and brackets.
fn group_of(stat: &str) -> Option<i32> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    let state = words.next()?;
    let _parent = words.next()?;
    let group = words.next()?.parse().ok()?;
    // Dead already, and only not yet asked for.
    (!matches!(state, "Z" | "X")).then_some(group)
}

/// Returns the memory that a process has for itself or shares with its like, without files.
fn memory_of(id: i32) -> u64 {
    let Ok(status) = fs_err::read_to_string(format!("/proc/{id}/status")) else {
        return 0;
    };
    let kilobytes = |line: &str| -> Option<u64> {
        let value = line
            .strip_prefix("RssAnon:")
            .or_else(|| line.strip_prefix("RssShmem:"))?;
        value.trim().strip_suffix(" kB")?.parse().ok()
    };
    let sum: u64 = status.lines().filter_map(kilobytes).sum();
    sum.saturating_mul(1_024)
}

/// Waits until a process has ended.
fn wait_for(process: &OwnedFd, deadline: Instant) {
    let left = deadline.saturating_duration_since(Instant::now());
    let timeout = Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(left.subsec_nanos()),
    };
    let _ = poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&timeout));
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn the_group_of_a_process_is_read_whatever_its_name_is() {
        assert_eq!(group_of("12 (a) b) c) S 1 77 77 0"), Some(77));
        assert_eq!(group_of("12 (x) Z 1 77 77 0"), None);
        assert_eq!(group_of("12 (x"), None);
    }

    /// A group that this process is in, or one that nobody is in.
    pub(crate) fn kin_of(is_ours: bool) -> Kin {
        let id = if is_ours {
            rustix::process::getpgrp()
        } else {
            Pid::from_raw(i32::MAX).unwrap()
        };
        Kin {
            id,
            mark: "HOME=/nobody has this".to_owned(),
        }
    }

    #[test]
    fn a_process_that_left_the_group_is_ended_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().to_str().unwrap();
        let mut command = Command::new("/bin/sh");
        let script = "setsid sleep 1000 & sleep 1000 & echo; sleep 1000";
        command
            .args(["-c", script])
            .env("HOME", home)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped());
        let mark = format!("HOME={home}");
        let (mut group, _input, mut output) = Group::start(&mut command, mark).unwrap();
        io::Read::read_exact(&mut output, &mut [0]).unwrap();
        assert!(group.ours().len() >= 3 && group.usage().processes >= 2);
        group.end();
        assert!(group.ours().is_empty());
    }
}
