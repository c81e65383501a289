//! One file from being listed to being read: opened if that is worth it, asked of the inventory, read as the plan asks.

use std::ffi::CStr;
use std::sync::Arc;

use domain::{ItemKind, Reason};
use jiff::Timestamp;

use crate::conclude::{Content, Examined};
use crate::detector::Interest;
use crate::hash::{AlgorithmSet, Digests};
use crate::in_hand::{Skip, What};
use crate::inventory::{Facts, Head};
use crate::ledger::Outcomes;
use crate::matching::{Interests, Pieces, Verdict};
use crate::names::{ItemComponents, NameKind};
use crate::places::Place;
use crate::plan::Need;
use crate::platform::{EntryKind, FolderHandle, Stat};
use crate::read::{ItemRead, NotRead, Wanted as ToRead, reason_of};
use crate::recall::Recalled;
use crate::subject::{Subject, Whereabouts};
use crate::walk::Worker;

/// Bytes of a content that is offered in pieces to those who want the whole of it, 64 GiB: a minute or two of reading. A
/// sparse file can state a hundred times as much, and would hold the sweep for hours to find nothing.
const OFFERED_BYTES_MAX: u64 = 64 * 1024 * 1024 * 1024;
/// How often a file that changes while it is read is tried.
const ATTEMPTS: usize = 3;

/// A larger file is first read in pieces that stay in the second cache: most need not be held then. In bytes, 1 MiB.
const FILTERED_BYTES_MIN: u64 = 1024 * 1024;

/// A file as it was listed.
pub(crate) struct Listed<'i> {
    pub(crate) place: &'i Arc<Place>,
    pub(crate) folder: &'i Arc<FolderHandle>,
    pub(crate) name: &'i CStr,
    pub(crate) stat: Stat,
}

/// A file that was read, with what was found out on the way.
struct FileRead {
    item: ItemRead,
    interests: Interests,
    pieces: Pieces,
    is_container: bool,
    /// Whether the reader holds its beginning.
    has_head: bool,
}

/// What is to be remembered of a reading, and from before.
struct Lesson {
    known: Option<Box<Facts>>,
    began_at: Timestamp,
}

impl Listed<'_> {
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            kind: ItemKind::File,
            whereabouts: Whereabouts::Disk {
                place: self.place,
                name: self.name.to_bytes(),
            },
            size_bytes: self.stat.size_bytes,
            owner_id: self.stat.owner_id,
            modified: Some(self.stat.modified.0),
        }
    }
}

impl Worker<'_, '_> {
    /// Tells whether a file that was listed has to be opened: otherwise its name and size say all.
    pub(crate) fn is_worth_opening(&mut self, item: &Listed<'_>) -> bool {
        let shared = self.shared;
        let (place, name) = (item.place, item.name.to_bytes());
        let need = self.plan_item(&|| place.join(name), name, item.stat.size_bytes);
        if !need.algorithms.is_empty() || !self.named.is_empty() {
            return true;
        }
        if shared.surroundings.unpacker.is_some() && item.stat.size_bytes > 0 {
            return true;
        }
        let mut targets = shared.plan.targets.iter();
        if targets.all(|target| target.detectors.is_empty()) {
            self.is_still_there(item);
            return false;
        }
        let subject = item.subject();
        let path = subject.path();
        let interests = Interests::of(shared.plan, &subject.facts(&path), None);
        if interests.are_none() {
            for (target, ledger) in shared.plan.targets.iter().zip(&mut self.ledger.targets) {
                ledger.count_outcomes(&Outcomes::none(target));
            }
            self.is_still_there(item);
        }
        !interests.are_none()
    }

    /// Looks up what an item is sought for by its name, and returns what must be read of it.
    pub(crate) fn plan_item(
        &mut self,
        path: &dyn Fn() -> Vec<u8>,
        name: &[u8],
        size_bytes: u64,
    ) -> Need {
        self.named.clear();
        let components = || ItemComponents::of(&path());
        let plan = self.shared.plan;
        plan.names.find(name, &components, &mut self.named);
        plan.need(size_bytes, &self.named)
    }

    /// Reads and judges a file that was counted as an item, and opens it where it is a container.
    pub(crate) fn examine(&mut self, item: Listed<'_>) {
        let shared = self.shared;
        shared.stop.is_now_after_waiting();
        let path = || item.place.join(item.name.to_bytes());
        match shared.hands.take(What::Item, &path) {
            Ok(_held) => self.examine_in_hand(item),
            Err(skip) => self.leave_out(&item, skip),
        }
    }

