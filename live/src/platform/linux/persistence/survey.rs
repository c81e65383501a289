//! Going through the places, and then through what the files there name: one step, and no further.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rustix::fs::FileType;

use crate::options::LiveOptions;
use crate::patience::Patience;
use crate::persistence::{PersistenceKind, PersistencePoint, PersistencePoints, Presence};
use crate::platform::linux::persistence::homes::list_homes;
use crate::platform::linux::persistence::kernel::{list_modules, named_by_kernel};
use crate::platform::linux::persistence::naming::{Named, named_in};
use crate::platform::linux::persistence::places::{HOME, Place, Reading, SYSTEM, Shape};
use crate::platform::linux::tree::{Stat, Tree, list_folder, stat_of};
use crate::unread::{Cause, Unread};

/// Bytes of a file that are read for what it names: 1 MiB.
const FILE_BYTES_MAX: usize = 1 << 20;
/// Entries of one folder: 10,000.
const ENTRY_COUNT_MAX: usize = 10_000;
/// Where commands without a path are looked for.
const COMMAND_FOLDERS: [&[u8]; 6] = [
    b"/usr/local/sbin/",
    b"/usr/local/bin/",
    b"/usr/sbin/",
    b"/usr/bin/",
    b"/sbin/",
    b"/bin/",
];
/// Where udev looks.
const UDEV_FOLDERS: [&[u8]; 2] = [b"/usr/lib/udev/", b"/lib/udev/"];
/// Where PAM looks.
const PAM_FOLDERS: [&[u8]; 8] = [
    b"/usr/lib/x86_64-linux-gnu/security/",
    b"/usr/lib/aarch64-linux-gnu/security/",
    b"/usr/lib64/security/",
    b"/usr/lib/security/",
    b"/lib/x86_64-linux-gnu/security/",
    b"/lib/aarch64-linux-gnu/security/",
    b"/lib64/security/",
    b"/lib/security/",
];

/// Points of one path, and what they name.
type Seen = (Option<Presence>, Vec<(Vec<u8>, Presence)>, Vec<Unread>);

/// One survey.
struct Survey {
    tree: Arc<Tree>,
    patience: Patience,
    points: BTreeMap<Vec<u8>, PersistencePoint>,
    /// What files name, behind the places: a place keeps its own kind.
    named: Vec<PersistencePoint>,
    /// Folders that were listed; several paths lead to one.
    folders: HashSet<(u64, u64)>,
    unread: Vec<Unread>,
    limit: usize,
    full: bool,
}

/// Lists the persistence points below the options' root.
pub(crate) fn list_persistence_points(options: &LiveOptions) -> PersistencePoints {
    let tree = match Tree::open(&options.root) {
        Ok(tree) => Arc::new(tree),
        Err(error) => {
            return PersistencePoints {
                items: Vec::new(),
                unread: vec![Unread::new("persistence points", error.into())],
            };
        }
    };
    let mut survey = Survey {
        tree,
        patience: Patience::new(options.patience),
        points: BTreeMap::new(),
        named: Vec::new(),
        folders: HashSet::new(),
        unread: Vec::new(),
        limit: options.point_count_max,
        full: false,
    };
    for place in SYSTEM {
        survey.visit(*place, place.path.as_bytes().to_vec());
    }
    survey.visit_homes();
    survey.visit_kernel();
    survey.finish()
}

/// Looks whether a named file is there.
pub(super) fn presence_of(tree: &Tree, path: &[u8]) -> Presence {
    match tree.resolve_file(path) {
        Ok(real) => Presence::Present(real),
        Err(Cause::Vanished) => Presence::Missing,
        Err(cause) => Presence::Unread(cause),
    }
}

