//! Introduces the running system to the sweep: each process, connection and known name becomes an item.

use std::collections::HashMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use domain::{Digest, ItemKind, ItemPath, Reason};
use live::{
    Cause, Connection, FileState, KnownFiles, LiveOptions, OpenKind, Presence, Process,
    ProcessKind, Processes, Unread,
};
use sweep::{LiveFact, LiveItem, LiveSystem, Packages};

/// Tells of what runs on this machine.
#[derive(Default)]
pub struct RunningSystem {
    options: LiveOptions,
}

/// What the sweep does with one item; it says whether it wants another.
type Each<'e> = dyn FnMut(&mut LiveItem<'_>) -> ControlFlow<()> + 'e;

impl LiveSystem for RunningSystem {
    fn persistence_points(&self) -> Vec<PathBuf> {
        let points = live::list_persistence_points(&self.options);
        let present = points
            .items
            .into_iter()
            .filter_map(|point| match point.presence {
                Presence::Present(path) => Some(path),
                Presence::Missing | Presence::Unread(_) => None,
            });
        present
            .map(|path| PathBuf::from(std::ffi::OsStr::from_bytes(&path)))
            .collect()
    }

    fn visit(&self, stop: &dyn Fn() -> bool, each: &mut Each<'_>) {
        let processes = live::list_processes(&self.options);
        let _ = self.visit_all(&processes, stop, each);
    }
}

impl RunningSystem {
    /// Leaves out the memory of one more process.
    pub fn leave_out(&mut self, pid: u32) {
        self.options.left_out_pids.push(pid);
    }