    /// Accounts for a file with which an earlier attempt at this sweep ended.
    fn leave_out(&mut self, item: &Listed<'_>, skip: Skip) {
        let (place, name) = (item.place, item.name.to_bytes());
        let need = self.plan_item(&|| place.join(name), name, item.stat.size_bytes);
        self.why_skipped = skip.detail;
        self.conclude_unread(item, need, Some(skip.reason));
        self.why_skipped.clear();
    }

    fn examine_in_hand(&mut self, mut item: Listed<'_>) {
        for attempt in 1..=ATTEMPTS {
            let (place, name) = (item.place, item.name.to_bytes());
            let need = self.plan_item(&|| place.join(name), name, item.stat.size_bytes);
            let known = match self.recall(&item, need) {
                Recalled::Settled => return,
                Recalled::Partly(known) => Some(known),
                Recalled::Unknown => None,
            };
            let began_at = self.shared.surroundings.clock.now();
            let read = self.read_file(&item, need, known.as_deref());
            let (read, failure) = match read {
                Ok(read) if read.item.changed => (Some(read), Some(Reason::ChangedWhileRead)),
                Ok(read) => (Some(read), None),
                Err(NotRead::Special) => return self.uncount(&item, Reason::SpecialFile),
                Err(NotRead::Replaced) => (None, Some(Reason::ChangedWhileRead)),
                Err(NotRead::Failed(reason)) => (None, Some(reason)),
            };
            if let Some(read) = &read {
                self.ledger.read_bytes += read.item.bytes;
            }
            if failure == Some(Reason::ChangedWhileRead) && attempt < ATTEMPTS {
                match item.folder.stat(item.name) {
                    Ok(stat) if stat.kind == EntryKind::File => {
                        // Another thread may have counted it.
                        let counted = self.ledger.item_bytes;
                        let without = counted.wrapping_sub(item.stat.size_bytes);
                        self.ledger.item_bytes = without.wrapping_add(stat.size_bytes);
                        item.stat = stat;
                        continue;
                    }
                    Ok(_) => return self.uncount(&item, Reason::SpecialFile),
                    Err(error) => return self.lose(&item, need, reason_of(&error)),
                }
            }
            return match (read, failure) {
                (None, Some(Reason::Vanished)) => self.lose(&item, need, Reason::Vanished),
                (Some(read), failure) => {
                    let lesson = Lesson { known, began_at };
                    self.conclude_read(&item, need, read, failure, &lesson);
                }
                (None, failure) => self.conclude_unread(&item, need, failure),
            };
        }
    }

    fn read_file(
        &mut self,
        item: &Listed<'_>,
        need: Need,
        known: Option<&Facts>,
    ) -> Result<FileRead, NotRead> {
        let shared = self.shared;
        let opened = self.reader.open(item.folder, item.name, &item.stat)?;
        let subject = item.subject();
        let path = subject.path();
        let facts = subject.facts(&path);
        let missing = known.and_then(|known| self.missing_parts(known));
        let mut interests = Interests::of_missing(shared.plan, &facts, None, missing);
        let unpacker = shared
            .surroundings
            .unpacker
            .filter(|_| item.stat.size_bytes > 0);
        let mut is_container = false;
        let is_kept = shared.memory.is_some() && item.stat.size_bytes > 0;
        let mut has_head = false;
        if unpacker.is_some() || interests.any(Interest::Head) || is_kept {
            let head = self.reader.read_head(&opened)?;
            is_container =
                unpacker.is_some_and(|unpacker| unpacker.recognises(item.name.to_bytes(), head));
            has_head = true;
            if is_container && interests.missing().is_some() {
                // What is remembered was not enough, and all of it is opened again.
                interests = Interests::default();
            }
            let missing = interests.missing().cloned();
            interests = Interests::of_missing(shared.plan, &facts, Some(head), missing);
        }
        let size_bytes = item.stat.size_bytes;
        if !self.reader.can_hold(size_bytes) && size_bytes <= OFFERED_BYTES_MAX {
            interests.take_pieces();
        }
        let mut wanted = ToRead {
            algorithms: need.algorithms,
            // Nor is one read for the digests alone that nobody can hold.
            whole: interests.any(Interest::Whole) && self.reader.can_hold(size_bytes),
            pieces: interests.any(Interest::Pieces) || interests.any(Interest::Head),
        };
        if known.is_some_and(|known| self.is_sought(&known.digests)) {
            // It will be a finding, and a finding shows all digests.
            wanted.algorithms = AlgorithmSet::ALL;
        }
        if let Some(memory) = &shared.memory
            && (wanted.whole || wanted.pieces || !wanted.algorithms.is_empty())
        {
            // Every byte is read anyway: the next alert's digests cost a look-up then.
            let remembered = known.map_or(AlgorithmSet::NONE, |known| {
                Digests::from(known.digests).algorithms()
            });
            let unknown = memory.algorithms.without(remembered);
            wanted.algorithms = wanted.algorithms.with(unknown);
        }
        let mut pieces = self.sessions.start(&facts, &interests);
        let sessions = &mut self.sessions;
        let is_filtered = wanted.whole
            && item.stat.size_bytes > FILTERED_BYTES_MIN
            && sessions.start_filters(&facts, &interests, &mut pieces);
        if is_filtered {
            (wanted.whole, wanted.pieces) = (false, true);
        }
        let mut each = |piece: &[u8]| sessions.push(&mut pieces, piece);
        let mut read = self
            .reader
            .read(opened, &item.stat, wanted, &shared.stop, &mut each)?;
        if is_filtered && !read.changed && self.sessions.need_whole(&mut interests, &pieces) {
            self.reader.read_whole(&mut read, &shared.stop)?;
            if !read.has_content {
                interests.take_pieces();
            }
        }
        Ok(FileRead {
            item: read,
            interests,
            pieces,
            is_container,
            has_head,
        })
    }

