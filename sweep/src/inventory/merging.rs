//! Base and journal together, in order: for whoever lists all records, and for rewriting both as a new base.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::base::{Base, BaseWriter, Tables};
use super::blocks::LoadedBlock;
use super::encoding::{Prefix, patch};
use super::folder::{BASE, InventoryFolder, NEW_BASE};
use super::journal::{self, JournalEntry};
use super::judging::Renumbering;
use super::path::FilePath;
use super::sorted::{Sorted, SortedEntry, absorb};

/// Memory for records of the journal while it is put in order: a longer one is read several times.
const PASS_BYTES: usize = 32 * 1024 * 1024;
const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;
/// What a record takes in the base beside its name and its body.
const RECORD_OVERHEAD_BYTES: u64 = 10;

/// Which records of the base were seen to be there in this sweep, one bit each.
pub(super) struct Seen(Vec<AtomicU64>);

impl Seen {
    pub(super) fn new(record_count: u64) -> Self {
        let words = usize::try_from(record_count.div_ceil(64)).unwrap_or(0);
        Self((0..words).map(|_| AtomicU64::new(0)).collect())
    }

    pub(super) fn add(&self, record: u64) {
        if let Some(word) = self.word(record) {
            word.fetch_or(1 << (record % 64), Ordering::Relaxed);
        }
    }

    pub(super) fn contains(&self, record: u64) -> bool {
        self.word(record)
            .is_some_and(|word| word.load(Ordering::Relaxed) & (1 << (record % 64)) != 0)
    }

    pub(super) fn count(&self) -> u64 {
        let ones = self
            .0
            .iter()
            .map(|word| word.load(Ordering::Relaxed).count_ones());
        ones.map(u64::from).sum()
    }

    fn word(&self, record: u64) -> Option<&AtomicU64> {
        self.0.get(usize::try_from(record / 64).ok()?)
    }
}

/// One record of base or journal or both.
pub(super) struct Merged<'m> {
    pub(super) path: FilePath<'m>,
    pub(super) body: &'m [u8],
    /// Its number in the base, where that has one of this path.
    pub(super) in_base: Option<u64>,
}

type Each<'e> = dyn FnMut(&Merged<'_>) -> io::Result<()> + 'e;

/// Hands out every record in the order of the paths.
pub(super) fn for_each(base: &Base, journal: Option<&File>, each: &mut Each<'_>) -> io::Result<()> {
    for_each_in_passes(base, journal, PASS_BYTES, each)
}

pub(super) fn for_each_in_passes(
    base: &Base,
    journal: Option<&File>,
    pass_bytes: usize,
    each: &mut Each<'_>,
) -> io::Result<()> {
    let mut cursor = Cursor::new(base);
    let mut after = None;
    loop {
        let (pass, is_last) = read_pass(journal, after.as_ref(), pass_bytes)?;
        for (path, entry) in pass.iter() {
            cursor.hand_out_before(Some(path), each)?;
            let (body, in_base) = match cursor.take(path) {
                Some((number, older)) => (absorb(&older, &entry.body), Some(number)),
                None => (None, None),
            };
            each(&Merged {
                path,
                body: body.as_deref().unwrap_or(&entry.body),
                in_base,
            })?;
        }
        if is_last {
            return cursor.hand_out_before(None, each);
        }
        after = pass
            .last()
            .map(|path| (path.folder.to_vec(), path.name.to_vec()));
    }
}

/// Reads as many records of the journal as there is room for, those with the first paths behind `after`; and whether
/// these were all.
fn read_pass(
    journal: Option<&File>,
    after: Option<&(Vec<u8>, Vec<u8>)>,
    pass_bytes: usize,
) -> io::Result<(Sorted, bool)> {
    let mut pass = Sorted::default();
    let Some(journal) = journal else {
        return Ok((pass, true));
    };
    // The first path that there was no room for: of what is behind it, something is missing.
    let mut ceiling: Option<(Vec<u8>, Vec<u8>)> = None;
    journal::read(journal, &mut |entry| {
        let JournalEntry::Record(path, body) = entry else {
            return;
        };
        let is_in = after.is_none_or(|(folder, name)| (path.folder, path.name) > (folder, name))
            && ceiling
                .as_ref()
                .is_none_or(|(folder, name)| (path.folder, path.name) < (folder, name));
        if !is_in || Prefix::read(body).is_none() {
            return;
        }
        pass.add(path, body);
        while pass.byte_count() > pass_bytes && pass.len() > 1 {
            ceiling = pass
                .last()
                .map(|path| (path.folder.to_vec(), path.name.to_vec()));
            pass.drop_last();
        }
    })?;
    Ok((pass, ceiling.is_none()))
}

