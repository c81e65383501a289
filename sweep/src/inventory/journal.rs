//! The journal: what was learned since the base was written, appended in frames that are whole or worth nothing.
//!
//! ```text
//! header   mark, version, number, checksum
//! frame    length, number, checksum of the entries, checksum of these; entries
//! ```
//! A frame with damaged entries is passed over. At a damaged frame head the journal ends: what a crash left half
//! written, or never wrote, looks like that.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::base::{VERSION, put_set, read_set};
use super::bytes::{Source, checksum, put_list, put_short_list};
use super::judging::JudgeSet;
use super::path::FilePath;

const MARK: [u8; 8] = *b"TOCSINjn";
pub(super) const HEADER_BYTES: usize = 24;
pub(super) const FRAME_HEAD_BYTES: usize = 16;
/// Entries of one frame: what two threads learn in a second, and far more.
pub(super) const FRAME_BYTES_MAX: usize = 32 * 1024 * 1024;

const RECORD: u8 = 1;
/// A record of the same folder as the one before it in the frame.
const RECORD_BESIDE: u8 = 2;
const SET: u8 = 3;
const SET_USED: u8 = 4;
const ALGORITHMS: u8 = 5;

/// One thing that was learned.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum JournalEntry<'a> {
    /// A record.
    Record(FilePath<'a>, &'a [u8]),
    /// A set of judges that the number now stands for.
    Set(u8, JudgeSet),
    /// A set that was asked about.
    SetUsed(u8, i64),
    /// Digest algorithms that were asked for.
    Algorithms(u8),
}

/// Puts entries together until they are a frame.
#[derive(Default)]
pub(super) struct FrameBuilder {
    pub(super) bytes: Vec<u8>,
    folder: Vec<u8>,
    has_folder: bool,
    pub(super) record_count: u64,
}

/// What was found in a journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct JournalEnd {
    /// Which journal it is.
    pub(super) number: u64,
    /// Where the next frame belongs.
    pub(super) at: u64,
    /// The number of the next frame.
    pub(super) next_frame: u32,
    /// Frames that were passed over.
    pub(super) damaged_count: u64,
    /// Whether something unreadable follows the last frame.
    pub(super) is_torn: bool,
}

impl FrameBuilder {
    pub(super) fn add_record(&mut self, path: FilePath<'_>, body: &[u8]) {
        if self.has_folder && self.folder == path.folder {
            self.bytes.push(RECORD_BESIDE);
        } else {
            self.bytes.push(RECORD);
            put_short_list(&mut self.bytes, path.folder);
            self.folder.clear();
            self.folder.extend_from_slice(path.folder);
            self.has_folder = true;
        }
        put_short_list(&mut self.bytes, path.name);
        put_list(&mut self.bytes, body);
        self.record_count += 1;
    }

    pub(super) fn add_set(&mut self, number: u8, set: &JudgeSet) {
        self.bytes.extend_from_slice(&[SET, number]);
        put_set(&mut self.bytes, set);
    }

    pub(super) fn add_set_used(&mut self, number: u8, used_at: i64) {
        self.bytes.extend_from_slice(&[SET_USED, number]);
        self.bytes.extend_from_slice(&used_at.to_le_bytes());
    }

    pub(super) fn add_algorithms(&mut self, algorithms: u8) {
        self.bytes.extend_from_slice(&[ALGORITHMS, algorithms]);
    }

    /// Returns an empty one in the same memory.
    pub(super) fn emptied(self) -> Self {
        let mut bytes = self.bytes;
        bytes.clear();
        bytes.shrink_to(2 * 1024 * 1024);
        Self {
            bytes,
            ..Self::default()
        }
    }
}

/// Returns the beginning of a journal.
pub(super) fn header(number: u64) -> Vec<u8> {
    let mut header = MARK.to_vec();
    header.extend_from_slice(&VERSION.to_le_bytes());
    header.extend_from_slice(&number.to_le_bytes());
    let sum = checksum(&[&header]);
    header.extend_from_slice(&sum.to_le_bytes());
    header
}

