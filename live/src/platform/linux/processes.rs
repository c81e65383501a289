//! The list of processes.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustix::fs::CWD;

use crate::options::LiveOptions;
use crate::patience::Patience;
use crate::platform::linux::file_state::Surroundings;
use crate::platform::linux::folder::{Identity, ProcessFolder};
use crate::platform::linux::stat::{parse_boot_second, parse_users};
use crate::platform::linux::tree::{Stat, Tree, read_in, read_link, stat_link};
use crate::processes::{Executable, Process, ProcessKind, Processes, View};
use crate::unread::{Cause, Unread};

/// Bytes of a command line that are kept.
const COMMAND_LINE_BYTES_MAX: usize = 64 * 1024;
/// Bytes of `/proc/PID/status` up to the users, with room.
const STATUS_BYTES_MAX: usize = 4096;
/// Bytes of `/proc/stat`: a line for each processor and one number for each interrupt.
const SYSTEM_STAT_BYTES_MAX: usize = 4 << 20;
/// Bytes of the list of mounts.
const MOUNTS_BYTES_MAX: usize = 4 << 20;
/// The namespace of process ids in which the system started (`include/linux/proc_ns.h`).
const FIRST_PID_NAMESPACE: &[u8] = b"pid:[4026531836]";

/// A process, and what could not be read of it.
type Surveyed = (Process, Vec<(&'static str, Cause)>);

/// What is the same for all processes of a list.
#[derive(Debug)]
struct Surveyor {
    identity: Identity,
    boot_second: Option<i64>,
    ticks_per_second: u64,
    /// Our own file tree and mount namespace.
    view: Option<(Stat, Vec<u8>)>,
}

/// Lists the processes of this system.
pub(crate) fn list_processes(options: &LiveOptions) -> Processes {
    let proc = options.root.join("proc");
    let mut listed = Processes::default();
    let pids = match list_pids(&proc, options.process_count_max) {
        Ok((pids, cut)) => {
            if cut {
                let cause = Cause::TooLarge("processes");
                listed.unread.push(Unread::new("more processes", cause));
            }
            pids
        }
        Err(cause) => {
            listed.unread.push(Unread::new("processes", cause));
            return listed;
        }
    };
    listed.unread.extend(hidden_processes(&proc));
    let surveyor = Arc::new(Surveyor::new(&proc, options));
    let mut patience = Patience::new(options.patience);
    for pid in pids {
        let looker = Arc::clone(&surveyor);
        match patience.look(move || looker.survey(pid)).flatten() {
            Ok((process, unread)) => {
                let label = process.label();
                let whose = |(what, cause)| Unread::new(format!("{label}: {what}"), cause);
                listed.unread.extend(unread.into_iter().map(whose));
                listed.items.push(process);
            }
            Err(cause) => listed
                .unread
                .push(Unread::new(format!("process {pid}"), cause)),
        }
    }
    listed
}

fn list_pids(proc: &Path, limit: usize) -> Result<(Vec<u32>, bool), Cause> {
    // `/proc` has some hundred other entries.
    let (names, cut) = Tree::open(proc)?.list(b"/", limit.saturating_add(1024))?;
    let number = |name: Vec<u8>| std::str::from_utf8(&name).ok()?.parse().ok();
    let mut pids: Vec<u32> = names.into_iter().filter_map(number).collect();
    pids.sort_unstable();
    let cut = cut || pids.len() > limit;
    pids.truncate(limit);
    Ok((pids, cut))
}

/// Says what the list cannot hold: it is silent about processes that it hides.
fn hidden_processes(proc: &Path) -> Vec<Unread> {
    let mut hidden = Vec::new();
    let namespace = read_link(CWD, &proc.join("self/ns/pid").to_string_lossy());
    if namespace.is_ok_and(|namespace| namespace != FIRST_PID_NAMESPACE) {
        let cause = Cause::NotAvailable("this program runs in a container");
        hidden.push(Unread::new("processes outside this container", cause));
    }
    let administrator = rustix::process::geteuid().is_root();
    let mounts = Tree::open(proc)
        .map_err(Cause::from)
        .and_then(|proc| read_in(&proc, "self/mounts", MOUNTS_BYTES_MAX));
    let hides = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        line.starts_with("proc /proc proc ")
            && line.contains("hidepid=")
            && !line.contains("hidepid=0")
            && !line.contains("hidepid=off")
    };
    if !administrator
        && mounts.is_ok_and(|mounts| mounts.bytes.split(|&byte| byte == b'\n').any(hides))
    {
        hidden.push(Unread::new("processes of other users", Cause::Permission));
    }
    hidden
}

impl Surveyor {
    fn new(proc: &Path, options: &LiveOptions) -> Self {
        let system_stat = Tree::open(proc)
            .map_err(Cause::from)
            .and_then(|proc| read_in(&proc, "stat", SYSTEM_STAT_BYTES_MAX));
        let own = ProcessFolder::open(proc, std::process::id());
        Self {
            identity: Identity {
                proc: proc.into(),
                start_ticks: 0,
                patience: options.patience,
            },
            boot_second: system_stat
                .ok()
                .and_then(|stat| parse_boot_second(&stat.bytes)),
            ticks_per_second: rustix::param::clock_ticks_per_second().max(1),
            view: own.ok().and_then(|own| view_of(&own)),
        }
    }

    /// Reads one process. What could not be read of it is named beside it.
    fn survey(&self, pid: u32) -> Result<Surveyed, Cause> {
        let folder = ProcessFolder::open(&self.identity.proc, pid)?;
        let stat = folder.stat()?;
        let mut unread = Vec::new();
        let mut note = |what, cause| unread.push((what, cause));
        let status = folder.read("status", STATUS_BYTES_MAX)?;
        let (user_id, effective_user_id) = parse_users(&status.bytes)
            .ok_or_else(|| Cause::Failed("'status' is not as proc(5) says".to_owned()))?;
        let mut command_line = Vec::new();
        let mut executable = None;
        if stat.kind == ProcessKind::Program {
            match folder.read("cmdline", COMMAND_LINE_BYTES_MAX) {
                Ok(line) => command_line = split_arguments(&line.bytes),
                Err(cause) => note("command line", cause),
            }
            match self.executable(&folder) {
                Ok(found) => executable = Some(found),
                Err(cause) => note("executable", cause),
            }
        }
        // Everything above was read of one process, or some of it would have failed.
        let process = Process {
            pid,
            parent_pid: stat.parent_pid,
            started_at: self.started_at(stat.start_ticks),
            name: stat.name,
            kind: stat.kind,
            executable,
            command_line,
            user_id,
            effective_user_id,
            identity: Identity {
                start_ticks: stat.start_ticks,
                ..self.identity.clone()
            },
        };
        Ok((process, unread))
    }

    fn executable(&self, folder: &ProcessFolder) -> Result<Executable, Cause> {
        let link = read_link(folder, "exe")?;
        let own = stat_link(folder, "exe")?;
        let same = |found: &Stat| (found.device, found.inode) == (own.device, own.inode);
        let (path, state) = Surroundings::of(folder).judge(&link, &same);
        let view = match (&self.view, view_of(folder)) {
            (Some(ours), Some(theirs)) if *ours == theirs => View::Ours,
            (Some(_), Some(_)) => View::Other,
            _ => View::Unknown,
        };
        Ok(Executable {
            path,
            state,
            view,
            device: own.device,
            inode: own.inode,
        })
    }

    fn started_at(&self, ticks: u64) -> Option<Timestamp> {
        let seconds = i64::try_from(ticks / self.ticks_per_second).ok()?;
        let rest = ticks % self.ticks_per_second * 1_000_000_000 / self.ticks_per_second;
        let nanoseconds = i32::try_from(rest).ok()?;
        Timestamp::new(self.boot_second?.checked_add(seconds)?, nanoseconds).ok()
    }
}

fn view_of(folder: &ProcessFolder) -> Option<(Stat, Vec<u8>)> {
    let root = stat_link(folder, "root").ok()?;
    Some((root, read_link(folder, "ns/mnt").ok()?))
}

/// Arguments end with a zero byte each; a process that writes over them may end them otherwise.
fn split_arguments(line: &[u8]) -> Vec<Vec<u8>> {
    let line = line.strip_suffix(b"\0").unwrap_or(line);
    if line.is_empty() {
        return Vec::new();
    }
    line.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect()
}