/// A place among the records of a base.
struct Cursor<'b> {
    base: &'b Base,
    next_block: usize,
    block: Option<LoadedBlock>,
    first_record: u64,
    entry: usize,
}

impl<'b> Cursor<'b> {
    fn new(base: &'b Base) -> Self {
        Self {
            base,
            next_block: 0,
            block: None,
            first_record: 0,
            entry: 0,
        }
    }

    /// Hands out the records before a path, or all that are left.
    fn hand_out_before(
        &mut self,
        end: Option<FilePath<'_>>,
        each: &mut Each<'_>,
    ) -> io::Result<()> {
        while let Some((number, path, body)) = self.peek() {
            if end.is_some_and(|end| path >= end) {
                break;
            }
            each(&Merged {
                path,
                body,
                in_base: Some(number),
            })?;
            self.entry += 1;
        }
        Ok(())
    }

    /// Takes the next record, if it is of this path.
    fn take(&mut self, path: FilePath<'_>) -> Option<(u64, Vec<u8>)> {
        let (number, next, body) = self.peek()?;
        if next != path {
            return None;
        }
        let taken = (number, body.to_vec());
        self.entry += 1;
        Some(taken)
    }

    fn peek(&mut self) -> Option<(u64, FilePath<'_>, &[u8])> {
        while self
            .block
            .as_ref()
            .is_none_or(|block| self.entry >= block.len())
        {
            if self.next_block >= self.base.block_count() {
                return None;
            }
            self.block = self.base.load(self.next_block);
            self.first_record = self.base.first_record(self.next_block);
            self.next_block += 1;
            self.entry = 0;
        }
        let (path, body) = self.block.as_ref()?.entry(self.entry)?;
        Some((self.first_record + self.entry as u64, path, body))
    }
}

/// What decides which records stay.
pub(super) struct Rewriting<'r> {
    pub(super) base: &'r Base,
    pub(super) journal: Option<&'r File>,
    /// The journal as it was when the sweep began.
    pub(super) overlay: &'r Sorted,
    pub(super) seen: &'r Seen,
    /// In seconds since 1970.
    pub(super) began_at: i64,
    pub(super) now: i64,
    /// Tells whether a file would have been seen if it were still there.
    pub(super) was_looked_for: &'r dyn Fn(FilePath<'_>) -> bool,
    pub(super) record_count_max: u64,
    pub(super) bytes_max: u64,
}

/// What became of the records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rewritten {
    /// No longer there.
    pub(super) forgotten: u64,
    /// Too many, or too much.
    pub(super) dropped: u64,
}

/// How many records of which day there is room for.
struct Room {
    /// Of days after this one all stay; of earlier ones none.
    day: u16,
    bytes_left: u64,
    count_left: u64,
}

