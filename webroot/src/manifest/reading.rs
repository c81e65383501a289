//! From a file to a proven manifest: nothing of it is believed before the signature and the digest of the entries are right.

use std::io::{BufRead, BufReader, Read};

use documents::{PublicKey, StrictJsonError, strict_json};
use domain::digest::to_hex;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::entries::{EntryError, LINE_BYTES_MAX, read_entry};
use super::head::Head;
use super::sealing::{ENVELOPE_BYTES_MAX, SealError, unseal};
use super::table::{Entry, EntryKind, Manifest, Table};
use crate::free_folders::rule_in;
use crate::path;

/// Bytes of a whole manifest, 1 GiB.
pub const MANIFEST_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Why a manifest is not believed.
#[derive(Debug, Error)]
pub enum ManifestError {
    /// The entries contradict each other or the head.
    #[error("believe the manifest: line {line}: {reason}")]
    Contradiction {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        reason: &'static str,
    },
    /// The entries are not those that were signed.
    #[error("believe the manifest: its entries are not those that were signed")]
    Digest,
    /// A line is no entry.
    #[error("read line {line} of the manifest")]
    Entry {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        #[source]
        source: EntryError,
    },
    /// It is no longer valid.
    #[error("believe the manifest: it has expired at {0}")]
    Expired(Timestamp),
    /// The head is not strict JSON with the fields of a head.
    #[error("read the head of the manifest")]
    Head(#[source] StrictJsonError),
    /// The head contradicts itself.
    #[error("believe the manifest: it is refused: {0}")]
    Invalid(String),
    /// It cannot be read.
    #[error("read the manifest")]
    Read(#[from] std::io::Error),
    /// The signature proves nothing.
    #[error("verify the manifest")]
    Seal(#[from] SealError),
    /// A line or the whole is longer than allowed.
    #[error("read the manifest: it, or a line of it, is too long")]
    TooLong,
}

/// Reads a manifest that one of the keys `trusted` has signed and that has not expired at `now`.
pub fn read_manifest(
    from: &mut dyn Read,
    trusted: &[PublicKey],
    now: Timestamp,
) -> Result<Manifest, ManifestError> {
    let mut reader = BufReader::with_capacity(1 << 16, from);
    let mut line = Vec::new();
    read_line(&mut reader, ENVELOPE_BYTES_MAX, &mut line)?;
    let (payload, signer) = unseal(&line, trusted)?;
    let head: Head =
        strict_json::parse(&payload, ENVELOPE_BYTES_MAX).map_err(ManifestError::Head)?;
    head.check().map_err(ManifestError::Invalid)?;
    if let Some(expires_at) = head.expires_at.filter(|expires_at| now >= *expires_at) {
        return Err(ManifestError::Expired(expires_at));
    }
    let table = read_table(&mut reader, &head, &mut line)?;
    let id = Sha256::digest(&payload).into();
    Ok(Manifest {
        head,
        signer,
        id,
        table,
    })
}

fn read_table(
    reader: &mut dyn BufRead,
    head: &Head,
    line: &mut Vec<u8>,
) -> Result<Table, ManifestError> {
    if head.entries.bytes > MANIFEST_BYTES_MAX {
        return Err(ManifestError::TooLong);
    }
    let mut table = Table::default();
    let mut folders = Folders::default();
    let mut digest = Sha256::new();
    let mut bytes = 0_u64;
    for number in 2..=head.entries.count.saturating_add(1) {
        read_line(reader, LINE_BYTES_MAX, line)?;
        digest.update(&*line);
        digest.update(b"\n");
        bytes += line.len() as u64 + 1;
        if bytes > head.entries.bytes {
            return Err(ManifestError::Digest);
        }
        let added = read_entry(line, |entry| {
            folders.check(head, &table, &entry)?;
            table
                .push(&entry)
                .map_err(|()| "it does not come after the line before it")
        });
        added
            .map_err(|source| ManifestError::Entry {
                line: number,
                source,
            })?
            .map_err(|reason| ManifestError::Contradiction {
                line: number,
                reason,
            })?;
    }
    let is_at_end = reader.fill_buf()?.is_empty();
    let is_signed =
        bytes == head.entries.bytes && to_hex(&digest.finalize()) == head.entries.sha256;
    if !is_at_end || !is_signed {
        return Err(ManifestError::Digest);
    }
    Ok(table)
}

/// Reads one line, without its end.
fn read_line(
    reader: &mut (impl BufRead + ?Sized),
    max: usize,
    line: &mut Vec<u8>,
) -> Result<(), ManifestError> {
    line.clear();
    reader.take(max as u64 + 1).read_until(b'\n', line)?;
    match line.pop() {
        Some(b'\n') => Ok(()),
        _ if line.len() >= max => Err(ManifestError::TooLong),
        _ => Err(ManifestError::Digest),
    }
}

/// Remembers the folder of the entry before: entries of one folder mostly stand together.
#[derive(Default)]
struct Folders {
    last: Option<Vec<u8>>,
}

impl Folders {
    /// Makes sure that an entry lies in a folder of the manifest and not where everything is free.
    fn check(&mut self, head: &Head, table: &Table, entry: &Entry<'_>) -> Result<(), &'static str> {
        let (folder, _) = path::split(entry.path);
        if folder.is_empty() || self.last.as_deref() == Some(folder) {
            return Ok(());
        }
        let is_folder = table
            .find(folder)
            .is_some_and(|number| matches!(table.entry(number).kind, EntryKind::Folder { .. }));
        if !is_folder {
            return Err("its folder is not in the manifest");
        }
        if rule_in(&head.free, folder).is_some() {
            return Err("it lies in a folder that is left free");
        }
        self.last = Some(folder.to_vec());
        Ok(())
    }
}