    /// What is quick and says most comes first: connections and names, then processes.
    fn visit_all(
        &self,
        processes: &Processes,
        stop: &dyn Fn() -> bool,
        each: &mut Each<'_>,
    ) -> ControlFlow<()> {
        let connections = live::list_connections(&self.options, processes);
        let by_pid: HashMap<u32, &Process> = processes
            .items
            .iter()
            .map(|process| (process.pid, process))
            .collect();
        for connection in &connections.items {
            each(&mut connection_item(connection, &by_pid))?;
        }
        let names = live::list_host_entries(&self.options);
        for entry in &names.items {
            let hosts = entry.names.join(" ");
            let path = ItemPath::from_bytes(&entry.path);
            let name = format!("{path} line {}: {} {hosts}", entry.line, entry.address);
            let mut facts = vec![LiveFact::Address(entry.address)];
            facts.extend(entry.names.iter().cloned().map(LiveFact::HostName));
            each(&mut plain_item(ItemKind::HostEntry, name, facts))?;
        }
        let resolved = live::list_resolved_names(&self.options, processes);
        for entry in &resolved.items {
            let name = format!("{:?} remembers {}", entry.source, entry.name);
            let mut facts = vec![LiveFact::HostName(entry.name.clone())];
            facts.extend(entry.aliases.iter().cloned().map(LiveFact::HostName));
            facts.extend(entry.addresses.iter().copied().map(LiveFact::Address));
            each(&mut plain_item(ItemKind::HostEntry, name, facts))?;
        }
        let unread = [&connections.unread, &names.unread, &resolved.unread];
        for unread in unread.into_iter().chain([&processes.unread]).flatten() {
            each(&mut unread_item(unread))?;
        }
        for process in &processes.items {
            if stop() {
                return ControlFlow::Break(());
            }
            if process.kind == ProcessKind::Program {
                self.visit_process(process, each)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn visit_process(&self, process: &Process, each: &mut Each<'_>) -> ControlFlow<()> {
        let mut not_examined = Vec::new();
        let mut facts = Vec::new();
        let mut executable: Option<File> = None;
        let mut name = process.label();
        if let Some(run) = &process.executable {
            name = format!("{name} {}", ItemPath::from_bytes(&run.path));
            facts.push(LiveFact::Path(run.path.clone()));
            let walked = run.state == FileState::Present && run.view == live::View::Ours;
            if !walked {
                match process.open_executable() {
                    Ok(file) => executable = Some(file),
                    Err(cause) => note(&mut not_examined, "its executable", &cause),
                }
            }
        }
        match process.open_files(&self.options) {
            Ok(open) => {
                let files = open.items.into_iter();
                facts.extend(
                    files
                        .filter(|file| matches!(file.kind, OpenKind::File(_)))
                        .map(|file| LiveFact::Path(file.path)),
                );
                for unread in &open.unread {
                    note(&mut not_examined, &unread.what, &unread.cause);
                }
            }
            Err(cause) => note(&mut not_examined, "its open files", &cause),
        }
        let mut memory = |scan: &mut dyn FnMut(&str, &[u8]) -> ControlFlow<()>| {
            read_memory(process, &self.options, scan)
        };
        each(&mut LiveItem {
            kind: ItemKind::Process,
            name,
            facts,
            owner_id: process.user_id,
            executable,
            memory: Some(&mut memory),
            not_examined,
        })
    }
}

/// Hands out a process's memory piece by piece; the first gap that hides something is the error.
fn read_memory(
    process: &Process,
    options: &LiveOptions,
    scan: &mut dyn FnMut(&str, &[u8]) -> ControlFlow<()>,
) -> Result<(), (Reason, String)> {
    let failed = |cause: &Cause| (cause.reason(), format!("its memory: {cause}"));
    let mut memory = match process.open_memory(options) {
        Ok(memory) => memory,
        Err(cause) => return Err(failed(&cause)),
    };
    let coverage = memory.read(&mut |piece| {
        let end = piece.address + piece.bytes.len() as u64;
        scan(&format!("memory {:x}-{end:x}", piece.address), piece.bytes)
    });
    let gap = coverage
        .gaps
        .iter()
        .find(|gap| gap.cause.reason().leaves_a_gap());
    gap.map_or(Ok(()), |gap| Err(failed(&gap.cause)))
}

fn connection_item<'a>(connection: &Connection, by_pid: &HashMap<u32, &Process>) -> LiveItem<'a> {
    let mut facts = vec![LiveFact::Address(connection.local.ip())];
    let mut name = format!("{:?} {}", connection.protocol, connection.local).to_lowercase();
    if connection.has_remote() {
        facts.push(LiveFact::Address(connection.remote.ip()));
        name = format!("{name} to {}", connection.remote);
    }
    for process in connection.pids.iter().filter_map(|pid| by_pid.get(pid)) {
        name = format!("{name}, {}", process.label());
    }
    LiveItem {
        owner_id: connection.user_id,
        ..plain_item(ItemKind::Connection, name, facts)
    }
}

fn plain_item<'a>(kind: ItemKind, name: String, facts: Vec<LiveFact>) -> LiveItem<'a> {
    LiveItem {
        kind,
        name,
        facts,
        owner_id: 0,
        executable: None,
        memory: None,
        not_examined: Vec::new(),
    }
}

/// What could not be read is an item too, of which nothing is known but that it is there.
fn unread_item<'a>(unread: &Unread) -> LiveItem<'a> {
    let mut item = plain_item(ItemKind::HostEntry, unread.what.clone(), Vec::new());
    note(&mut item.not_examined, "", &unread.cause);
    item
}

fn note(list: &mut Vec<(Reason, String)>, what: &str, cause: &Cause) {
    list.push((cause.reason(), format!("{what}: {cause}")));
}

/// The packages of the system that this program runs on; read when the first finding asks.
#[derive(Default)]
pub struct KnownPackages {
    known: OnceLock<KnownFiles>,
}

impl Packages for KnownPackages {
    fn package_of(&self, path: &Path, digests: &[Digest]) -> Option<String> {
        let known = self.known.get_or_init(|| KnownFiles::load(Path::new("/")));
        let file = known.known(path.as_os_str().as_bytes(), digests)?;
        Some(format!("{} {}", file.package, file.version))
    }
}
