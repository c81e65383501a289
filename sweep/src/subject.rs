//! What is examined, wherever it stands: a file on a disk, a member of a container, something that runs.

use std::path::Path;

use domain::{ItemKind, ItemPath};

use crate::detector::ItemFacts;
use crate::places::Place;
use crate::platform::path_from_bytes;

/// Between a container and its member, as people read it.
const INSIDE: &[u8] = " » ".as_bytes();

/// One item, with what is known of it beside its content.
pub(crate) struct Subject<'i> {
    pub(crate) kind: ItemKind,
    pub(crate) whereabouts: Whereabouts<'i>,
    pub(crate) size_bytes: u64,
    pub(crate) owner_id: u32,
    /// Seconds since 1970.
    pub(crate) modified: Option<i64>,
}

/// Where an item stands.
#[derive(Clone, Copy)]
pub(crate) enum Whereabouts<'i> {
    Container {
        /// The exact path of the outermost file.
        outer: &'i [u8],
        /// The names inside, from the outermost container inwards.
        members: &'i [Vec<u8>],
        /// The kind of container that it lies in.
        kind: &'i str,
    },
    Disk {
        place: &'i Place,
        name: &'i [u8],
    },
    Running {
        name: &'i str,
    },
}

impl Subject<'_> {
    /// Returns the path with which names and paths are compared; a member's goes on inside its container.
    pub(crate) fn path(&self) -> Vec<u8> {
        match self.whereabouts {
            Whereabouts::Container { outer, members, .. } => joined(outer, members, b"/"),
            Whereabouts::Disk { place, name } => place.join(name),
            Whereabouts::Running { name } => name.as_bytes().to_vec(),
        }
    }

    /// Returns the path that people read.
    pub(crate) fn item_path(&self) -> ItemPath {
        match self.whereabouts {
            Whereabouts::Container { outer, members, .. } => {
                ItemPath::from_bytes(&joined(outer, members, INSIDE))
            }
            _ => ItemPath::from_bytes(&self.path()),
        }
    }

    /// Returns the folder that it lies in: what lies beside it has the same.
    pub(crate) fn folder(&self) -> Vec<u8> {
        match self.whereabouts {
            Whereabouts::Disk { place, .. } => place.path(),
            Whereabouts::Container { .. } | Whereabouts::Running { .. } => {
                let mut path = self.path();
                let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                path.truncate(end);
                path
            }
        }
    }

    /// Returns what detectors may know of it; `path` is [`Self::path`].
    pub(crate) fn facts<'p>(&'p self, path: &'p [u8]) -> ItemFacts<'p> {
        ItemFacts {
            kind: self.kind,
            path: match self.whereabouts {
                Whereabouts::Running { .. } => Path::new(""),
                _ => path_from_bytes(path),
            },
            size_bytes: self.size_bytes,
            owner_id: self.owner_id,
            modified: self.modified,
            container: match self.whereabouts {
                Whereabouts::Container { kind, .. } => Some(kind),
                Whereabouts::Disk { .. } | Whereabouts::Running { .. } => None,
            },
        }
    }
}

fn joined(outer: &[u8], members: &[Vec<u8>], between: &[u8]) -> Vec<u8> {
    let mut path = outer.to_vec();
    for member in members {
        path.extend_from_slice(between);
        path.extend_from_slice(member);
    }
    path
}