impl Rewriting<'_> {
    /// Writes base and journal as a new base in the old one's place. Whatever happens on the way, a whole base and its
    /// journal are there.
    pub(super) fn write(
        &self,
        folder: &InventoryFolder,
        tables: &Tables,
        renumbering: &Renumbering,
    ) -> io::Result<Rewritten> {
        folder.remove(NEW_BASE)?;
        let file = folder.handle.create_file(NEW_BASE)?;
        let outcome = self
            .write_to(file, tables, renumbering)
            .and_then(|rewritten| {
                folder.handle.rename_over(NEW_BASE, BASE)?;
                folder.handle.sync()?;
                Ok(rewritten)
            });
        if outcome.is_err() {
            let _ = folder.remove(NEW_BASE);
        }
        outcome
    }

    fn write_to(
        &self,
        file: File,
        tables: &Tables,
        renumbering: &Renumbering,
    ) -> io::Result<Rewritten> {
        let mut room = self.room()?;
        let mut writer = BaseWriter::new(file, tables)?;
        let mut rewritten = Rewritten::default();
        let mut body = Vec::new();
        for_each(self.base, self.journal, &mut |merged| {
            let Some((prefix, seen_day)) = self.stays(merged) else {
                rewritten.forgotten += 1;
                return Ok(());
            };
            if !room.takes(merged, seen_day) {
                rewritten.dropped += 1;
                return Ok(());
            }
            body.clear();
            body.extend_from_slice(merged.body);
            patch(&mut body, seen_day, renumbering.apply(prefix.judged));
            writer.add(merged.path, &body)
        })?;
        writer.finish()?;
        Ok(rewritten)
    }

    /// Decides whether a record stays, and when its file was last seen.
    fn stays(&self, merged: &Merged<'_>) -> Option<(Prefix, u16)> {
        let prefix = Prefix::read(merged.body)?;
        let was_seen = prefix.read_at >= self.began_at
            || merged
                .in_base
                .is_some_and(|number| self.seen.contains(number))
            || self
                .overlay
                .find(merged.path)
                .is_some_and(SortedEntry::was_seen);
        if was_seen {
            return self.is_of_use(&prefix).then(|| (prefix, day(self.now)));
        }
        let stays = !(self.was_looked_for)(merged.path) && self.is_of_use(&prefix);
        stays.then_some((prefix, prefix.seen_day))
    }

    /// Tells whether a record can still be believed one day. One from the future can, once the clock is right again.
    fn is_of_use(&self, prefix: &Prefix) -> bool {
        let now = self.now.max(prefix.read_at);
        prefix.trust().holds(prefix.read_at, now)
    }

    /// Finds out what there is room for: what was not seen for longest has to go.
    fn room(&self) -> io::Result<Room> {
        let everything = Room {
            day: 0,
            bytes_left: u64::MAX,
            count_left: u64::MAX,
        };
        let journal_bytes = self
            .journal
            .map_or(Ok(0), |file| file.metadata().map(|m| m.len()))?;
        let bytes = self.base.byte_count + journal_bytes;
        // A record takes at least its prefix.
        let count = self.base.record_count() + journal_bytes / 68;
        if bytes <= self.bytes_max && count <= self.record_count_max {
            return Ok(everything);
        }
        let mut days = vec![(0_u64, 0_u64); usize::from(u16::MAX) + 1];
        for_each(self.base, self.journal, &mut |merged| {
            if let Some((_, seen_day)) = self.stays(merged) {
                let of_day = &mut days[usize::from(seen_day)];
                of_day.0 += size_of_record(merged);
                of_day.1 += 1;
            }
            Ok(())
        })?;
        let (mut bytes_left, mut count_left) = (self.bytes_max, self.record_count_max);
        for (day, (bytes, count)) in (0..=u16::MAX).zip(&days).rev() {
            if *bytes > bytes_left || *count > count_left {
                return Ok(Room {
                    day,
                    bytes_left,
                    count_left,
                });
            }
            bytes_left -= bytes;
            count_left -= count;
        }
        Ok(everything)
    }
}

impl Room {
    fn takes(&mut self, merged: &Merged<'_>, seen_day: u16) -> bool {
        if seen_day != self.day {
            return seen_day > self.day;
        }
        let bytes = size_of_record(merged);
        let has_room = self.count_left > 0 && bytes <= self.bytes_left;
        if has_room {
            self.count_left -= 1;
            self.bytes_left -= bytes;
        }
        has_room
    }
}

fn size_of_record(merged: &Merged<'_>) -> u64 {
    (merged.path.name.len() + merged.body.len()) as u64 + RECORD_OVERHEAD_BYTES
}

/// Returns the day of an instant, counted from 1970.
pub(super) fn day(seconds: i64) -> u16 {
    let day = seconds.div_euclid(SECONDS_OF_A_DAY);
    u16::try_from(day.max(0)).unwrap_or(u16::MAX)
}
