//! Between a sweep and its inventory: what need not be read again because its content was read in this very state, and
//! what is worth remembering of what was read.

use std::collections::HashSet;
use std::rc::Rc;

use domain::{Algorithm, CheckKind, ItemKind};

use crate::conclude::{Content, Examined};
use crate::contained::contained;
use crate::detector::{Check, ItemFacts, Match, PartSet};
use crate::examine::Listed;
use crate::hash::{AlgorithmSet, Digests};
use crate::inventory::{
    Contents, Facts, FileIdentity, FilePath, Head, Inner, Inventory, Judged, Judging, KnownDigests,
    KnownHit, Member, Opener,
};
use crate::ledger::{Outcomes, Reading as Read};
use crate::matching::{Found, Interests, Missing, Verdict};
use crate::plan::{Need, Plan, PlannedDetector};
use crate::subject::{Subject, Whereabouts};
use crate::walk::Worker;

/// Answers that a thread keeps about who judged a content: nearly all were judged by the same few.
const LEFT_OPEN_KEPT: usize = 16;

/// What all threads of a sweep know of its inventory.
pub(crate) struct Memory<'s> {
    pub(crate) inventory: &'s Inventory,
    /// What opens containers in this sweep.
    pub(crate) opener: Option<Opener>,
    /// By target, then by detector.
    judges: Vec<Vec<Judge>>,
    /// What every content is hashed with that is read anyway.
    pub(crate) algorithms: AlgorithmSet,
}

/// How the inventory knows a detector.
struct Judge {
    parts: Judging,
    /// Of which contents it is known that nothing in them is of the detector's kind, whatever an alert seeks.
    kind: Option<Judging>,
}

/// What those who judged a content leave open.
#[derive(Clone, Default)]
pub(crate) struct LeftOpen {
    /// The parts that have not judged it.
    pub(crate) missing: Missing,
    /// By target, then by detector: whether nothing in it is of the detector's kind.
    unwanted: Vec<Vec<bool>>,
    /// Whether nothing is left open, and nobody ever wanted anything.
    is_nothing: bool,
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
        let judge = |planned: &PlannedDetector<'_>| Judge {
            parts: inventory.judging(&planned.fingerprints),
            kind: planned.kind.map(|kind| inventory.judging(&[kind])),
        };
        let judges = plan
            .targets
            .iter()
            .map(|target| target.detectors.iter().map(judge).collect());
        Self {
            inventory,
            opener,
            judges: judges.collect(),
            algorithms,
        }
    }

    /// Returns by whom a content was judged now: whoever did not fail, and whoever wanted nothing in it.
    pub(crate) fn judged(&self, failed: &[Vec<bool>], wanted: &[Vec<bool>]) -> Judged {
        let mut judged = Judged::NOTHING;
        for (judges, (failed, wanted)) in self.judges.iter().zip(failed.iter().zip(wanted)) {
            for (judge, (failed, wanted)) in judges.iter().zip(failed.iter().zip(wanted)) {
                if !failed {
                    judged = judged.with(&judge.parts);
                }
                if let Some(kind) = judge.kind.as_ref().filter(|_| !failed && !wanted) {
                    judged = judged.with(kind);
                }
            }
        }
        judged
    }

    fn left_open(&self, judged: Judged) -> LeftOpen {
        let mut left = LeftOpen {
            missing: Vec::new(),
            unwanted: Vec::new(),
            is_nothing: true,
        };
        for judges in &self.judges {
            let is_unwanted = |judge: &Judge| {
                let mut kind = judge.kind.iter();
                kind.any(|kind| kind.is_complete(judged))
            };
            let missing = |judge: &Judge| {
                if is_unwanted(judge) {
                    judge.parts.nothing()
                } else {
                    judge.parts.missing(judged)
                }
            };
            left.missing.push(judges.iter().map(missing).collect());
            left.unwanted.push(judges.iter().map(is_unwanted).collect());
            left.is_nothing &= judges.iter().all(is_unwanted);
        }
        left
    }
}