impl Survey {
    fn visit_homes(&mut self) {
        let tree = Arc::clone(&self.tree);
        let (homes, unread) = match self.patience.look(move || list_homes(&tree)) {
            Ok(listed) => listed,
            Err(cause) => {
                self.unread.push(Unread::new("folders of users", cause));
                return;
            }
        };
        self.unread.extend(unread);
        for home in homes {
            for place in HOME {
                self.visit(*place, [home.as_slice(), place.path.as_bytes()].concat());
            }
        }
    }

    fn visit_kernel(&mut self) {
        let tree = Arc::clone(&self.tree);
        let looked = self.patience.look(move || {
            let mut unread = Vec::new();
            let modules = list_modules(&tree, &mut unread);
            let started = named_by_kernel(&tree)
                .into_iter()
                .filter_map(|(by, named)| {
                    let (path, presence) = locate(&tree, named)?;
                    Some(PersistencePoint {
                        kind: PersistenceKind::KernelHelper,
                        path,
                        presence,
                        pointed_at_by: Some(by),
                    })
                });
            (modules, started.collect::<Vec<_>>(), unread)
        });
        match looked {
            Ok((modules, started, unread)) => {
                self.named.extend(modules);
                self.named.extend(started);
                self.unread.extend(unread);
            }
            Err(cause) => self.unread.push(Unread::new("kernel modules", cause)),
        }
    }

    fn visit(&mut self, place: Place, path: Vec<u8>) {
        match place.shape {
            Shape::File => self.visit_file(place.kind, place.reading, path),
            Shape::Folder(levels) => self.visit_folder(place, &path, levels),
        }
    }

    fn visit_folder(&mut self, place: Place, path: &[u8], levels: u8) {
        let (tree, folder) = (Arc::clone(&self.tree), path.to_vec());
        let looked = self
            .patience
            .look(move || list_entries(&tree, &folder))
            .flatten();
        let (stat, entries, cut) = match looked {
            Ok(listed) => listed,
            // Not on this system, or a file where others have a folder.
            Err(Cause::Vanished | Cause::Special) => return,
            Err(cause) => return self.note(path, cause),
        };
        if !self.folders.insert((stat.device, stat.inode)) {
            return;
        }
        if cut {
            self.note(path, Cause::TooLarge("entries of one folder"));
        }
        for (name, kind) in entries {
            let below = [path, b"/", &name].concat();
            if kind != FileType::Directory {
                self.visit_file(place.kind, place.reading, below);
            } else if levels > 0 {
                self.visit_folder(place, &below, levels - 1);
            }
        }
    }

    fn visit_file(&mut self, kind: PersistenceKind, reading: Reading, path: Vec<u8>) {
        if self.is_full() || self.points.contains_key(&path) {
            return;
        }
        let (tree, file) = (Arc::clone(&self.tree), path.clone());
        let seen = self.patience.look(move || see_file(&tree, &file, reading));
        let (presence, named, unread) = match seen {
            Ok(seen) => seen,
            Err(cause) => (Some(Presence::Unread(cause)), Vec::new(), Vec::new()),
        };
        let Some(presence) = presence else {
            return;
        };
        self.unread.extend(unread);
        if let Presence::Unread(cause) = &presence {
            self.note(&path, cause.clone());
        }
        let kind = if path.ends_with(b".timer") && kind == PersistenceKind::SystemdUnit {
            PersistenceKind::SystemdTimer
        } else {
            kind
        };
        for (target, presence) in named {
            self.named.push(PersistencePoint {
                kind,
                path: target,
                presence,
                pointed_at_by: Some(path.clone()),
            });
        }
        let point = PersistencePoint {
            kind,
            path: path.clone(),
            presence,
            pointed_at_by: None,
        };
        self.points.insert(path, point);
    }

    fn note(&mut self, path: &[u8], cause: Cause) {
        let what = domain::ItemPath::from_bytes(path).to_string();
        self.unread.push(Unread::new(what, cause));
    }

    fn is_full(&mut self) -> bool {
        self.full |= self.points.len() + self.named.len() >= self.limit;
        self.full
    }

