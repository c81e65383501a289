//! What runs on this machine: processes and their memory, connections, names that the system knows. Each is an item.

use std::ops::ControlFlow;

use domain::{CheckKind, ItemKind, Observable, Reason};

use crate::conclude::{Content, Examined};
use crate::contained::contained;
use crate::detector::{Check, DetectorError, Interest, LiveContents, LiveFact, LiveItem, Match};
use crate::hash::{AlgorithmSet, Digests};
use crate::in_hand::{Skip, What};
use crate::ledger::{Outcomes, Reading};
use crate::matching::{Found, Interests, Verdict};
use crate::names::{ItemComponents, NameKind};
use crate::plan::{LIVE, TargetPlan};
use crate::subject::{Subject, Whereabouts};
use crate::walk::Worker;

/// Matches of one check kept for one process: a rule may match in thousands of its regions.
const MATCHES_MAX: usize = 20;
/// What stands for all of it in lists.
const THE_RUNNING_SYSTEM: &[u8] = b"the running system";

impl Worker<'_, '_> {
    /// Examines everything that runs.
    pub(crate) fn look_at_what_runs(&mut self) {
        let shared = self.shared;
        let Some(live) = shared.surroundings.live else {
            return;
        };
        let whole = || domain::ItemPath::from_bytes(THE_RUNNING_SYSTEM);
        let _held = match shared
            .hands
            .take(What::Place, &|| THE_RUNNING_SYSTEM.to_vec())
        {
            Ok(held) => held,
            Err(skip) => return self.ledger.note(skip.reason, whole, &skip.detail),
        };
        let stop = || shared.stop.is_now_after_waiting();
        let mut each = |item: &mut LiveItem<'_>| {
            let name = || item.name.clone().into_bytes();
            match shared.hands.take(What::Item, &name) {
                Ok(_held) => self.examine_live(item),
                Err(skip) => self.leave_out_live(item, &skip),
            }
            self.tell_progress();
            if shared.stop.is_now() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        if contained(|| live.visit(&stop, &mut each)).is_none() {
            let detail = "what tells of it failed: the rest is not known";
            self.ledger.note(Reason::DetectorFailed, whole, detail);
        }
        // Whoever visits may also have stopped by itself: what comes after is not known either way.
        if shared.stop.is_now() {
            self.ledger.note(Reason::Time, whole, "");
        }
    }

    /// Accounts for what an earlier attempt at this sweep ended with: what needs no look inside is still compared.
    fn leave_out_live(&mut self, item: &mut LiveItem<'_>, skip: &Skip) {
        let mut none = |_: &mut dyn FnMut(&str, &[u8]) -> ControlFlow<()>| {
            Err((skip.reason, skip.detail.clone()))
        };
        let had_memory = item.memory.is_some();
        let mut rest = LiveItem {
            kind: item.kind,
            name: std::mem::take(&mut item.name),
            facts: std::mem::take(&mut item.facts),
            owner_id: item.owner_id,
            executable: None,
            memory: None,
            not_examined: std::mem::take(&mut item.not_examined),
        };
        if item.executable.is_some() {
            let left_out = (skip.reason, "its executable".to_owned());
            rest.not_examined.push(left_out);
        }
        if had_memory {
            rest.memory = Some(&mut none);
        }
        self.examine_live(&mut rest);
    }

    fn examine_live(&mut self, item: &mut LiveItem<'_>) {
        let before = item.not_examined.len();
        let executable = self.read_executable(item);
        let unread = item.not_examined.get(before).map(|(reason, _)| *reason);
        let subject = Subject {
            kind: item.kind,
            whereabouts: Whereabouts::Running { name: &item.name },
            size_bytes: executable
                .as_ref()
                .map_or(0, |content| content.len() as u64),
            owner_id: item.owner_id,
            modified: None,
        };
        self.ledger.count_item(item.kind, subject.size_bytes);
        self.named.clear();
        self.find_names(&item.facts);
        let plan = self.shared.plan;
        let mut verdicts: Vec<Verdict> = plan
            .targets
            .iter()
            .map(|target| Verdict::unread(Outcomes::none(target)))
            .collect();
        for (target, verdict) in plan.targets.iter().zip(&mut verdicts) {
            compare_facts(target, &item.facts, verdict);
        }
        if item.kind == ItemKind::Process {
            let memory = item.memory.take();
            self.match_process(&subject, executable.as_deref(), memory, &mut verdicts);
        }
        let digests = match &executable {
            // There are few of them, and what hides its executable is worth every digest.
            Some(content) => Digests::of(content, AlgorithmSet::ALL),
            None => Digests::default(),
        };
        let examined = Examined {
            subject: &subject,
            digests,
            // Noted below, with what it was.
            failure: unread,
            was_wanted: false,
            content: executable
                .as_deref()
                .map_or(Content::Nothing, Content::InMemory),
        };
        self.conclude(examined, verdicts);
        for (reason, detail) in &item.not_examined {
            self.ledger.note(*reason, || subject.item_path(), detail);
        }
    }

