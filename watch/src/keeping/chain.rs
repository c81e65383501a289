//! Evidence, one line after the other, each with the digest of the line before: nothing in the middle can be changed, removed or
//! added unnoticed. Whoever writes down the last digest elsewhere can prove the whole.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use domain::digest::to_hex;
use fs_err::os::unix::fs::OpenOptionsExt as _;
use fs_err::{File, OpenOptions};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::surveys::rest_of;

/// Bytes of one line, 4 MiB: contents are kept beside the chain and named by digest.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Before the first line.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Why evidence cannot be kept or read.
#[derive(Debug, Error)]
pub enum ChainError {
    /// A line is not what its successor or its own digest says.
    #[error("believe the chain of evidence '{path}': line {line} was changed, or lines before it are missing", path = path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
    },
    /// The file cannot be read or written.
    #[error("use the chain of evidence")]
    File(#[from] std::io::Error),
    /// Something cannot be written as JSON.
    #[error("write evidence as JSON")]
    Json(#[from] serde_json::Error),
    /// An entry is too long for a line; what is large belongs among the contents.
    #[error("write evidence: a line of {bytes} bytes is longer than {LINE_BYTES_MAX}")]
    TooLong {
        /// How long the line would be.
        bytes: usize,
    },
}

/// What is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, by our clock.
    pub at: Timestamp,
    /// The page that it is about.
    pub target: String,
    /// What happened: `check`, `approval`, `notice`.
    pub event: String,
    /// All of it.
    pub body: serde_json::Value,
}

/// A line of the chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Counted from 1.
    pub number: u64,
    /// The digest of the line before.
    pub previous: String,
    /// The digest of this line's number, entry and predecessor.
    pub digest: String,
    /// What was written down.
    pub entry: Entry,
}

impl Link {
    /// Returns what a line is about, as standings and cases name it: a page; of a survey, the site beside its pages under watch.
    pub fn about(&self) -> Cow<'_, str> {
        if self.entry.event == "survey" {
            Cow::Owned(rest_of(&self.entry.target))
        } else {
            Cow::Borrowed(&self.entry.target)
        }
    }
}

/// What a whole chain proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// How many lines there are.
    pub lines: u64,
    /// The digest of the last.
    pub last: String,
}

impl Default for Proof {
    /// What no line proves.
    fn default() -> Self {
        Self {
            lines: 0,
            last: BEGINNING.to_owned(),
        }
    }
}

/// A chain that is being written.
#[derive(Debug)]
pub struct Chain {
    file: File,
    bytes: u64,
    lines: u64,
    last: String,
}

/// A line as it stands in the file: the digest is of the very bytes of its entry.
#[derive(Deserialize)]
struct RawLink<'l> {
    number: u64,
    previous: String,
    digest: String,
    #[serde(borrow)]
    entry: &'l RawValue,
}

impl Chain {
    /// Opens a chain and makes sure that it is whole. A last line that was not written to its end is cut off: it was never said
    /// to be kept.
    pub fn open(path: &Path) -> Result<Self, ChainError> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        let (proof, whole_bytes) = read_through(&mut file, path, &mut |_, _| {})?;
        if file.metadata()?.len() > whole_bytes {
            file.file().set_len(whole_bytes)?;
        }
        Ok(Self {
            file,
            bytes: whole_bytes,
            lines: proof.lines,
            last: proof.last,
        })
    }

    /// Writes an entry down and returns its digest. It is on the disk when this returns.
    pub fn append(&mut self, entry: Entry) -> Result<String, ChainError> {
        let number = self.lines + 1;
        let digest = digest_of(number, &self.last, &serde_json::to_vec(&entry)?);
        let link = Link {
            number,
            previous: self.last.clone(),
            digest: digest.clone(),
            entry,
        };
        let mut bytes = serde_json::to_vec(&link)?;
        bytes.push(b'\n');
        if bytes.len() as u64 > LINE_BYTES_MAX {
            return Err(ChainError::TooLong { bytes: bytes.len() });
        }
        let written = self.file.write_all(&bytes);
        if let Err(error) = written.and_then(|()| self.file.sync_data()) {
            // What is half there must not stand before the next line.
            let _ = self.file.file().set_len(self.bytes);
            return Err(error.into());
        }
        self.bytes += bytes.len() as u64;
        self.lines = number;
        self.last.clone_from(&digest);
        Ok(digest)
    }

    /// Returns what it proves by now.
    pub fn proof(&self) -> Proof {
        Proof {
            lines: self.lines,
            last: self.last.clone(),
        }
    }
}