    /// What is no longer there is no item, and hides nothing; but what had a sought name and is gone stays one.
    fn lose(&mut self, item: &Listed<'_>, need: Need, reason: Reason) {
        let sought_by_name = self
            .named
            .iter()
            .any(|entry| !matches!(entry.kind, NameKind::NameOfPath));
        if reason == Reason::Vanished && !sought_by_name {
            self.uncount(item, reason);
        } else {
            self.conclude_unread(item, need, Some(reason));
        }
    }

    fn uncount(&mut self, item: &Listed<'_>, reason: Reason) {
        self.ledger
            .uncount_item(ItemKind::File, item.stat.size_bytes);
        let path = || item.place.item_path(item.name.to_bytes());
        self.ledger.note(reason, path, "");
    }

    fn conclude_read(
        &mut self,
        item: &Listed<'_>,
        need: Need,
        mut read: FileRead,
        failure: Option<Reason>,
        lesson: &Lesson,
    ) {
        let subject = item.subject();
        let path = subject.path();
        let facts = subject.facts(&path);
        let plan = self.shared.plan;
        let content = read.item.has_content.then(|| self.reader.content());
        let (interests, pieces) = (&read.interests, &mut read.pieces);
        let mut verdicts = self
            .sessions
            .conclude(plan, &facts, interests, pieces, content);
        if failure.is_some() {
            for (target, verdict) in verdicts.iter_mut().enumerate() {
                verdict.outcomes.fail(interests.of_target(target));
            }
        }
        if let (Some(known), Some(missing)) = (&lesson.known, interests.missing()) {
            self.add_remembered(&facts, known, missing, &mut verdicts);
        }
        self.begin_learning(interests, &verdicts);
        self.ledger.read_count += u64::from(read.item.is_read);
        let examined = Examined {
            subject: &subject,
            digests: read.item.digests,
            failure,
            was_wanted: !need.algorithms.is_empty() || !interests.are_none() || read.is_container,
            content: Content::OnDisk(&mut read.item),
        };
        self.conclude(examined, verdicts);
        if read.is_container && failure.is_none() {
            self.open_container(&subject, &mut read.item);
        }
        if failure.is_none() {
            let head = read.has_head.then(|| self.reader.head());
            let head = head.map(Head::of);
            self.remember(item, &read.item, head, read.is_container, lesson.began_at);
        }
        self.reader.forget();
    }

    fn conclude_unread(&mut self, item: &Listed<'_>, need: Need, failure: Option<Reason>) {
        let subject = item.subject();
        let path = subject.path();
        let plan = self.shared.plan;
        let interests = Interests::of(plan, &subject.facts(&path), None);
        let verdicts = plan.targets.iter().enumerate().map(|(number, target)| {
            let mut outcomes = Outcomes::none(target);
            outcomes.fail(interests.of_target(number));
            Verdict::unread(outcomes)
        });
        let verdicts = verdicts.collect();
        let might_be_container =
            self.shared.surroundings.unpacker.is_some() && subject.size_bytes > 0;
        let examined = Examined {
            subject: &subject,
            digests: Digests::default(),
            failure,
            was_wanted: !need.algorithms.is_empty() || !interests.are_none() || might_be_container,
            content: Content::Nothing,
        };
        self.conclude(examined, verdicts);
        self.reader.forget();
    }
}
