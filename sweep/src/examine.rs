//! One file from being listed to being accounted for: read as the plan asks, matched, judged, counted.

use std::ffi::CStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};

use domain::{Digest, Finding, Hit, ItemPath, Judgement, Reason, Strength, Why};
use jiff::Timestamp;

use crate::detector::{ItemFacts, RuleMatch};
use crate::findings::{HITS_MAX, Pending};
use crate::judge::{ContentEvidence, Evidence, Location, judge_indicator, judge_rule, worse};
use crate::ledger::Reading;
use crate::names::{ItemComponents, NameKind};
use crate::places::Place;
use crate::plan::{Need, TargetPlan, Wanted};
use crate::platform::{EntryKind, FolderHandle, Stat, path_from_bytes};
use crate::read::{ItemRead, NotRead, reason_of};
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

/// Everything known about one file once it was read, or could not be.
struct Examined<'i> {
    item: &'i Listed<'i>,
    need: Need,
    read: Option<ItemRead>,
    failure: Option<Reason>,
    /// Digests that are sought, and by whom.
    digest_hits: Vec<(Wanted, Digest)>,
}

/// One indicator that something speaks for.
struct Involved {
    indicator: usize,
    location: Location,
    digests: Vec<Digest>,
}

impl Worker<'_, '_> {
    /// Looks up what a file is sought for by its name, and returns what must be read of it.
    pub(crate) fn plan_item(&mut self, place: &Arc<Place>, name: &[u8], size_bytes: u64) -> Need {
        self.named.clear();
        let components = || ItemComponents::of(&place.join(name));
        let plan = self.shared.plan;
        plan.names.find(name, &components, &mut self.named);
        plan.need(size_bytes, &self.named)
    }

    /// Reads and judges a file that was counted as an item.
    pub(crate) fn examine(&mut self, mut item: Listed<'_>) {
        for attempt in 1..=ATTEMPTS {
            let need = self.plan_item(item.place, item.name.to_bytes(), item.stat.size_bytes);
            let read =
                self.reader
                    .read(item.folder, item.name, &item.stat, need, &self.shared.stop);
            let (read, failure) = match read {
                Ok(read) if read.changed => (Some(read), Some(Reason::ChangedWhileRead)),
                Ok(read) => (Some(read), None),
                Err(NotRead::Special) => return self.uncount(&item, Reason::SpecialFile),
                Err(NotRead::Replaced) => (None, Some(Reason::ChangedWhileRead)),
                Err(NotRead::Failed(reason)) => (None, Some(reason)),
            };
            if let Some(read) = &read {
                self.ledger.read_bytes += read.bytes;
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
            if let (None, Some(Reason::Vanished)) = (&read, failure) {
                return self.lose(&item, need, Reason::Vanished);
            }
            return self.conclude(&item, need, read, failure);
        }
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
            self.conclude(item, need, None, Some(reason));
        }
    }

    fn uncount(&mut self, item: &Listed<'_>, reason: Reason) {
        self.ledger.item_count -= 1;
        self.ledger.item_bytes -= item.stat.size_bytes;
        self.ledger
            .note(reason, || item.place.item_path(item.name.to_bytes()));
    }

    fn conclude(
        &mut self,
        item: &Listed<'_>,
        need: Need,
        read: Option<ItemRead>,
        failure: Option<Reason>,
    ) {
        let plan = self.shared.plan;
        let mut digest_hits = Vec::new();
        if let Some(read) = &read {
            let was_read = read.has_content || !need.algorithms.is_empty();
            self.ledger.read_count += u64::from(was_read);
            for digest in read.digests.iter() {
                digest_hits.extend(plan.wanted(&digest).map(|wanted| (wanted, digest)));
            }
        }
        let mut examined = Examined {
            item,
            need,
            read,
            failure,
            digest_hits,
        };
        for (number, target) in plan.targets.iter().enumerate() {
            let involved = self.count_hashes(number, target, &examined);
            let matches = self.match_rules(number, target, &examined);
            if !involved.is_empty() || !matches.is_empty() {
                self.judge(number, target, &mut examined, &involved, matches);
            }
        }
        self.reader.forget();
    }