/// Reads a chain from its beginning, hands out each line, and fails at the first that is not right.
pub fn verify_chain(path: &Path, each: &mut dyn FnMut(Link)) -> Result<Proof, ChainError> {
    verify_lines(path, &mut |link, _| each(link))
}

/// As [`verify_chain`], and hands out the bytes of each line, its end left out.
pub(super) fn verify_lines(
    path: &Path,
    each: &mut dyn FnMut(Link, &[u8]),
) -> Result<Proof, ChainError> {
    let mut file = File::open(path)?;
    Ok(read_through(&mut file, path, each)?.0)
}

fn read_through(
    file: &mut File,
    path: &Path,
    each: &mut dyn FnMut(Link, &[u8]),
) -> Result<(Proof, u64), ChainError> {
    read_on(file, path, (Proof::default(), 0), each)
}

/// Reads what follows after a part of a chain that ends at this byte and proves that much.
pub(crate) fn read_on(
    file: &mut File,
    path: &Path,
    (mut proof, mut whole_bytes): (Proof, u64),
    each: &mut dyn FnMut(Link, &[u8]),
) -> Result<(Proof, u64), ChainError> {
    file.seek(SeekFrom::Start(whole_bytes))?;
    let mut reader = BufReader::new(file);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let count = reader
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut bytes)?;
        if bytes.last() != Some(&b'\n') && (count as u64) < LINE_BYTES_MAX {
            return Ok((proof, whole_bytes));
        }
        let follows = |link: &Link| link.number == proof.lines + 1 && link.previous == proof.last;
        let link = link_of(&bytes)
            .filter(follows)
            .ok_or_else(|| ChainError::Broken {
                path: path.to_owned(),
                line: proof.lines + 1,
            })?;
        proof = Proof {
            lines: link.number,
            last: link.digest.clone(),
        };
        whole_bytes += count as u64;
        each(link, bytes.strip_suffix(b"\n").unwrap_or(&bytes));
    }
}

/// Reads the line that begins at this byte, and proves that it is what its own digest says. Whoever asks knows that digest.
pub(crate) fn read_line_at(file: &mut File, path: &Path, at: u64) -> Result<Link, ChainError> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    let mut reader = BufReader::new(file).take(LINE_BYTES_MAX);
    reader.read_until(b'\n', &mut bytes)?;
    link_of(&bytes).ok_or_else(|| ChainError::Broken {
        path: path.to_owned(),
        line: number_in(&bytes),
    })
}

/// Reads a line; nothing where it is not what its own digest says.
fn link_of(line: &[u8]) -> Option<Link> {
    let raw: RawLink<'_> = serde_json::from_slice(line).ok()?;
    let digest = digest_of(raw.number, &raw.previous, raw.entry.get().as_bytes());
    (raw.digest == digest).then_some(())?;
    let entry = serde_json::from_str(raw.entry.get()).ok()?;
    Some(Link {
        number: raw.number,
        previous: raw.previous,
        digest,
        entry,
    })
}

/// Returns the number that a line says it has, 0 where it says none.
fn number_in(line: &[u8]) -> u64 {
    serde_json::from_slice(line).map_or(0, |raw: RawLink<'_>| raw.number)
}

fn digest_of(number: u64, previous: &str, entry: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(number.to_le_bytes());
    digest.update(previous.as_bytes());
    digest.update(entry);
    to_hex(&digest.finalize())
}