impl LeftOpen {
    /// Adds the parts whose remembered matches belong to no check that their detector makes now: in doubt, they are
    /// asked again.
    fn doubt(&mut self, plan: &Plan<'_>, hits: &[KnownHit]) {
        for (target, missing) in plan.targets.iter().zip(&mut self.missing) {
            for (planned, missing) in target.detectors.iter().zip(missing) {
                for hit in hits {
                    for part in parts_of(planned, hit) {
                        if match_of(planned, part, hit).is_none() {
                            missing.add(part);
                        }
                    }
                }
            }
        }
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
        let Some(finder) = &mut self.finder else {
            return Recalled::Unknown;
        };
        let folder = self.folder_path.of(item.place);
        let path = FilePath::new(folder, item.name.to_bytes());
        let Some(known) = finder.find(path, &FileIdentity::from(&item.stat)) else {
            return Recalled::Unknown;
        };
        let left = self.left_open(&known);
        let subject = item.subject();
        if self.settles(&subject, &known, need, &left) {
            self.conclude_from_memory(&subject, &known, &left);
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
    pub(crate) fn missing_parts(&mut self, known: &Facts) -> Option<Missing> {
        match known.contents {
            Contents::Container(..) => None,
            Contents::Unknown | Contents::Plain(_) => Some(self.left_open(known).missing.clone()),
        }
    }

    /// Returns what those who judged a content leave open. Many contents were judged by the same.
    fn left_open(&mut self, known: &Facts) -> Rc<LeftOpen> {
        let before = self.left_open.iter().find(|(of, _)| *of == known.judged);
        let left = match (before, &self.shared.memory) {
            (Some((_, left)), _) => Rc::clone(left),
            (None, None) => Rc::default(),
            (None, Some(memory)) => {
                let left = Rc::new(memory.left_open(known.judged));
                if self.left_open.len() >= LEFT_OPEN_KEPT {
                    self.left_open.clear();
                }
                self.left_open.push((known.judged, Rc::clone(&left)));
                left
            }
        };
        if known.hits.is_empty() {
            return left;
        }
        let mut left = Rc::unwrap_or_clone(left);
        left.doubt(self.shared.plan, &known.hits);
        Rc::new(left)
    }

    /// Tells whether what is known of a file answers every question about it and what is inside it.
    fn settles(
        &mut self,
        subject: &Subject<'_>,
        known: &Facts,
        need: Need,
        left: &LeftOpen,
    ) -> bool {
        let shared = self.shared;
        let Some(memory) = &shared.memory else {
            return false;
        };
        let is_finding = !self.named.is_empty() || !known.hits.is_empty();
        if !self.digests_settle(&known.digests, need, is_finding) {
            return false;
        }
        let path = subject.path();
        let remembered = known.head.as_ref().map(Head::as_bytes);
        let is_settled = left.is_nothing || {
            let facts = subject.facts(&path);
            Interests::are_settled(shared.plan, &facts, remembered, &left.missing)
        };
        let Some(opener) = memory.opener.filter(|_| subject.size_bytes > 0) else {
            return is_settled;
        };
        is_settled
            && match known.contents_by(opener) {
                Contents::Unknown => false,
                Contents::Plain(_) => true,
                Contents::Container(_, inner) => inner
                    .iter()
                    .all(|inner| self.settles_inner(subject, &path, inner, left)),
            }
    }

    fn settles_inner(
        &mut self,
        outer: &Subject<'_>,
        outer_path: &[u8],
        inner: &Inner,
        left: &LeftOpen,
    ) -> bool {
        let Inner::Member(member) = inner else {
            return true;
        };
        let subject = member_subject(outer, outer_path, member);
        let outer_named = std::mem::take(&mut self.named);
        let need = self.plan_member(&subject);
        let is_finding = !self.named.is_empty() || !member.hits.is_empty();
        let settled = self.digests_settle(&member.digests, need, is_finding);
        self.named = outer_named;
        let plan = self.shared.plan;
        if !settled || !are_trusted(plan, &member.hits, left) {
            return false;
        }
        left.is_nothing || {
            let path = subject.path();
            Interests::are_settled(plan, &subject.facts(&path), None, &left.missing)
        }
    }

    /// A finding shows every digest, and a content that is one is read again to show them.
    fn digests_settle(&self, known: &KnownDigests, need: Need, is_finding: bool) -> bool {
        let digests = Digests::from(*known);
        digests.have(need.algorithms)
            && (digests.are_complete() || !(is_finding || self.is_sought(known)))
    }

    fn conclude_from_memory(&mut self, subject: &Subject<'_>, known: &Facts, left: &LeftOpen) {
        let path = subject.path();
        let facts = subject.facts(&path);
        let verdicts = self.remembered_verdicts(&facts, &known.hits, left);
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
                self.conclude_inner((subject, &path), inner, left, &mut examined);
            }
        }
    }

