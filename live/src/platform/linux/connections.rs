//! Connections: the tables of every network namespace in which a process lives, and who has which socket open.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rustix::fs::OFlags;

use crate::connections::Connections;
use crate::options::LiveOptions;
use crate::patience::Patience;
use crate::platform::linux::folder::ProcessFolder;
use crate::platform::linux::socket_tables::{TABLES, parse_line};
use crate::platform::linux::tree::{Content, Tree, list_folder, read_link};
use crate::processes::{Process, ProcessKind, Processes};
use crate::unread::{Cause, Unread};

/// Bytes of one table: 150 for a connection.
const TABLE_BYTES_MAX: usize = 256 << 20;
/// Folders of names for network namespaces: `ip netns`, container programs.
const NAMESPACE_FOLDERS: [&[u8]; 2] = [b"/run/netns", b"/run/docker/netns"];
/// Named namespaces of one folder.
const NAMESPACE_COUNT_MAX: usize = 10_000;

/// What is known of one process's sockets.
struct Sockets {
    namespace: Option<u64>,
    inodes: Vec<u64>,
    /// Why its sockets are not known.
    unread: Option<Cause>,
}

/// Lists the connections, and which of `processes` have them open.
pub(crate) fn list_connections(options: &LiveOptions, processes: &Processes) -> Connections {
    let mut found = Connections::default();
    let mut owners: HashMap<u64, Vec<u32>> = HashMap::new();
    let mut namespaces: BTreeMap<u64, Vec<&Process>> = BTreeMap::new();
    let mut patience = Patience::new(options.patience);
    let mut silent: Vec<(&Process, Cause)> = Vec::new();
    for process in &processes.items {
        if process.kind != ProcessKind::Program {
            continue;
        }
        let (looked_at, limit) = (process.clone(), options.open_file_count_max);
        match patience
            .look(move || sockets_of(&looked_at, limit))
            .flatten()
        {
            Ok(sockets) => {
                for inode in sockets.inodes {
                    owners.entry(inode).or_default().push(process.pid);
                }
                if let Some(namespace) = sockets.namespace {
                    namespaces.entry(namespace).or_default().push(process);
                }
                silent.extend(sockets.unread.map(|cause| (process, cause)));
            }
            Err(cause) => silent.push((process, cause)),
        }
    }
    found.unread.extend(unknown_owners(&silent));
    if namespaces.is_empty() {
        let cause = Cause::NotAvailable("no process tells its network");
        found.unread.push(Unread::new("connections", cause));
    }
    for (&namespace, inhabitants) in &namespaces {
        list_namespace(namespace, inhabitants, options, &mut patience, &mut found);
    }
    found.unread.extend(empty_namespaces(options, &namespaces));
    for connection in &mut found.items {
        if let Some(pids) = owners
            .get(&connection.inode)
            .filter(|_| connection.inode != 0)
        {
            connection.pids.clone_from(pids);
        }
    }
    found
}

