//! One entry of a manifest as a line of strict JSON, in exactly one way of writing.

use std::borrow::Cow;

use documents::{StrictJsonError, strict_json};
use domain::digest::{parse_lower_hex, to_hex};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::table::{Entry, EntryKind};
use crate::path::{self, PathError, Written};

/// Bytes of a line, 64 KiB: a path of 16 KiB in base64, and the target of a link.
pub(crate) const LINE_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a link's target: what Linux takes.
pub(crate) const TARGET_BYTES_MAX: usize = 4_096;
/// Permission bits with set-uid, set-gid and sticky.
pub(crate) const MODE_MAX: u32 = 0o7777;

/// Why a line is no entry.
#[derive(Debug, Error)]
pub enum EntryError {
    /// It has fields that do not go together, or values that cannot be.
    #[error("read the entry: {0}")]
    Fields(&'static str),
    /// It is not strict JSON with the fields of an entry.
    #[error("read the entry")]
    Json(#[from] StrictJsonError),
    /// Its path is none.
    #[error("read the entry")]
    Path(#[from] PathError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    path: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    path_base64: Option<Cow<'a, str>>,
    kind: RawKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    sha256: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    target: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    target_base64: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawKind {
    File,
    Folder,
    Link,
}

/// Writes an entry as a line with its end.
pub(crate) fn write_entry(entry: &Entry<'_>, line: &mut Vec<u8>) {
    let (path, path_base64) = written(entry.path);
    let mut raw = RawEntry {
        path,
        path_base64,
        kind: RawKind::Folder,
        mode: None,
        size: None,
        sha256: None,
        target: None,
        target_base64: None,
    };
    match entry.kind {
        EntryKind::File { mode, size, sha256 } => {
            raw.kind = RawKind::File;
            raw.mode = Some(mode);
            raw.size = Some(size);
            raw.sha256 = Some(Cow::Owned(to_hex(sha256)));
        }
        EntryKind::Folder { mode } => raw.mode = Some(mode),
        EntryKind::Link { target } => {
            raw.kind = RawKind::Link;
            (raw.target, raw.target_base64) = written(target);
        }
    }
    serde_json::to_writer(&mut *line, &raw)
        .expect("strings and numbers can always be written as JSON");
    line.push(b'\n');
}

fn written(bytes: &[u8]) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    match path::write(bytes) {
        Written::Text(text) => (Some(Cow::Borrowed(text)), None),
        Written::Base64(base64) => (None, Some(Cow::Owned(base64))),
    }
}

/// Reads a line without its end, and hands the entry on.
pub(crate) fn read_entry<T>(
    line: &[u8],
    each: impl FnOnce(Entry<'_>) -> T,
) -> Result<T, EntryError> {
    strict_json::check(line, LINE_BYTES_MAX)?;
    let raw: RawEntry<'_> = serde_json::from_slice(line).map_err(StrictJsonError::Shape)?;
    let path = path::read(raw.path.as_deref(), raw.path_base64.as_deref())?;
    path::check(&path)?;
    if path.is_empty() {
        return Err(EntryError::Fields("its path is empty"));
    }
    let mode = || match raw.mode {
        Some(mode) if mode <= MODE_MAX => Ok(mode),
        _ => Err(EntryError::Fields("its mode is missing or none")),
    };
    let has_content = raw.size.is_some() || raw.sha256.is_some();
    let has_target = raw.target.is_some() || raw.target_base64.is_some();
    match raw.kind {
        RawKind::File if !has_target => {
            let (Some(size), Some(sha256)) =
                (raw.size, raw.sha256.as_deref().and_then(parse_lower_hex))
            else {
                return Err(EntryError::Fields("its size or digest is missing or none"));
            };
            let kind = EntryKind::File {
                mode: mode()?,
                size,
                sha256: &sha256,
            };
            Ok(each(Entry { path: &path, kind }))
        }
        RawKind::Folder if !has_content && !has_target => {
            let kind = EntryKind::Folder { mode: mode()? };
            Ok(each(Entry { path: &path, kind }))
        }
        RawKind::Link if !has_content && raw.mode.is_none() => {
            let target = path::read(raw.target.as_deref(), raw.target_base64.as_deref())?;
            if target.is_empty() || target.len() > TARGET_BYTES_MAX {
                return Err(EntryError::Fields("its target is empty or too long"));
            }
            let kind = EntryKind::Link { target: &target };
            Ok(each(Entry { path: &path, kind }))
        }
        _ => Err(EntryError::Fields("it has fields of another kind")),
    }
}