/// Returns what stands before the entries of a frame.
pub(super) fn frame_head(number: u32, entries: &[u8]) -> [u8; FRAME_HEAD_BYTES] {
    let length = u32::try_from(entries.len()).expect("a frame is short");
    let mut head = [0; FRAME_HEAD_BYTES];
    head[..4].copy_from_slice(&length.to_le_bytes());
    head[4..8].copy_from_slice(&number.to_le_bytes());
    head[8..12].copy_from_slice(&checksum(&[entries]).to_le_bytes());
    let sum = checksum(&[&head[..12]]);
    head[12..].copy_from_slice(&sum.to_le_bytes());
    head
}

/// Returns the number of a journal, if it is one of this version.
pub(super) fn number_of(file: &File) -> Option<u64> {
    let mut bytes = [0; HEADER_BYTES];
    file.read_exact_at(&mut bytes, 0).ok()?;
    let number = u64::from_le_bytes(bytes[12..20].try_into().ok()?);
    (header(number) == bytes).then_some(number)
}

/// Hands out all entries of a journal in their order; nothing where it is none of this version.
pub(super) fn read(
    file: &File,
    each: &mut dyn FnMut(JournalEntry<'_>),
) -> io::Result<Option<JournalEnd>> {
    let file_bytes = file.metadata()?.len();
    let Some(number) = number_of(file) else {
        return Ok(None);
    };
    let mut end = JournalEnd {
        number,
        at: HEADER_BYTES as u64,
        ..JournalEnd::default()
    };
    let mut entries = Vec::new();
    while let Some((length, sum)) = read_frame_head(file, &end, file_bytes) {
        entries.resize(length, 0);
        if let Err(error) = file.read_exact_at(&mut entries, end.at + FRAME_HEAD_BYTES as u64) {
            tracing::warn!(%error, "could not read the inventory's journal");
            break;
        }
        if checksum(&[&entries]) != sum || hand_out(&entries, each).is_none() {
            end.damaged_count += 1;
        }
        end.at += (FRAME_HEAD_BYTES + length) as u64;
        end.next_frame += 1;
    }
    end.is_torn = end.at != file_bytes;
    Ok(Some(end))
}

fn read_frame_head(file: &File, end: &JournalEnd, file_bytes: u64) -> Option<(usize, u32)> {
    let mut head = [0; FRAME_HEAD_BYTES];
    file.read_exact_at(&mut head, end.at).ok()?;
    let mut source = Source::new(&head);
    let (length, number) = (source.u32()?, source.u32()?);
    let (entries_sum, head_sum) = (source.u32()?, source.u32()?);
    let length = usize::try_from(length).ok()?;
    let is_whole = checksum(&[&head[..12]]) == head_sum
        && number == end.next_frame
        && length <= FRAME_BYTES_MAX
        && end.at + (FRAME_HEAD_BYTES + length) as u64 <= file_bytes;
    is_whole.then_some((length, entries_sum))
}

/// Reads the entries of one frame; nothing where one of them is not in order.
fn hand_out(entries: &[u8], each: &mut dyn FnMut(JournalEntry<'_>)) -> Option<()> {
    let mut source = Source::new(entries);
    let mut folder = None;
    while !source.is_empty() {
        let entry = match source.u8()? {
            kind @ (RECORD | RECORD_BESIDE) => {
                if kind == RECORD {
                    folder = Some(source.short_list()?);
                }
                let path = FilePath {
                    folder: folder?,
                    name: source.short_list()?,
                };
                JournalEntry::Record(path, source.list()?)
            }
            SET => JournalEntry::Set(source.u8()?, read_set(&mut source)?),
            SET_USED => JournalEntry::SetUsed(source.u8()?, source.i64()?),
            ALGORITHMS => JournalEntry::Algorithms(source.u8()?),
            _ => return None,
        };
        each(entry);
    }
    Some(())
}
