//! The publisher's side: a folder as it is becomes a signed manifest, and its contents go into a store.

use std::ffi::CString;
use std::io::{self, Write};
use std::path::Path;

use documents::SigningKey;
use domain::digest::to_hex;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::contents::Contents;
use crate::free_folders::{FreeFolder, rule_in};
use crate::manifest::{
    EntriesDigest, Entry, EntryKind, Head, MANIFEST_BYTES_MAX, Owner, SCHEMA, Table, seal,
    write_entry,
};
use crate::path::{self, PATH_BYTES_MAX, SitePath};
use crate::platform::folders::stat_of;
use crate::platform::{FileKind, Folder, ListBuffer};

/// What is signed besides the files.
#[derive(Clone, Debug)]
pub struct Signing {
    /// Which site it is.
    pub site: String,
    /// Higher than any before.
    pub version: u64,
    /// Now.
    pub made_at: Timestamp,
    /// From when on it is no longer believed, if ever.
    pub expires_at: Option<Timestamp>,
    /// To whom everything must belong, if that matters.
    pub owner: Option<Owner>,
    /// What is left free.
    pub free: Vec<FreeFolder>,
}

/// What was signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignSummary {
    /// Regular files.
    pub files: u64,
    /// Folders.
    pub folders: u64,
    /// Symbolic links.
    pub links: u64,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Why a folder was not signed.