    fn finish(mut self) -> PersistencePoints {
        for point in self.named {
            self.points.entry(point.path.clone()).or_insert(point);
        }
        if self.full {
            let cause = Cause::TooLarge("persistence points");
            self.unread
                .push(Unread::new("more persistence points", cause));
        }
        PersistencePoints {
            items: self.points.into_values().collect(),
            unread: self.unread,
        }
    }
}

type Entries = (Stat, Vec<(Vec<u8>, FileType)>, bool);

fn list_entries(tree: &Tree, path: &[u8]) -> Result<Entries, Cause> {
    let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::DIRECTORY;
    let folder = match tree.open_path(path, flags) {
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            return Err(Cause::Special);
        }
        opened => opened?,
    };
    let (names, cut) = list_folder(&folder, ENTRY_COUNT_MAX)?;
    let kind = |name: Vec<u8>| {
        let below = [path, b"/", &name].concat();
        // What has vanished again is looked at as a file, which then says so.
        let kind = tree
            .stat(&below)
            .map_or(FileType::RegularFile, |stat| stat.kind);
        (name, kind)
    };
    let entries = names.into_iter().map(kind).collect();
    Ok((stat_of(&folder)?, entries, cut))
}

/// Looks at one file of a place. No presence means that there is nothing of the kind.
fn see_file(tree: &Tree, path: &[u8], reading: Reading) -> Seen {
    let presence = match presence_of(tree, path) {
        Presence::Unread(Cause::Special) => return (None, Vec::new(), Vec::new()),
        // A unit that is switched off; a disk has no devices of its own.
        Presence::Missing if tree.link_target(path).is_ok_and(|to| to == b"/dev/null") => {
            return (None, Vec::new(), Vec::new());
        }
        // A link that leads nowhere is there all the same.
        Presence::Missing if tree.stat(path).is_err() => return (None, Vec::new(), Vec::new()),
        presence => presence,
    };
    if matches!(reading, Reading::Nothing) || !matches!(presence, Presence::Present(_)) {
        return (Some(presence), Vec::new(), Vec::new());
    }
    let content = match tree.read(path, FILE_BYTES_MAX) {
        Ok(content) => content,
        Err(cause) => return (Some(Presence::Unread(cause)), Vec::new(), Vec::new()),
    };
    let (named, more) = named_in(&content.bytes, reading);
    let mut unread = Vec::new();
    // A program is no text, and names what it names in its own way.
    let program = content.bytes.starts_with(b"\x7fELF");
    if (more || content.cut) && !program {
        let file = domain::ItemPath::from_bytes(path);
        let cause = Cause::TooLarge("what one file names");
        unread.push(Unread::new(format!("more that {file} names"), cause));
    }
    if program {
        return (Some(presence), Vec::new(), Vec::new());
    }
    let named = named.into_iter().filter_map(|named| locate(tree, named));
    (Some(presence), named.collect(), unread)
}

/// Finds what is named; none where it is no file, or where nobody would miss it.
fn locate(tree: &Tree, named: Named) -> Option<(Vec<u8>, Presence)> {
    let in_folders = |folders: &[&[u8]], name: &[u8]| {
        folders
            .iter()
            .map(|folder| [folder, name].concat())
            .find(|path| tree.has_file(path))
    };
    let path = match named {
        Named::Command(name) => in_folders(&COMMAND_FOLDERS, &name)?,
        Named::UdevCommand(name) => in_folders(&UDEV_FOLDERS, &name)?,
        Named::PamModule(name) => match in_folders(&PAM_FOLDERS, &name) {
            Some(path) => path,
            None => return Some((name, Presence::Missing)),
        },
        Named::Mentioned(path) => path,
        Named::Started(path) => {
            return match presence_of(tree, &path) {
                Presence::Unread(Cause::Special) => None,
                presence => Some((path, presence)),
            };
        }
    };
    match presence_of(tree, &path) {
        Presence::Present(real) => Some((path, Presence::Present(real))),
        _ => None,
    }
}
