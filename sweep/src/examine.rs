//! One item from being listed to being accounted for: read as the plan asks, matched, judged, counted.

use std::ffi::CStr;
use std::sync::{Arc, PoisonError};

use domain::{CheckKind, Digest, Finding, Hit, ItemKind, Judgement, Reason, Strength, Why};
use jiff::Timestamp;

use crate::detector::{Interest, Match};
use crate::findings::{HITS_MAX, Pending};
use crate::hash::{AlgorithmSet, Digests};
use crate::in_hand::{Skip, What};
use crate::inventory::{Facts, Head};
use crate::judge::{
    ContentEvidence, Evidence, Location, judge_indicator, judge_rule, judge_trace, lower_known,
    worse,
};
use crate::ledger::{Outcomes, Reading};
use crate::matching::{Interests, Pieces, Verdict};
use crate::names::{ItemComponents, NameKind};
use crate::places::Place;
use crate::plan::{Need, Plan, TargetPlan, Wanted};
use crate::platform::{EntryKind, FolderHandle, Stat, path_from_bytes};
use crate::read::{ItemRead, NotRead, Wanted as ToRead, reason_of};
use crate::recall::Recalled;
use crate::subject::{Subject, Whereabouts};
use crate::walk::Worker;

/// How often a file that changes while it is read is tried.
const ATTEMPTS: usize = 3;

/// A file as it was listed.
pub(crate) struct Listed<'i> {
    pub(crate) place: &'i Arc<Place>,
    pub(crate) folder: &'i Arc<FolderHandle>,
    pub(crate) name: &'i CStr,
    pub(crate) stat: Stat,
}

/// Everything known about one item once it was read, or could not be.
pub(crate) struct Examined<'i, 'c> {
    pub(crate) subject: &'i Subject<'i>,
    pub(crate) content: Content<'c>,
    /// What was computed of its digests.
    pub(crate) digests: Digests,
    pub(crate) failure: Option<Reason>,
    /// Whether anybody wanted to read it.
    pub(crate) was_wanted: bool,
}

