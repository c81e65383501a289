//! Between a sweep and its inventory: what need not be read again because its content was read in this very state, and
//! what is worth remembering of what was read.

use std::collections::HashSet;

use domain::{Algorithm, CheckKind, ItemKind, Reason};
use jiff::Timestamp;

use crate::conclude::{Content, Examined};
use crate::contained::contained;
use crate::detector::{Check, ItemFacts, Match, PartSet};
use crate::examine::Listed;
use crate::hash::{AlgorithmSet, Digests};
use crate::inventory::{
    Contents, FACT_BYTES_MAX, Facts, FileIdentity, FilePath, FileTimes, Head, Inner, Inventory,
    Judged, Judging, KnownDigests, KnownHit, MEMBERS_MAX, Member, NotOpened, Opener, Reading,
};
use crate::ledger::{Outcomes, Reading as Read};
use crate::matching::{Found, Interests, Missing, Verdict};
use crate::plan::{Need, Plan, PlannedDetector};
use crate::read::ItemRead;
use crate::subject::{Subject, Whereabouts};
use crate::walk::Worker;

/// What all threads of a sweep know of its inventory.
pub(crate) struct Memory<'s> {
    pub(crate) inventory: &'s Inventory,
    /// What opens containers in this sweep.
    opener: Option<Opener>,
    /// By target, then by detector.
    judgings: Vec<Vec<Judging>>,
    /// What every content is hashed with that is read anyway.
    pub(crate) algorithms: AlgorithmSet,
}

/// What an inventory says of a file.
pub(crate) enum Recalled {
    /// Something; the rest must be read.
    Partly(Box<Facts>),
    /// Everything: the file has been accounted for.
    Settled,
    /// Nothing that could be used.
    Unknown,
}

/// What is learned of one file while it is examined, and of what is inside it.
#[derive(Default)]
pub(crate) struct Learning {
    inner: Vec<Inner>,
    /// By target, then by detector: whether it could not judge everything, or not by its content alone.
    failed: Vec<Vec<bool>>,
    hits: Vec<KnownHit>,
    /// Of names and details of what is inside.
    inner_bytes: usize,
    is_too_much: bool,
}

impl<'s> Memory<'s> {
    pub(crate) fn new(inventory: &'s Inventory, plan: &Plan<'_>, opener: Option<Opener>) -> Self {
        let wanted = plan.algorithms();
        let asked_for = inventory.ask_for(&wanted);
        let algorithms = asked_for
            .into_iter()
            .chain([Algorithm::Sha256])
            .fold(AlgorithmSet::NONE, |set, one| {
                set.with(AlgorithmSet::of(one))
            });
        let judgings = plan.targets.iter().map(|target| {
            let detectors = target.detectors.iter();
            detectors
                .map(|planned| inventory.judging(&planned.fingerprints))
                .collect()
        });
        Self {
            inventory,
            opener,
            judgings: judgings.collect(),
            algorithms,
        }
    }

    /// Returns which parts of which detectors have not judged a content yet.
    fn missing(&self, judged: Judged) -> Missing {
        let missing = |judgings: &Vec<Judging>| {
            judgings
                .iter()
                .map(|judging| judging.missing(judged))
                .collect()
        };
        self.judgings.iter().map(missing).collect()
    }
}

impl Worker<'_, '_> {
    /// Notes that a file is where it was, so that what is known of it is kept.
    pub(crate) fn is_still_there(&mut self, item: &Listed<'_>) {
        if let Some(finder) = &mut self.finder {
            let folder = self.folder_path.of(item.place);
            finder.see(FilePath::new(folder, item.name.to_bytes()));
        }
    }

    /// Tells whether all that is to be said of a file is remembered; it is accounted for then.
    pub(crate) fn is_settled_by_memory(&mut self, item: &Listed<'_>) -> bool {
        if self.finder.is_none() {
            return false;
        }
        let (place, name) = (item.place, item.name.to_bytes());
        let need = self.plan_item(&|| place.join(name), name, item.stat.size_bytes);
        matches!(self.recall(item, need), Recalled::Settled)
    }

    /// Asks the inventory about a file, and accounts for it where that answers everything.
    pub(crate) fn recall(&mut self, item: &Listed<'_>, need: Need) -> Recalled {
        let (Some(memory), Some(finder)) = (&self.shared.memory, &mut self.finder) else {
            return Recalled::Unknown;
        };
        let folder = self.folder_path.of(item.place);
        let path = FilePath::new(folder, item.name.to_bytes());
        let Some(known) = finder.find(path, &FileIdentity::from(&item.stat)) else {
            return Recalled::Unknown;
        };
        let missing = memory.missing(known.judged);
        let subject = item.subject();
        if self.settles(&subject, &known, need, &missing) {
            self.conclude_from_memory(&subject, &known, &missing);
            return Recalled::Settled;
        }
        Recalled::Partly(Box::new(known))
    }