    /// Reads an executable that is no longer where it was started from.
    fn read_executable(&mut self, item: &mut LiveItem<'_>) -> Option<Vec<u8>> {
        let file = item.executable.take()?;
        let max = self.shared.options.rule_bytes_max;
        let mut content = Vec::new();
        match std::io::Read::read_to_end(&mut std::io::Read::take(file, max + 1), &mut content) {
            Ok(read) if read as u64 <= max => {
                self.ledger.read_count += 1;
                self.ledger.read_bytes += read as u64;
                Some(content)
            }
            Ok(_) => {
                let too_large = (Reason::TooLarge, "its executable".to_owned());
                item.not_examined.push(too_large);
                None
            }
            Err(error) => {
                let failed = (crate::read::reason_of(&error), "its executable".to_owned());
                item.not_examined.push(failed);
                None
            }
        }
    }

    /// Looks up the paths of a live item among the names and paths that are sought.
    fn find_names(&mut self, facts: &[LiveFact]) {
        let plan = self.shared.plan;
        for fact in facts {
            if let LiveFact::Path(path) = fact {
                let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(&[]);
                let mut found = Vec::new();
                plan.names
                    .find(name, &|| ItemComponents::of(path), &mut found);
                found.retain(|entry| !matches!(entry.kind, NameKind::NameOfPath));
                self.named.append(&mut found);
            }
        }
    }

    /// Matches a process's executable, where no walk finds it, and its memory region by region.
    fn match_process(
        &mut self,
        subject: &Subject<'_>,
        executable: Option<&[u8]>,
        memory: Option<&mut LiveContents<'_>>,
        verdicts: &mut [Verdict],
    ) {
        let plan = self.shared.plan;
        let facts = subject.facts(b"");
        let interests = Interests::of(plan, &facts, None);
        let mut who = Vec::new();
        for target in 0..plan.targets.len() {
            for (number, interest) in interests.of_target(target).iter().enumerate() {
                if *interest != Interest::Nothing {
                    who.push((target, number));
                }
            }
        }
        if who.is_empty() {
            return;
        }
        let mut found: Vec<Result<Vec<Match>, DetectorError>> =
            who.iter().map(|_| Ok(Vec::new())).collect();
        let mut scan = |place: &str, content: &[u8]| {
            for (who, found) in who.iter().zip(&mut found) {
                let result = self.sessions.scan(*who, &facts, content);
                add_region(found, result, place);
            }
            self.ledger.read_bytes += content.len() as u64;
            if self.shared.stop.is_now_after_waiting() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        if let Some(content) = executable {
            let _ = scan("executable", content);
        }
        let read = memory.map_or(Ok(()), |memory| memory(&mut scan));
        let read = match read {
            Ok(()) if self.shared.stop.is_now() => Err((Reason::Time, String::new())),
            read => read,
        };
        for ((target, number), found) in who.into_iter().zip(found) {
            let found = match (&read, found) {
                // A process that ended hides nothing.
                (Err((Reason::Vanished, _)) | Ok(()), found) => found,
                (Err((reason, message)), Ok(matches)) => {
                    Err(DetectorError::because(*reason, message.clone()).with_matches(matches))
                }
                (Err(_), found) => found,
            };
            verdicts[target].take(number, found);
        }
    }
}

/// Adds what one region came to: each rule where it matched first.
fn add_region(
    found: &mut Result<Vec<Match>, DetectorError>,
    region: Result<Vec<Match>, DetectorError>,
    place: &str,
) {
    let (matches, failure) = match region {
        Ok(matches) => (matches, None),
        Err(mut error) => (std::mem::take(&mut error.matches), Some(error)),
    };
    if let (Ok(before), Some(failure)) = (found.as_mut(), failure) {
        *found = Err(failure.with_matches(std::mem::take(before)));
    }
    let kept = match found {
        Ok(kept) => kept,
        Err(error) => &mut error.matches,
    };
    for mut one in matches {
        let same_check = kept.iter().filter(|other| other.check == one.check);
        let known = same_check.clone().any(|other| other.value == one.value);
        if !known && same_check.count() < MATCHES_MAX {
            one.place = Some(place.to_owned());
            kept.push(one);
        }
    }
}

/// Compares addresses and host names with those that an alert seeks.
fn compare_facts(target: &TargetPlan<'_>, facts: &[LiveFact], verdict: &mut Verdict) {
    let of_network = |fact: &LiveFact| !matches!(fact, LiveFact::Path(_));
    if !facts.iter().any(of_network) {
        return;
    }
    verdict.outcomes.set(LIVE, Reading::Complete);
    for indicator in &target.alert.indicators {
        for observable in &indicator.observables {
            let matches_fact = |fact: &LiveFact| match (observable, fact) {
                (Observable::Network(block), LiveFact::Address(address)) => {
                    block.contains(*address).then(|| address.to_string())
                }
                (Observable::Domain(pattern), LiveFact::HostName(name)) => {
                    pattern.matches(name).then(|| name.clone())
                }
                _ => None,
            };
            let values = facts.iter().filter_map(matches_fact);
            verdict.matches.extend(values.map(|value| Found {
                detector: 0,
                found: Match {
                    part: 0,
                    check: Check {
                        kind: CheckKind::of(observable),
                        indicator: indicator.id.clone(),
                    },
                    value,
                    place: None,
                },
            }));
        }
    }
}
