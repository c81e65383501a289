//! What is worth remembering of what a sweep reads: gathered while a file and what is inside it are examined, and handed
//! to the inventory once all of it was.

use domain::Reason;
use jiff::Timestamp;

use crate::examine::Listed;
use crate::hash::Digests;
use crate::inventory::{
    Contents, FACT_BYTES_MAX, Facts, FileIdentity, FilePath, FileTimes, Head, Inner, KnownDigests,
    KnownHit, MEMBERS_MAX, Member, NotOpened, Reading,
};
use crate::ledger::Reading as Read;
use crate::matching::{Interests, Verdict};
use crate::plan::Plan;
use crate::read::ItemRead;
use crate::subject::{Subject, Whereabouts};
use crate::walk::Worker;

/// What is learned of one file while it is examined, and of what is inside it.
#[derive(Default)]
pub(crate) struct Learning {
    inner: Vec<Inner>,
    /// By target, then by detector: whether it could not judge everything, or not by its content alone.
    failed: Vec<Vec<bool>>,
    /// By target, then by detector: whether anything was of its kind, or it was not asked about all.
    wanted: Vec<Vec<bool>>,
    hits: Vec<KnownHit>,
    /// Of names and details of what is inside.
    inner_bytes: usize,
    is_too_much: bool,
}

impl Worker<'_, '_> {
    /// Begins to learn about a file, of which detectors came to `verdicts`.
    pub(crate) fn begin_learning(&mut self, interests: &Interests, verdicts: &[Verdict]) {
        if self.shared.memory.is_none() {
            return;
        }
        let mut learning = Learning::default();
        let plan = self.shared.plan;
        let detectors = plan
            .targets
            .iter()
            .map(|target| vec![false; target.detectors.len()]);
        learning.failed = detectors.collect();
        learning.wanted.clone_from(&learning.failed);
        learning.add_interests(plan, interests);
        learning.add_failures(plan, verdicts, self.sessions.who_looked_elsewhere());
        learning.hits = hits_of(plan, verdicts);
        self.learning = Some(learning);
    }

    /// Learns about a member of the file that is being examined.
    pub(crate) fn learn_member(
        &mut self,
        subject: &Subject<'_>,
        digests: &Digests,
        interests: &Interests,
        verdicts: &[Verdict],
    ) {
        let plan = self.shared.plan;
        let Some(learning) = &mut self.learning else {
            return;
        };
        learning.add_interests(plan, interests);
        learning.add_failures(plan, verdicts, self.sessions.who_looked_elsewhere());
        if let Whereabouts::Container { members, kind, .. } = subject.whereabouts {
            learning.add(Inner::Member(Member {
                path: members.to_vec(),
                container: kind.to_owned(),
                size_bytes: subject.size_bytes,
                digests: KnownDigests::from(*digests),
                hits: hits_of(plan, verdicts),
            }));
        }
    }

    /// Learns that something in the file that is being examined could not be.
    pub(crate) fn learn_unopened(&mut self, path: &[Vec<u8>], reason: Reason, detail: &str) {
        if let Some(learning) = &mut self.learning {
            // What is in the bytes stays so while they do; another sweep may have more time, or a disk that reads.
            learning.is_too_much |= !matches!(
                reason,
                Reason::Budget
                    | Reason::Damaged
                    | Reason::Encrypted
                    | Reason::TooLarge
                    | Reason::UnsupportedContainer
            );
            learning.add(Inner::NotOpened(NotOpened {
                path: path.to_vec(),
                reason,
                detail: detail.to_owned(),
            }));
        }
    }

    /// Gives up to learn about the file that is being examined.
    pub(crate) fn unlearn(&mut self) {
        self.learning = None;
    }

    /// Keeps what was learned of a file that was read from its beginning to its end, or of which nothing else was wanted.
    pub(crate) fn remember(
        &mut self,
        item: &Listed<'_>,
        read: &ItemRead,
        head: Option<Head>,
        is_container: bool,
        began_at: Timestamp,
    ) {
        let (Some(memory), Some(learning)) = (&self.shared.memory, self.learning.take()) else {
            return;
        };
        if learning.is_too_much || self.shared.stop.is_now() {
            return;
        }
        let Ok(times) = FileTimes::of(&read.file) else {
            return;
        };
        let judged = memory.judged(&learning.failed, &learning.wanted);
        let contents = match memory.opener {
            Some(opener) if is_container => Contents::Container(opener, learning.inner),
            Some(opener) if item.stat.size_bytes > 0 => Contents::Plain(opener),
            _ => Contents::Unknown,
        };
        let facts = Facts {
            digests: KnownDigests::from(read.digests),
            head,
            judged,
            hits: learning.hits,
            contents,
        };
        let folder = self.folder_path.of(item.place);
        let reading = Reading {
            path: FilePath::new(folder, item.name.to_bytes()),
            file: FileIdentity::from(&read.stat),
            began_at,
            times,
        };
        memory.inventory.record(&reading, facts);
    }
}

impl Learning {
    fn add(&mut self, inner: Inner) {
        let (path, more) = match &inner {
            Inner::Member(member) => (&member.path, member.container.len()),
            Inner::NotOpened(not_opened) => (&not_opened.path, not_opened.detail.len()),
        };
        self.inner_bytes += path.iter().map(Vec::len).sum::<usize>() + more;
        if self.inner.len() < MEMBERS_MAX && self.inner_bytes <= FACT_BYTES_MAX {
            self.inner.push(inner);
        } else {
            // Nothing of it will be kept.
            self.is_too_much = true;
            self.inner = Vec::new();
        }
    }

    fn add_interests(&mut self, plan: &Plan<'_>, interests: &Interests) {
        for (target, wanted) in self.wanted.iter_mut().enumerate() {
            let detectors = plan.targets[target].detectors.iter();
            for (number, (wanted, planned)) in wanted.iter_mut().zip(detectors).enumerate() {
                *wanted |= !interests.is_unwanted((target, number), planned);
            }
        }
    }

    fn add_failures(
        &mut self,
        plan: &Plan<'_>,
        verdicts: &[Verdict],
        elsewhere: &[(usize, usize)],
    ) {
        for (target, verdict) in verdicts.iter().enumerate() {
            for (number, planned) in plan.targets[target].detectors.iter().enumerate() {
                // A match of no part could not be remembered, and would be missed the next time.
                let mut matches = verdict.matches.iter();
                let is_of_no_part = matches.any(|one| {
                    one.detector == number && one.found.part >= planned.fingerprints.len()
                });
                self.failed[target][number] |= is_of_no_part
                    || verdict.outcomes.reading(number + 1) == Read::Failed
                    || elsewhere.contains(&(target, number));
            }
        }
    }
}

fn hits_of(plan: &Plan<'_>, verdicts: &[Verdict]) -> Vec<KnownHit> {
    let mut hits = Vec::new();
    for (target, verdict) in verdicts.iter().enumerate() {
        for one in &verdict.matches {
            let planned = &plan.targets[target].detectors[one.detector];
            let Some(fingerprint) = planned.fingerprints.get(one.found.part) else {
                continue;
            };
            let hit = KnownHit {
                fingerprint: *fingerprint,
                kind: one.found.check.kind.observable_kind().to_owned(),
                indicator: one.found.check.indicator.clone(),
                value: one.found.value.clone(),
                place: one.found.place.clone(),
            };
            if !hits.contains(&hit) {
                hits.push(hit);
            }
        }
    }
    hits
}