    /// Tells whether a digest that is known of a file is one that is sought.
    pub(crate) fn is_sought(&self, known: &KnownDigests) -> bool {
        let plan = self.shared.plan;
        Digests::from(*known)
            .iter()
            .any(|digest| plan.wanted(&digest).next().is_some())
    }

    /// Returns the parts of detectors that have not judged what is known; nothing where its contents are to be opened
    /// again, and everything is asked again.
    pub(crate) fn missing_parts(&self, known: &Facts) -> Option<Missing> {
        let memory = self.shared.memory.as_ref()?;
        match known.contents {
            Contents::Container(..) => None,
            Contents::Unknown | Contents::Plain(_) => Some(memory.missing(known.judged)),
        }
    }

    /// Tells whether what is known of a file answers every question about it and what is inside it.
    fn settles(
        &mut self,
        subject: &Subject<'_>,
        known: &Facts,
        need: Need,
        missing: &Missing,
    ) -> bool {
        let shared = self.shared;
        let Some(memory) = &shared.memory else {
            return false;
        };
        let is_finding = !self.named.is_empty() || !known.hits.is_empty();
        if !self.digests_settle(&known.digests, need, is_finding) {
            return false;
        }
        let no_head = Head::default();
        let remembered = known.head.as_ref().unwrap_or(&no_head).as_bytes();
        let path = subject.path();
        let facts = subject.facts(&path);
        let interests = if known.head.is_some() {
            Interests::from_memory(shared.plan, &facts, remembered, missing.clone())
        } else {
            Interests::of_missing(shared.plan, &facts, None, Some(missing.clone()))
        };
        if !interests.are_none() {
            return false;
        }
        let Some(opener) = memory.opener.filter(|_| subject.size_bytes > 0) else {
            return true;
        };
        match known.contents_by(opener) {
            Contents::Unknown => false,
            Contents::Plain(_) => true,
            Contents::Container(_, inner) => inner
                .iter()
                .all(|inner| self.settles_inner(subject, &path, inner, missing)),
        }
    }

    fn settles_inner(
        &mut self,
        outer: &Subject<'_>,
        outer_path: &[u8],
        inner: &Inner,
        missing: &Missing,
    ) -> bool {
        let Inner::Member(member) = inner else {
            return true;
        };
        let subject = member_subject(outer, outer_path, member);
        let path = subject.path();
        let outer_named = std::mem::take(&mut self.named);
        let need = self.plan_member(&path, member.size_bytes);
        let is_finding = !self.named.is_empty() || !member.hits.is_empty();
        let settled = self.digests_settle(&member.digests, need, is_finding);
        self.named = outer_named;
        let facts = subject.facts(&path);
        let plan = self.shared.plan;
        settled && Interests::of_missing(plan, &facts, None, Some(missing.clone())).are_none()
    }

    /// A finding shows every digest, and a content that is one is read again to show them.
    fn digests_settle(&self, known: &KnownDigests, need: Need, is_finding: bool) -> bool {
        let digests = Digests::from(*known);
        digests.have(need.algorithms)
            && (digests.are_complete() || !(is_finding || self.is_sought(known)))
    }

    fn conclude_from_memory(&mut self, subject: &Subject<'_>, known: &Facts, missing: &Missing) {
        let path = subject.path();
        let facts = subject.facts(&path);
        let verdicts = self.remembered_verdicts(&facts, &known.hits, missing);
        let examined = Examined {
            subject,
            content: Content::Known,
            digests: Digests::from(known.digests),
            failure: None,
            was_wanted: true,
        };
        self.conclude(examined, verdicts);
        let opener = self.shared.memory.as_ref().and_then(|memory| memory.opener);
        if let Some(Contents::Container(_, inner)) = opener.map(|opener| known.contents_by(opener))
        {
            let mut examined: HashSet<&[Vec<u8>]> = HashSet::new();
            for inner in inner {
                self.conclude_inner(subject, &path, inner, missing, &mut examined);
            }
        }
    }

