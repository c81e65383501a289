//! What differs from the manifest, in a form for people and programs.

use serde::Serialize;

use crate::free_folders::Program;
use crate::manifest::{EntryKind, Owner};
use crate::path::SitePath;
pub use crate::platform::FileKind;

/// In which way something differs from the manifest. Of several the first that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// The manifest does not know it.
    Added,
    /// It is of another kind: a link where a file was.
    Type,
    /// Another content, or another target of a link.
    Changed,
    /// Other permissions.
    Mode,
    /// It belongs to somebody else.
    Owner,
    /// It lies in a free folder, and is of what may not lie there.
    Program,
    /// It is gone.
    Removed,
}

/// What is, or should be, at a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct State {
    /// What it is.
    pub kind: FileKind,
    /// Permission bits, but of links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// To whom it belongs, where that is known or stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Bytes of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The digest of a file, where it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The target of a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<SitePath>,
}

/// Something that differs from the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Finding {
    /// Where, below the root.
    pub path: SitePath,
    /// In which way.
    pub what: What,
    /// By what it was recognised as a program in a free folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<Program>,
    /// What the manifest says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<State>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<State>,
}

/// Something that could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Where, below the root.
    pub path: SitePath,
    /// Why: "read its content: permission denied".
    pub reason: String,
}

impl State {
    /// Returns what a manifest says of an entry.
    pub(crate) fn expected(kind: EntryKind<'_>, owner: Option<Owner>) -> Self {
        let mut state = Self {
            kind: FileKind::Folder,
            mode: None,
            owner,
            size: None,
            sha256: None,
            target: None,
        };
        match kind {
            EntryKind::File { mode, size, sha256 } => {
                state.kind = FileKind::File;
                state.mode = Some(mode);
                state.size = Some(size);
                state.sha256 = Some(domain::digest::to_hex(sha256));
            }
            EntryKind::Folder { mode } => state.mode = Some(mode),
            EntryKind::Link { target } => {
                state.kind = FileKind::Link;
                state.target = Some(SitePath::of_walk(target.to_vec()));
            }
        }
        state
    }
}