#[derive(Debug, Error)]
pub enum SignError {
    /// Something in the folder cannot be read.
    #[error("read '{path}'")]
    Read {
        /// Where, below the root.
        path: String,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// Something in the folder cannot be signed.
    #[error("sign '{path}': {reason}")]
    Unfit {
        /// Where, below the root.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// What is signed contradicts itself.
    #[error("sign the manifest: it is refused: {0}")]
    Invalid(String),
    /// It cannot be written.
    #[error("write the manifest")]
    Write(#[source] io::Error),
}

/// Signs everything below `root` as it is, keeps each content in `contents`, and writes the manifest to `out`.
pub fn sign(
    root: &Path,
    signing: Signing,
    key: &SigningKey,
    contents: Option<&Contents>,
    out: &mut dyn Write,
) -> Result<SignSummary, SignError> {
    let mut publisher = Publisher {
        root: open(root)?,
        contents,
        free: &signing.free,
        found: Vec::new(),
        summary: SignSummary::default(),
    };
    publisher.walk()?;
    let Publisher {
        mut found, summary, ..
    } = publisher;
    found.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    if let Some(contents) = contents {
        contents.sync().map_err(SignError::Write)?;
    }
    let (lines, count) = write_lines(&found)?;
    let head = Head {
        schema: SCHEMA,
        site: signing.site,
        version: signing.version,
        made_at: signing.made_at,
        expires_at: signing.expires_at,
        owner: signing.owner,
        free: signing.free,
        entries: EntriesDigest {
            count,
            bytes: lines.len() as u64,
            sha256: to_hex(&Sha256::digest(&lines)),
        },
    };
    head.check().map_err(SignError::Invalid)?;
    let payload = serde_json::to_vec(&head).expect("a head can always be written as JSON");
    let mut write = |bytes: &[u8]| out.write_all(bytes).map_err(SignError::Write);
    write(&seal(&payload, key))?;
    write(b"\n")?;
    write(&lines)?;
    Ok(summary)
}

enum Signed {
    File {
        mode: u32,
        size: u64,
        sha256: [u8; 32],
    },
    Folder {
        mode: u32,
    },
    Link {
        target: Vec<u8>,
    },
}

struct Publisher<'a> {
    root: Folder,
    contents: Option<&'a Contents>,
    free: &'a [FreeFolder],
    found: Vec<(Vec<u8>, Signed)>,
    summary: SignSummary,
}

impl Publisher<'_> {
    fn walk(&mut self) -> Result<(), SignError> {
        let mut buffer = ListBuffer::new();
        let mut folders = vec![Vec::new()];
        while let Some(path) = folders.pop() {
            if rule_in(self.free, &path).is_some() {
                continue;
            }
            let folder = self
                .root
                .open_below(&path)
                .map_err(|error| failed(&path, error))?;
            let mut names: Vec<CString> = Vec::new();
            let listed = folder.list(&mut buffer, &mut |name| {
                names.push(name.to_owned());
                true
            });
            listed.map_err(|error| failed(&path, error))?;
            for name in names {
                let below = path::join(&path, name.to_bytes());
                let signed = self.take(&folder, &name, &below)?;
                if matches!(signed, Signed::Folder { .. }) {
                    folders.push(below.clone());
                }
                self.found.push((below, signed));
            }
        }
        Ok(())
    }

    fn take(&mut self, folder: &Folder, name: &CString, path: &[u8]) -> Result<Signed, SignError> {
        let unfit = |reason| {
            Err(SignError::Unfit {
                path: text(path),
                reason,
            })
        };
        if path.len() > PATH_BYTES_MAX - 256 {
            return unfit("its path is too long");
        }
        let stat = folder.stat(name).map_err(|error| failed(path, error))?;
        match stat.kind {
            FileKind::File => {
                let (mode, size, sha256) = self
                    .content(folder, name)
                    .map_err(|error| failed(path, error))?;
                self.summary.files += 1;
                self.summary.bytes += size;
                Ok(Signed::File { mode, size, sha256 })
            }
            FileKind::Folder => {
                self.summary.folders += 1;
                Ok(Signed::Folder { mode: stat.mode })
            }
            FileKind::Link => {
                self.summary.links += 1;
                let target = folder
                    .read_link(name)
                    .map_err(|error| failed(path, error))?;
                Ok(Signed::Link { target })
            }
            FileKind::Special => unfit("it is no file, folder or link"),
        }
    }

    fn content(&self, folder: &Folder, name: &CString) -> io::Result<(u32, u64, [u8; 32])> {
        let mut file = folder.open_file(name)?;
        let before = stat_of(&file)?;
        let (size, sha256) = match self.contents {
            Some(contents) => contents.keep(&mut file)?,
            None => crate::contents::copy(&mut file, &mut io::sink())?,
        };
        if stat_of(&file)? != before || before.kind != FileKind::File || before.size != size {
            return Err(io::Error::other("it changed while it was read"));
        }
        Ok((before.mode, size, sha256))
    }
}

fn write_lines(found: &[(Vec<u8>, Signed)]) -> Result<(Vec<u8>, u64), SignError> {
    let mut lines = Vec::new();
    let mut table = Table::default();
    for (path, signed) in found {
        let kind = match signed {
            Signed::File { mode, size, sha256 } => EntryKind::File {
                mode: *mode,
                size: *size,
                sha256,
            },
            Signed::Folder { mode } => EntryKind::Folder { mode: *mode },
            Signed::Link { target } => EntryKind::Link { target },
        };
        let entry = Entry { path, kind };
        let twice = |()| SignError::Unfit {
            path: text(path),
            reason: "the folder lists it twice",
        };
        table.push(&entry).map_err(twice)?;
        write_entry(&entry, &mut lines);
        if lines.len() as u64 > MANIFEST_BYTES_MAX {
            return Err(SignError::Invalid(
                "the manifest would be too long".to_owned(),
            ));
        }
    }
    Ok((lines, table.len() as u64))
}

fn open(root: &Path) -> Result<Folder, SignError> {
    Folder::open_root(root).map_err(|source| SignError::Read {
        path: root.display().to_string(),
        source,
    })
}

fn failed(path: &[u8], source: io::Error) -> SignError {
    SignError::Read {
        path: text(path),
        source,
    }
}

fn text(path: &[u8]) -> String {
    SitePath::of_walk(path.to_vec()).to_text()
}