    fn conclude_inner<'k>(
        &mut self,
        outer: &Subject<'_>,
        outer_path: &[u8],
        inner: &'k Inner,
        missing: &Missing,
        examined: &mut HashSet<&'k [Vec<u8>]>,
    ) {
        match inner {
            Inner::Member(member) => {
                examined.insert(&member.path);
                let subject = member_subject(outer, outer_path, member);
                self.ledger.count_item(subject.kind, subject.size_bytes);
                let path = subject.path();
                self.plan_member(&path, member.size_bytes);
                let facts = subject.facts(&path);
                let verdicts = self.remembered_verdicts(&facts, &member.hits, missing);
                let examined = Examined {
                    subject: &subject,
                    content: Content::Known,
                    digests: Digests::from(member.digests),
                    failure: None,
                    was_wanted: true,
                };
                self.conclude(examined, verdicts);
            }
            Inner::NotOpened(not_opened) => {
                let path = &not_opened.path;
                let is_item = !path.is_empty() && examined.insert(path);
                self.account_unopened(outer, outer_path, not_opened, is_item);
            }
        }
    }

    /// Returns what detectors came to when they judged a content.
    fn remembered_verdicts(
        &self,
        facts: &ItemFacts<'_>,
        hits: &[KnownHit],
        missing: &Missing,
    ) -> Vec<Verdict> {
        let plan = self.shared.plan;
        let mut verdicts: Vec<Verdict> = plan
            .targets
            .iter()
            .map(|target| Verdict::unread(Outcomes::none(target)))
            .collect();
        self.add_hits(facts, hits, missing, &mut verdicts);
        verdicts
    }

    /// Adds what is remembered of the parts that need not be asked again.
    pub(crate) fn add_remembered(
        &self,
        facts: &ItemFacts<'_>,
        known: &Facts,
        missing: &Missing,
        verdicts: &mut [Verdict],
    ) {
        self.add_hits(facts, &known.hits, missing, verdicts);
    }

    fn add_hits(
        &self,
        facts: &ItemFacts<'_>,
        hits: &[KnownHit],
        missing: &Missing,
        verdicts: &mut [Verdict],
    ) {
        let plan = self.shared.plan;
        // By metadata or by content: whoever had an interest before would have it now.
        let interests = Interests::of(plan, facts, None);
        for (target, planned) in plan.targets.iter().enumerate() {
            let verdict = &mut verdicts[target];
            for (number, planned) in planned.detectors.iter().enumerate() {
                let missing = &missing[target][number];
                let is_known = !missing.is_all();
                if is_known && interests.has(target, number) {
                    verdict.outcomes.improve(number + 1, Read::Complete);
                }
                let remembered: Vec<Match> = hits
                    .iter()
                    .flat_map(|hit| matches_of(planned, missing, hit))
                    .collect();
                for found in remembered {
                    // Alerts that call the same part otherwise each had their match kept.
                    let mut others = verdict.matches.iter();
                    if others.any(|other| other.detector == number && other.found == found) {
                        continue;
                    }
                    verdict.outcomes.improve(number + 1, Read::Complete);
                    verdict.matches.push(Found {
                        detector: number,
                        found,
                    });
                }
            }
        }
    }

    /// Begins to learn about a file, of which detectors came to `verdicts`.
    pub(crate) fn begin_learning(&mut self, verdicts: &[Verdict]) {
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
        learning.add_failures(plan, verdicts, self.sessions.who_looked_elsewhere());
        learning.hits = hits_of(plan, verdicts);
        self.learning = Some(learning);
    }

    /// Learns about a member of the file that is being examined.
    pub(crate) fn learn_member(
        &mut self,
        subject: &Subject<'_>,
        digests: &Digests,
        verdicts: &[Verdict],
    ) {
        let plan = self.shared.plan;
        let Some(learning) = &mut self.learning else {
            return;
        };
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
        let mut judged = Judged::NOTHING;
        for (judgings, failed) in memory.judgings.iter().zip(&learning.failed) {
            for (judging, failed) in judgings.iter().zip(failed) {
                if !failed {
                    judged = judged.with(judging);
                }
            }
        }
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

fn member_subject<'m>(
    outer: &Subject<'_>,
    outer_path: &'m [u8],
    member: &'m Member,
) -> Subject<'m> {
    Subject {
        kind: ItemKind::Member,
        whereabouts: Whereabouts::Container {
            outer: outer_path,
            members: &member.path,
            kind: &member.container,
        },
        size_bytes: member.size_bytes,
        owner_id: outer.owner_id,
        modified: outer.modified,
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

/// Returns what a remembered match is now: one match for each part with its fingerprint that need not be asked again.
fn matches_of(planned: &PlannedDetector<'_>, missing: &PartSet, hit: &KnownHit) -> Vec<Match> {
    let Some(remembered) = check_of(hit) else {
        return Vec::new();
    };
    let numbered = planned.fingerprints.iter().enumerate();
    numbered
        .filter(|(part, fingerprint)| **fingerprint == hit.fingerprint && !missing.contains(*part))
        .filter_map(|(part, _)| {
            Some(Match {
                part,
                // A detector that panics over it answers for the id that it gave the match before.
                check: contained(|| planned.detector.check_of(part, &remembered))
                    .unwrap_or_else(|| Some(remembered.clone()))?,
                value: hit.value.clone(),
                place: hit.place.clone(),
            })
        })
        .collect()
}

fn check_of(hit: &KnownHit) -> Option<Check> {
    let kind = CheckKind::ALL
        .into_iter()
        .find(|kind| kind.observable_kind() == hit.kind)?;
    Some(Check {
        kind,
        indicator: hit.indicator.clone(),
    })
}
