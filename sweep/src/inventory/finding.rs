//! One thread's questions: what is known of this file, in this very state?

use std::ops::Range;

use super::base::Base;
use super::blocks::LoadedBlock;
use super::encoding::{Prefix, Record};
use super::facts::Facts;
use super::merging::Seen;
use super::path::FilePath;
use super::sorted::Sorted;
use super::trust::FileIdentity;

/// Blocks that a thread remembers, a megabyte and a half: those of the folders around.
const REMEMBERED_BLOCKS: usize = 256;
/// A longer block is remembered only until the next.
const REMEMBERED_BLOCK_BYTES: usize = 16 * 1024;

/// Answers from what was known when the inventory was opened. Each thread has its own.
pub struct Finder<'i> {
    known: Known<'i>,
    /// The folder that was asked about last, and the blocks that can hold its files.
    folder: Option<(Vec<u8>, Range<usize>)>,
    remembered: Vec<Option<Remembered>>,
    large: Option<Remembered>,
}

/// What there is to answer from.
#[derive(Clone, Copy)]
pub(super) struct Known<'i> {
    pub(super) base: &'i Base,
    pub(super) overlay: &'i Sorted,
    pub(super) seen: &'i Seen,
    /// In seconds since 1970.
    pub(super) now: i64,
}

struct Remembered {
    number: usize,
    /// Nothing where it is damaged.
    block: Option<LoadedBlock>,
}

impl<'i> Finder<'i> {
    pub(super) fn new(known: Known<'i>) -> Self {
        Self {
            known,
            folder: None,
            remembered: (0..REMEMBERED_BLOCKS).map(|_| None).collect(),
            large: None,
        }
    }

    /// Returns what is known of a file in exactly this state, and notes that it is still there.
    pub fn find(&mut self, path: FilePath<'_>, file: &FileIdentity) -> Option<Facts> {
        let known = self.known;
        let newer = known.overlay.find(path).inspect(|entry| entry.see());
        let older = self.find_in_base(path);
        let believed = |body: &[u8]| -> Option<Record> {
            let prefix = Prefix::read(body)?;
            (prefix.file == *file && prefix.trust().holds(prefix.read_at, known.now))
                .then(|| Record::decode(body))?
        };
        let record = match (older.and_then(believed), newer) {
            (None, None) => return None,
            (older, None) => older?,
            // Whatever the journal says of a file is newer, and speaks alone where it speaks of another state.
            (older, Some(newer)) => match (older, believed(&newer.body)?) {
                (Some(older), newer) => older.absorb(newer),
                (None, newer) => newer,
            },
        };
        Some(record.facts)
    }

    /// Notes that a file is still there, whatever its state.
    pub fn see(&mut self, path: FilePath<'_>) {
        if let Some(entry) = self.known.overlay.find(path) {
            entry.see();
        }
        self.find_in_base(path);
    }

    fn find_in_base(&mut self, path: FilePath<'_>) -> Option<&[u8]> {
        let known = self.known;
        let blocks = match &self.folder {
            Some((folder, blocks)) if *folder == path.folder => blocks,
            _ => {
                let blocks = known.base.blocks_of(path.folder);
                &self.folder.insert((path.folder.to_vec(), blocks)).1
            }
        };
        let number = known.base.block_of(blocks, path)?;
        let (entry, body) = self.block(number)?.find(path)?;
        known
            .seen
            .add(known.base.first_record(number) + entry as u64);
        Some(body)
    }

    fn block(&mut self, number: usize) -> Option<&LoadedBlock> {
        let is_it = |one: &Option<Remembered>| one.as_ref().is_some_and(|one| one.number == number);
        let place = number % REMEMBERED_BLOCKS;
        if is_it(&self.large) {
            return self.large.as_ref()?.block.as_ref();
        }
        if !is_it(&self.remembered[place]) {
            let block = self.known.base.load(number);
            let is_large = block
                .as_ref()
                .is_some_and(|block| block.byte_count() > REMEMBERED_BLOCK_BYTES);
            let loaded = Some(Remembered { number, block });
            if is_large {
                self.large = loaded;
                return self.large.as_ref()?.block.as_ref();
            }
            self.remembered[place] = loaded;
        }
        self.remembered[place].as_ref()?.block.as_ref()
    }
}