/// Where an item's content is.
pub(crate) enum Content<'c> {
    /// It was read by an earlier sweep, and is the same.
    Known,
    InMemory(&'c [u8]),
    /// Nothing was read.
    Nothing,
    OnDisk(&'c mut ItemRead),
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

/// One indicator that something speaks for.
struct Involved {
    indicator: usize,
    location: Location,
    digests: Vec<Digest>,
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
                        self.ledger.item_bytes -= item.stat.size_bytes;
                        self.ledger.item_bytes += stat.size_bytes;
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
        if !self.reader.can_hold(item.stat.size_bytes) {
            interests.take_pieces();
        }
        let mut wanted = ToRead {
            algorithms: need.algorithms,
            whole: interests.any(Interest::Whole),
            pieces: interests.any(Interest::Pieces) || interests.any(Interest::Head),
        };
        if let Some(memory) = &shared.memory
            && (wanted.whole || wanted.pieces || !wanted.algorithms.is_empty())
        {
            // Every byte is read anyway: the next alert's digests cost a look-up then.
            wanted.algorithms = wanted.algorithms.with(memory.algorithms);
        }
        let mut pieces = self.sessions.start(&facts, &interests);
        let sessions = &mut self.sessions;
        let mut each = |piece: &[u8]| sessions.push(&mut pieces, piece);
        let read = self
            .reader
            .read(opened, &item.stat, wanted, &shared.stop, &mut each)?;
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
        self.begin_learning(&verdicts);
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

    /// Accounts for an item, and judges it for every alert. What it is sought for by name is in `self.named`.
    pub(crate) fn conclude(&mut self, mut examined: Examined<'_, '_>, verdicts: Vec<Verdict>) {
        let plan = self.shared.plan;
        let digest_hits = examined.digest_hits(plan);
        for ((number, target), verdict) in plan.targets.iter().enumerate().zip(verdicts) {
            let involved = self.count_hashes(number, target, &examined, &digest_hits);
            let matches = self.count_matches(number, target, &examined, verdict);
            if !involved.is_empty() || !matches.is_empty() {
                self.judge(number, target, &mut examined, &involved, matches);
            }
        }
    }

    /// Accounts for names, paths and digests, and returns the indicators that matched.
    fn count_hashes(
        &mut self,
        number: usize,
        target: &TargetPlan<'_>,
        examined: &Examined<'_, '_>,
        digest_hits: &[(Wanted, Digest)],
    ) -> Vec<Involved> {
        let (involved, named) = self.gather(number, digest_hits);
        let size_bytes = examined.subject.size_bytes;
        let ledger = &mut self.ledger.targets[number];
        for one in &involved {
            let wanted = Wanted {
                target: number,
                indicator: one.indicator,
            };
            let has = |kind: fn(&NameKind<'_>) -> bool| {
                self.named
                    .iter()
                    .any(|entry| entry.wanted == wanted && kind(&entry.kind))
            };
            if has(|kind| matches!(kind, NameKind::FileName(_))) {
                ledger.count_file_name_hit(wanted);
            }
            if has(|kind| matches!(kind, NameKind::Path(_))) {
                ledger.count_path_hit(wanted);
            }
        }
        let reading = match examined.failure {
            None => Reading::Complete,
            Some(_) => Reading::Failed,
        };
        ledger.count_hashed(target, size_bytes, &named, reading);
        for one in involved.iter().filter(|one| !one.digests.is_empty()) {
            let item = (size_bytes, named.as_slice());
            ledger.count_digest_hit(target, one.indicator, item, reading);
        }
        if let Some(reason) = examined.failure {
            let hashed = !target.everything.is_empty()
                || target.sizes.segment(size_bytes).is_some()
                || !named.is_empty();
            if hashed || examined.was_wanted {
                let path = || examined.subject.item_path();
                self.ledger
                    .note_for(number, reason, &path, &self.why_skipped);
            }
        }
        involved
    }

    /// Returns the indicators of a target that matched, and all those of which a name was met, each once.
    fn gather(
        &self,
        number: usize,
        digest_hits: &[(Wanted, Digest)],
    ) -> (Vec<Involved>, Vec<usize>) {
        let mut involved: Vec<Involved> = Vec::new();
        let mut named: Vec<usize> = Vec::new();
        for entry in self.named.iter().filter(|e| e.wanted.target == number) {
            let indicator = entry.wanted.indicator;
            if !named.contains(&indicator) {
                named.push(indicator);
            }
            let location = match entry.kind {
                NameKind::FileName(_) => Location::Name,
                NameKind::Path(_) => Location::Path,
                NameKind::NameOfPath => continue,
            };
            let one = find_or_add(&mut involved, indicator);
            one.location = one.location.max(location);
        }
        for (wanted, digest) in digest_hits {
            if wanted.target == number {
                find_or_add(&mut involved, wanted.indicator)
                    .digests
                    .push(*digest);
            }
        }
        (involved, named)
    }

    /// Accounts for what the detectors came to, and returns what matched.
    fn count_matches(
        &mut self,
        number: usize,
        target: &TargetPlan<'_>,
        examined: &Examined<'_, '_>,
        verdict: Verdict,
    ) -> Vec<Match> {
        let Verdict {
            outcomes,
            mut matches,
            failures,
        } = verdict;
        for (reason, message) in failures {
            // An item that could not be read is noted once, for that.
            if examined.failure.is_none() {
                let path = || examined.subject.item_path();
                self.ledger.note_for(number, reason, &path, &message);
            }
        }
        matches.retain(|one| target.is_asked_for(&one.found.check));
        let matches: Vec<Match> = matches.into_iter().map(|one| one.found).collect();
        let mut checks: Vec<usize> = matches
            .iter()
            .filter_map(|found| target.check_number(&found.check))
            .collect();
        checks.sort_unstable();
        checks.dedup();
        let ledger = &mut self.ledger.targets[number];
        ledger.count_outcomes(&outcomes);
        for check in checks {
            ledger.count_check_hit(target, check, &outcomes);
        }
        matches
    }

    fn judge(
        &mut self,
        number: usize,
        target: &TargetPlan<'_>,
        examined: &mut Examined<'_, '_>,
        involved: &[Involved],
        matches: Vec<Match>,
    ) {
        self.complete_digests(examined);
        let mut hits = self.hits_of(number, involved);
        let mut judged: Option<(Judgement, Why)> = None;
        let mut add = |next: (Judgement, Why)| {
            judged = Some(judged.map_or(next, |so_far| worse(so_far, next)));
        };
        let mut members = Vec::new();
        for one in involved {
            let content = content_evidence(target, one, examined);
            let indicator = &target.alert.indicators[one.indicator];
            let evidence = Evidence {
                role: indicator.role,
                confidence: indicator.confidence,
                location: one.location,
                content,
            };
            judge_indicator(&evidence).into_iter().for_each(&mut add);
            members.push((one.indicator, one.location, content));
        }
        for found in matches {
            let id = found.check.indicator.as_str();
            if let Some(rule) = target.rule_numbers.get(id) {
                let rule = &target.alert.rules[*rule];
                add(judge_rule(rule.role, rule.confidence));
            } else if let Some(indicator) = target.indicator_numbers.get(id) {
                add(judge_trace(target.alert.indicators[*indicator].role));
                members.push((*indicator, Location::Elsewhere, ContentEvidence::Unknown));
            }
            hits.push(hit_of(found));
        }
        let hits_left_out = hits.len().saturating_sub(HITS_MAX) as u64;
        hits.truncate(HITS_MAX);
        let Some(judged) = judged else {
            return;
        };
        let package = self.package_of(examined);
        let (judgement, why) = match package {
            Some(_) => lower_known(judged),
            None => judged,
        };
        let pending = Pending {
            finding: Finding {
                hits_left_out,
                package,
                ..examined.finding(judgement, why, hits)
            },
            folder: examined.subject.folder(),
            members,
        };
        self.shared.count_finding();
        self.shared.findings[number]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(pending);
    }

    /// Works out the digests that the plan had no need of, for a finding.
    fn complete_digests(&mut self, examined: &mut Examined<'_, '_>) {
        match &mut examined.content {
            Content::InMemory(content) => {
                examined.digests = Digests::of(content, AlgorithmSet::ALL);
            }
            Content::Known | Content::Nothing => {}
            Content::OnDisk(read) => {
                self.reader.complete_digests(read, &self.shared.stop);
                examined.digests = read.digests;
            }
        }
    }

    fn package_of(&self, examined: &Examined<'_, '_>) -> Option<String> {
        let packages = self.shared.surroundings.packages?;
        if examined.subject.kind != ItemKind::File || examined.failure.is_some() {
            return None;
        }
        let path = examined.subject.path();
        let digests: Vec<Digest> = examined.digests.iter().collect();
        packages.package_of(path_from_bytes(&path), &digests)
    }

    fn hits_of(&self, number: usize, involved: &[Involved]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let target = &self.shared.plan.targets[number];
        for one in involved {
            let id = &target.alert.indicators[one.indicator].id;
            let mut add = |kind: &str, value: String, strength| {
                hits.push(Hit {
                    indicator: id.clone(),
                    kind: kind.to_owned(),
                    value,
                    strength,
                    place: None,
                });
            };
            for digest in &one.digests {
                let observable = domain::Observable::Digest(*digest);
                add(observable.kind(), observable.value(), Strength::Content);
            }
            for entry in &self.named {
                if entry.wanted.target != number || entry.wanted.indicator != one.indicator {
                    continue;
                }
                match entry.kind {
                    NameKind::FileName(name) => {
                        add("file-name", name.to_string(), Strength::Name);
                    }
                    NameKind::Path(path) => add("path", path.to_string(), Strength::Path),
                    NameKind::NameOfPath => {}
                }
            }
        }
        hits
    }
}

/// Returns a detector's match as a finding lists it.
fn hit_of(found: Match) -> Hit {
    let strength = match found.check.kind {
        CheckKind::Yara => Strength::Content,
        _ => Strength::Trace,
    };
    Hit {
        indicator: found.check.indicator,
        kind: found.check.kind.observable_kind().to_owned(),
        value: found.value,
        strength,
        place: found.place,
    }
}

impl Examined<'_, '_> {
    /// Returns the digests that are sought, and by whom.
    fn digest_hits(&self, plan: &Plan<'_>) -> Vec<(Wanted, Digest)> {
        let mut hits = Vec::new();
        for digest in self.digests.iter() {
            hits.extend(plan.wanted(&digest).map(|wanted| (wanted, digest)));
        }
        hits
    }

    fn was_read(&self) -> bool {
        !matches!(self.content, Content::Nothing)
    }

    fn finding(&self, judgement: Judgement, why: Why, hits: Vec<Hit>) -> Finding {
        let (size_bytes, modified) = match &self.content {
            Content::OnDisk(read) => (read.stat.size_bytes, Some(read.stat.modified.0)),
            _ => (self.subject.size_bytes, self.subject.modified),
        };
        let text = |digest: Option<Digest>| digest.map(|digest| digest.to_string());
        Finding {
            judgement,
            why,
            kind: self.subject.kind,
            item: self.subject.item_path(),
            size_bytes,
            modified_at: modified.and_then(|second| Timestamp::from_second(second).ok()),
            md5: text(self.digests.md5),
            sha1: text(self.digests.sha1),
            sha256: text(self.digests.sha256),
            hits,
            hits_left_out: 0,
            combinations: Vec::new(),
            package: None,
            isolation: None,
        }
    }
}

fn find_or_add(involved: &mut Vec<Involved>, indicator: usize) -> &mut Involved {
    let known = involved.iter().position(|one| one.indicator == indicator);
    let index = known.unwrap_or_else(|| {
        involved.push(Involved {
            indicator,
            location: Location::Elsewhere,
            digests: Vec::new(),
        });
        involved.len() - 1
    });
    &mut involved[index]
}

fn content_evidence(
    target: &TargetPlan<'_>,
    one: &Involved,
    examined: &Examined<'_, '_>,
) -> ContentEvidence {
    let indicator = &target.indicators[one.indicator];
    let size = examined.subject.size_bytes;
    let other_size = indicator.size.is_some_and(|range| !range.contains(size));
    let was_hashed = indicator.scope.is_some() && examined.failure.is_none() && examined.was_read();
    if !one.digests.is_empty() {
        ContentEvidence::Same
    } else if was_hashed || other_size {
        ContentEvidence::Other
    } else {
        ContentEvidence::Unknown
    }
}