    fn conclude_inner<'k>(
        &mut self,
        (outer, outer_path): (&Subject<'_>, &[u8]),
        inner: &'k Inner,
        left: &LeftOpen,
        examined: &mut HashSet<&'k [Vec<u8>]>,
    ) {
        match inner {
            Inner::Member(member) => {
                examined.insert(&member.path);
                self.conclude_member(&member_subject(outer, outer_path, member), member, left);
            }
            Inner::NotOpened(not_opened) => {
                let path = &not_opened.path;
                let is_item = !path.is_empty() && examined.insert(path);
                self.account_unopened(outer, outer_path, not_opened, is_item);
            }
        }
    }

    fn conclude_member(&mut self, subject: &Subject<'_>, member: &Member, left: &LeftOpen) {
        self.ledger.count_item(subject.kind, subject.size_bytes);
        self.plan_member(subject);
        let is_found = !self.named.is_empty() || !member.hits.is_empty();
        if left.is_nothing && !is_found && !self.is_sought(&member.digests) {
            for (target, ledger) in self
                .shared
                .plan
                .targets
                .iter()
                .zip(&mut self.ledger.targets)
            {
                ledger.count_hashed(target, subject.size_bytes, &[], Read::Complete);
                ledger.count_unwanted();
            }
            return;
        }
        let path = subject.path();
        let facts = subject.facts(&path);
        let verdicts = self.remembered_verdicts(&facts, &member.hits, left);
        let examined = Examined {
            subject,
            content: Content::Known,
            digests: Digests::from(member.digests),
            failure: None,
            was_wanted: true,
        };
        self.conclude(examined, verdicts);
    }

    /// Returns what detectors came to when they judged a content.
    fn remembered_verdicts(
        &self,
        facts: &ItemFacts<'_>,
        hits: &[KnownHit],
        left: &LeftOpen,
    ) -> Vec<Verdict> {
        let plan = self.shared.plan;
        let mut verdicts: Vec<Verdict> = plan
            .targets
            .iter()
            .map(|target| Verdict::unread(Outcomes::none(target)))
            .collect();
        if !left.is_nothing {
            self.add_hits(facts, hits, &left.missing, left, &mut verdicts);
        }
        verdicts
    }

    /// Adds what is remembered of the parts that need not be asked again.
    pub(crate) fn add_remembered(
        &mut self,
        facts: &ItemFacts<'_>,
        known: &Facts,
        missing: &Missing,
        verdicts: &mut [Verdict],
    ) {
        let left = self.left_open(known);
        self.add_hits(facts, &known.hits, missing, &left, verdicts);
    }

    fn add_hits(
        &self,
        facts: &ItemFacts<'_>,
        hits: &[KnownHit],
        missing: &Missing,
        left: &LeftOpen,
        verdicts: &mut [Verdict],
    ) {
        let plan = self.shared.plan;
        // By metadata or by content: whoever had an interest before would have it now.
        let interests = Interests::of(plan, facts, None);
        for (target, planned) in plan.targets.iter().enumerate() {
            let verdict = &mut verdicts[target];
            for (number, planned) in planned.detectors.iter().enumerate() {
                let missing = &missing[target][number];
                let is_known = !missing.is_all() && !left.unwanted[target][number];
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

/// Tells whether every remembered match belongs to a check that its detector makes now, or is asked for again.
fn are_trusted(plan: &Plan<'_>, hits: &[KnownHit], left: &LeftOpen) -> bool {
    hits.is_empty() || {
        let mut doubted = left.clone();
        doubted.doubt(plan, hits);
        doubted.missing == left.missing
    }
}

/// Returns what a remembered match is now: one match for each part with its fingerprint that need not be asked again.
fn matches_of(planned: &PlannedDetector<'_>, missing: &PartSet, hit: &KnownHit) -> Vec<Match> {
    parts_of(planned, hit)
        .filter(|part| !missing.contains(*part))
        .filter_map(|part| match_of(planned, part, hit))
        .collect()
}

/// Returns the parts that a remembered match is of.
fn parts_of(planned: &PlannedDetector<'_>, hit: &KnownHit) -> impl Iterator<Item = usize> {
    let numbered = planned.fingerprints.iter().enumerate();
    numbered
        .filter(|(_, fingerprint)| **fingerprint == hit.fingerprint)
        .map(|(part, _)| part)
}

/// Returns what a part's remembered match is now; nothing where it is of no check that the detector makes.
fn match_of(planned: &PlannedDetector<'_>, part: usize, hit: &KnownHit) -> Option<Match> {
    let remembered = check_of(hit)?;
    // A detector that panics over it answers for the id that it gave the match before.
    let check = contained(|| planned.detector.check_of(part, &remembered))
        .unwrap_or_else(|| Some(remembered.clone()))?;
    planned.checks.contains(&check).then(|| Match {
        part,
        check,
        value: hit.value.clone(),
        place: hit.place.clone(),
    })
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
