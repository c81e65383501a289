//! One item once it was read, or could not be: accounted for in every check of every alert, judged, and written down.

use std::sync::PoisonError;

use domain::{CheckKind, Digest, Finding, Hit, ItemKind, Judgement, Reason, Strength, Why};
use jiff::Timestamp;

use crate::contained::contained;
use crate::detector::Match;
use crate::findings::{HITS_MAX, Pending};
use crate::hash::{AlgorithmSet, Digests};
use crate::judge::{
    ContentEvidence, Evidence, Location, judge_indicator, judge_rule, judge_trace, lower_known,
    worse,
};
use crate::ledger::Reading;
use crate::matching::Verdict;
use crate::names::NameKind;
use crate::plan::{Plan, TargetPlan, Wanted};
use crate::platform::path_from_bytes;
use crate::read::ItemRead;
use crate::subject::Subject;
use crate::walk::Worker;

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
/// One indicator that something speaks for.
struct Involved {
    indicator: usize,
    location: Location,
    digests: Vec<Digest>,
}

impl Worker<'_, '_> {
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
        contained(|| packages.package_of(path_from_bytes(&path), &digests)).flatten()
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