fn sockets_of(process: &Process, limit: usize) -> Result<Sockets, Cause> {
    let folder = ProcessFolder::open_again(process)?;
    let numbered = |link: &[u8], kind: &[u8]| {
        let digits = link.strip_prefix(kind)?.strip_suffix(b"]")?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let namespace = read_link(&folder, "ns/net")
        .ok()
        .and_then(|link| numbered(&link, b"net:["));
    let mut sockets = Sockets {
        namespace,
        inodes: Vec::new(),
        unread: None,
    };
    let listed = folder
        .open_entry("fd", OFlags::RDONLY | OFlags::DIRECTORY)
        .and_then(|descriptors| Ok((list_folder(&descriptors, limit)?, descriptors)));
    match listed {
        Ok(((names, cut), descriptors)) => {
            let link = |name: &Vec<u8>| {
                let link = read_link(&descriptors, std::str::from_utf8(name).ok()?).ok()?;
                numbered(&link, b"socket:[")
            };
            sockets.inodes = names.iter().filter_map(link).collect();
            // A socket can be open twice.
            sockets.inodes.sort_unstable();
            sockets.inodes.dedup();
            sockets.unread = cut.then_some(Cause::TooLarge("open files of one process"));
        }
        Err(error) => sockets.unread = Some(error.into()),
    }
    Ok(sockets)
}

/// One line for each cause: without rights, it is nearly every process.
fn unknown_owners(silent: &[(&Process, Cause)]) -> Vec<Unread> {
    let mut causes: Vec<(&Cause, usize, String)> = Vec::new();
    for (process, cause) in silent {
        match causes.iter_mut().find(|(known, ..)| *known == cause) {
            Some((_, count, _)) => *count += 1,
            None => causes.push((cause, 1, process.label())),
        }
    }
    let line = |(cause, count, first): (&Cause, usize, String)| {
        let what = format!("sockets of {count} processes, the first {first}");
        Unread::new(what, cause.clone())
    };
    causes.into_iter().map(line).collect()
}

fn list_namespace(
    namespace: u64,
    inhabitants: &[&Process],
    options: &LiveOptions,
    patience: &mut Patience,
    found: &mut Connections,
) {
    // Any inhabitant shows all of it; one may have ended by now.
    let folder = inhabitants
        .iter()
        .find_map(|process| ProcessFolder::open_again(process).ok());
    let Some(folder) = folder.map(Arc::new) else {
        let what = format!("connections of network namespace {namespace}");
        found.unread.push(Unread::new(what, Cause::Vanished));
        return;
    };
    for (table, protocol) in TABLES {
        let looker = Arc::clone(&folder);
        let read = patience.look(move || looker.read(table, TABLE_BYTES_MAX));
        let content = match read.flatten() {
            Ok(content) => content,
            // The kernel has no such protocol.
            Err(Cause::Vanished) if folder.stat().is_ok() => continue,
            Err(cause) => {
                let what = format!("{table} of network namespace {namespace}");
                found.unread.push(Unread::new(what, cause));
                continue;
            }
        };
        let room = options
            .connection_count_max
            .saturating_sub(found.items.len());
        let lines = content.bytes.split(|&byte| byte == b'\n').skip(1);
        let mut lines = lines.filter(|line| !line.is_empty());
        let mut garbled = 0_u64;
        for line in lines.by_ref().take(room) {
            match parse_line(line, protocol, namespace) {
                Some(connection) => found.items.push(connection),
                None => garbled += 1,
            }
        }
        let more = lines.next().is_some();
        let whose = format!("{table} of network namespace {namespace}");
        found
            .unread
            .extend(table_gaps(&whose, &content, garbled, more));
    }
}

fn table_gaps(whose: &str, content: &Content, garbled: u64, more: bool) -> Vec<Unread> {
    let mut gaps = Vec::new();
    if garbled > 0 {
        let cause = Cause::Failed("not as the kernel documents it".to_owned());
        gaps.push(Unread::new(format!("{garbled} lines of {whose}"), cause));
    }
    if content.cut || more {
        let cause = Cause::TooLarge("connections");
        gaps.push(Unread::new(format!("the rest of {whose}"), cause));
    }
    gaps
}

/// Names of networks in which no process lives: their sockets belong to the kernel, or to somebody who holds them from
/// elsewhere.
fn empty_namespaces(
    options: &LiveOptions,
    inhabited: &BTreeMap<u64, Vec<&Process>>,
) -> Vec<Unread> {
    let Ok(tree) = Tree::open(&options.root) else {
        return Vec::new();
    };
    let mut empty = Vec::new();
    for folder in NAMESPACE_FOLDERS {
        let Ok((names, _)) = tree.list(folder, NAMESPACE_COUNT_MAX) else {
            continue;
        };
        for name in names {
            let path = [folder, b"/", &name].concat();
            let number = tree.stat(&path).map(|stat| stat.inode);
            if number.is_ok_and(|number| inhabited.contains_key(&number)) {
                continue;
            }
            let name = domain::ItemPath::from_bytes(&path);
            let cause = Cause::NotAvailable("a network in which no process lives");
            empty.push(Unread::new(format!("connections of {name}"), cause));
        }
    }
    empty
}