    /// Accounts for names, paths and digests, and returns the indicators that matched.
    fn count_hashes(
        &mut self,
        number: usize,
        target: &TargetPlan<'_>,
        examined: &Examined<'_>,
    ) -> Vec<Involved> {
        let (involved, named) = self.gather(number, examined);
        let size_bytes = examined.item.stat.size_bytes;
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
            let wanted = !target.everything.is_empty()
                || target.sizes.segment(size_bytes).is_some()
                || !named.is_empty()
                || target.matches_contents();
            if wanted {
                ledger.note(reason, &|| examined.path());
            }
        }
        involved
    }

    /// Returns the indicators of a target that matched, and all those of which a name was met, each once.
    fn gather(&self, number: usize, examined: &Examined<'_>) -> (Vec<Involved>, Vec<usize>) {
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
        for (wanted, digest) in &examined.digest_hits {
            if wanted.target == number {
                find_or_add(&mut involved, wanted.indicator)
                    .digests
                    .push(*digest);
            }
        }
        (involved, named)
    }

    fn match_rules(
        &mut self,
        number: usize,
        target: &TargetPlan<'_>,
        examined: &Examined<'_>,
    ) -> Vec<RuleMatch> {
        if !target.matches_contents() {
            return Vec::new();
        }
        let content_is_there = examined.read.as_ref().is_some_and(|read| read.has_content);
        let (matches, reading) = if content_is_there {
            let reading = match examined.failure {
                None => Reading::Complete,
                Some(_) => Reading::Failed,
            };
            if let Some(matches) = self.run_detector(number, target, examined) {
                (matches, reading)
            } else {
                self.ledger.targets[number].note(Reason::DetectorFailed, &|| examined.path());
                (Vec::new(), Reading::Failed)
            }
        } else {
            if examined.failure.is_none() && examined.need.content {
                self.ledger.targets[number].note(Reason::TooLarge, &|| examined.path());
            }
            (Vec::new(), Reading::Failed)
        };
        let ledger = &mut self.ledger.targets[number];
        ledger.count_matched(reading);
        let mut sources: Vec<usize> = matches
            .iter()
            .filter_map(|found| target.rule_numbers.get(found.source_id.as_str()).copied())
            .collect();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            ledger.count_rule_hit(source, reading);
        }
        matches
    }

    /// Matches the content; nothing where the detector failed, whichever way.
    fn run_detector(
        &mut self,
        number: usize,
        target: &TargetPlan<'_>,
        examined: &Examined<'_>,
    ) -> Option<Vec<RuleMatch>> {
        let detector = self.shared.plan.targets[number].detector?;
        let mut session = self.sessions[number]
            .take()
            .unwrap_or_else(|| detector.session());
        let path = examined.exact_path();
        let facts = ItemFacts {
            path: path_from_bytes(&path),
            size_bytes: examined.item.stat.size_bytes,
            owner_id: examined.item.stat.owner_id,
        };
        let content = self.reader.content();
        let outcome = catch_unwind(AssertUnwindSafe(|| session.scan(&facts, content)));
        match outcome {
            Ok(Ok(mut matches)) => {
                self.sessions[number] = Some(session);
                matches.retain(|found| target.rule_numbers.contains_key(found.source_id.as_str()));
                Some(matches)
            }
            Ok(Err(error)) => {
                tracing::warn!(path = %examined.path(), "could not {error}");
                None
            }
            Err(_panic) => {
                tracing::warn!(path = %examined.path(), "the detector panicked");
                None
            }
        }
    }

    fn judge(
        &mut self,
        number: usize,
        target: &TargetPlan<'_>,
        examined: &mut Examined<'_>,
        involved: &[Involved],
        matches: Vec<RuleMatch>,
    ) {
        if let Some(read) = &mut examined.read {
            self.reader.complete_digests(read, &self.shared.stop);
        }
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
            let rule = target.rule_numbers[found.source_id.as_str()];
            let rule = &target.alert.rules[rule];
            add(judge_rule(rule.role, rule.confidence));
            hits.push(Hit {
                indicator: found.source_id,
                kind: "yara".to_owned(),
                value: found.rule_name,
                strength: Strength::Content,
            });
        }
        let hits_left_out = hits.len().saturating_sub(HITS_MAX) as u64;
        hits.truncate(HITS_MAX);
        let Some((judgement, why)) = judged else {
            return;
        };
        let pending = Pending {
            finding: Finding {
                hits_left_out,
                ..examined.finding(judgement, why, hits)
            },
            folder: examined.item.place.path(),
            members,
        };
        self.shared.count_finding();
        self.shared.findings[number]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(pending);
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

impl Examined<'_> {
    fn exact_path(&self) -> Vec<u8> {
        self.item.place.join(self.item.name.to_bytes())
    }

    fn path(&self) -> ItemPath {
        ItemPath::from_bytes(&self.exact_path())
    }

    fn finding(&self, judgement: Judgement, why: Why, hits: Vec<Hit>) -> Finding {
        let stat = self
            .read
            .as_ref()
            .map_or(&self.item.stat, |read| &read.stat);
        let digests = self
            .read
            .as_ref()
            .map(|read| read.digests)
            .unwrap_or_default();
        let text = |digest: Option<Digest>| digest.map(|digest| digest.to_string());
        Finding {
            judgement,
            why,
            item: self.path(),
            size_bytes: stat.size_bytes,
            modified_at: Timestamp::from_second(stat.modified.0).ok(),
            md5: text(digests.md5),
            sha1: text(digests.sha1),
            sha256: text(digests.sha256),
            hits,
            hits_left_out: 0,
            combinations: Vec::new(),
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
    examined: &Examined<'_>,
) -> ContentEvidence {
    let indicator = &target.indicators[one.indicator];
    let size = examined.item.stat.size_bytes;
    let other_size = indicator.size.is_some_and(|range| !range.contains(size));
    let was_hashed =
        indicator.scope.is_some() && examined.failure.is_none() && examined.read.is_some();
    if !one.digests.is_empty() {
        ContentEvidence::Same
    } else if was_hashed || other_size {
        ContentEvidence::Other
    } else {
        ContentEvidence::Unknown
    }
}
