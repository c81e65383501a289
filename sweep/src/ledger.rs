//! The coverage ledger while a sweep runs: each thread counts for itself, in classes rather than per file and check;
//! what each check came to is worked out at the end. What is not counted anywhere was told apart by metadata.

use domain::{
    CheckCoverage, CheckKind, Coverage, ItemKind, ItemPath, KindCount, NotExamined, Reason,
};

use crate::detector::{Check, Interest, NotExaminedSink};
use crate::plan::{Plan, Scope, TargetPlan, Wanted};

/// Examples kept for each reason: enough to see what kind of thing it is.
pub(crate) const EXAMPLES_MAX: usize = 20;

/// What one thread, or a whole sweep, has counted.
pub(crate) struct Ledger<'s> {
    sink: Option<&'s dyn NotExaminedSink>,
    /// By kind, in the order of [`ItemKind::ALL`].
    kinds: [u64; ItemKind::ALL.len()],
    unlisted_count: u64,
    pub(crate) folder_count: u64,
    pub(crate) item_count: u64,
    pub(crate) item_bytes: u64,
    pub(crate) read_count: u64,
    pub(crate) read_bytes: u64,
    pub(crate) targets: Vec<TargetLedger>,
}

/// What was counted for one alert.
pub(crate) struct TargetLedger {
    everything: Tally,
    /// By segment of the size table.
    segments: Vec<Tally>,
    /// By number of [`Scope::Named`].
    named: Vec<Tally>,
    /// By mixture of what each maker of checks came to: [`Outcomes::number`].
    mixtures: Vec<u64>,
    /// By indicator.
    digest_hits: Vec<Hits>,
    file_name_hits: Vec<u64>,
    path_hits: Vec<u64>,
    /// By planned check.
    check_hits: Vec<Hits>,
    reasons: [Line; Reason::ALL.len()],
}

/// Items that a check wanted to read.
#[derive(Clone, Copy, Default)]
struct Tally {
    read: u64,
    failed: u64,
}

/// Items that matched, by how they were counted in the [`Tally`] of the check.
#[derive(Clone, Copy, Default)]
struct Hits {
    in_read: u64,
    in_failed: u64,
    outside: u64,
}

#[derive(Clone, Default)]
struct Line {
    count: u64,
    examples: Vec<ItemPath>,
}

/// How the reading of an item ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// Nobody wanted it.
    Nothing,
    /// What was found absent is absent.
    Complete,
    /// What matched has matched; the rest is not known.
    Failed,
}

/// What each maker of checks came to for one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcomes(Vec<Reading>);

impl Outcomes {
    /// Nobody had any interest.
    pub(crate) fn none(plan: &TargetPlan<'_>) -> Self {
        Self(vec![Reading::Nothing; plan.maker_count()])
    }

    pub(crate) fn set(&mut self, maker: usize, reading: Reading) {
        self.0[maker] = reading;
    }

    pub(crate) fn reading(&self, maker: usize) -> Reading {
        self.0[maker]
    }

    /// Says what a maker came to, unless it is said already that it came to more, or failed.
    pub(crate) fn improve(&mut self, maker: usize, reading: Reading) {
        self.0[maker] = self.0[maker].max(reading);
    }

    /// Says of everybody who had an interest in an item that it could not be satisfied.
    pub(crate) fn fail(&mut self, interests: &[Interest]) {
        for (number, interest) in interests.iter().enumerate() {
            if *interest != Interest::Nothing {
                self.set(number + 1, Reading::Failed);
            }
        }
    }

    /// A number of its own for each mixture, in base 3.
    fn number(&self) -> usize {
        self.0
            .iter()
            .rev()
            .fold(0, |number, reading| number * 3 + *reading as usize)
    }

    fn of_number(mut number: usize, maker_count: usize) -> Self {
        let digits = (0..maker_count).map(|_| {
            let digit = number % 3;
            number /= 3;
            [Reading::Nothing, Reading::Complete, Reading::Failed][digit]
        });
        Self(digits.collect())
    }

    /// What a check came to that these make: not known where any of them failed.
    fn of(&self, makers: &[usize]) -> Reading {
        makers
            .iter()
            .map(|maker| self.0[*maker])
            .max()
            .unwrap_or(Reading::Nothing)
    }
}

impl<'s> Ledger<'s> {
    pub(crate) fn new(plan: &Plan<'_>, sink: Option<&'s dyn NotExaminedSink>) -> Self {
        Self {
            sink,
            kinds: [0; ItemKind::ALL.len()],
            unlisted_count: 0,
            folder_count: 0,
            item_count: 0,
            item_bytes: 0,
            read_count: 0,
            read_bytes: 0,
            targets: plan.targets.iter().map(TargetLedger::new).collect(),
        }
    }

    /// Counts an item that was seen.
    pub(crate) fn count_item(&mut self, kind: ItemKind, size_bytes: u64) {
        self.item_count = self.item_count.wrapping_add(1);
        self.item_bytes = self.item_bytes.wrapping_add(size_bytes);
        self.kinds[kind as usize] = self.kinds[kind as usize].wrapping_add(1);
    }

    /// Takes back an item that turned out to be none. Another thread may have counted it: what this one has is a
    /// difference then, below nothing, until the ledgers are added.
    pub(crate) fn uncount_item(&mut self, kind: ItemKind, size_bytes: u64) {
        self.item_count = self.item_count.wrapping_sub(1);
        self.item_bytes = self.item_bytes.wrapping_sub(size_bytes);
        self.kinds[kind as usize] = self.kinds[kind as usize].wrapping_sub(1);
    }

    /// Notes that a folder could not be listed to its end: files in it may be there and were not seen.
    pub(crate) fn note_unlisted(&mut self) {
        self.unlisted_count += 1;
    }

    pub(crate) fn has_unlisted_folders(&self) -> bool {
        self.unlisted_count > 0
    }

    /// Notes that something was not examined for any alert.
    pub(crate) fn note(&mut self, reason: Reason, path: impl Fn() -> ItemPath, detail: &str) {
        for target in 0..self.targets.len() {
            self.note_for(target, reason, &path, detail);
        }
    }

    /// Notes that something was not examined for one alert.
    pub(crate) fn note_for(
        &mut self,
        target: usize,
        reason: Reason,
        path: &dyn Fn() -> ItemPath,
        detail: &str,
    ) {
        if let Some(sink) = self.sink {
            sink.note(target, reason, &path(), detail);
        }
        self.targets[target].note(reason, path);
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.folder_count += other.folder_count;
        self.item_count = self.item_count.wrapping_add(other.item_count);
        self.item_bytes = self.item_bytes.wrapping_add(other.item_bytes);
        self.read_count += other.read_count;
        self.read_bytes += other.read_bytes;
        self.unlisted_count += other.unlisted_count;
        for (mine, theirs) in self.kinds.iter_mut().zip(other.kinds) {
            *mine = mine.wrapping_add(theirs);
        }
        for (mine, theirs) in self.targets.iter_mut().zip(other.targets) {
            mine.add(theirs);
        }
    }

    /// Works out what each check of each alert came to.
    pub(crate) fn coverages(&self, plan: &Plan<'_>) -> Vec<Coverage> {
        self.targets
            .iter()
            .zip(&plan.targets)
            .map(|(ledger, plan)| self.coverage(ledger, plan))
            .collect()
    }

    fn coverage(&self, ledger: &TargetLedger, plan: &TargetPlan<'_>) -> Coverage {
        let checks = ledger.checks(plan, self.item_count);
        let not_examined = ledger.not_examined(plan);
        let gap = not_examined.iter().any(|line| line.reason.leaves_a_gap())
            || checks.iter().any(|check| check.not_examined > 0);
        Coverage {
            complete: !gap,
            folder_count: self.folder_count,
            item_count: self.item_count,
            item_bytes: self.item_bytes,
            read_count: self.read_count,
            read_bytes: self.read_bytes,
            checks,
            not_examined,
            outside_sweep: plan.outside_sweep.clone(),
            kinds: self.kind_counts(),
            // The pipeline knows whom it was given.
            containers_opened: false,
            running_examined: false,
        }
    }

    fn kind_counts(&self) -> Vec<KindCount> {
        let counted = ItemKind::ALL.into_iter().zip(self.kinds);
        counted
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| KindCount { kind, count })
            .collect()
    }
}

impl TargetLedger {
    fn new(plan: &TargetPlan<'_>) -> Self {
        let indicators = plan.indicators.len();
        Self {
            everything: Tally::default(),
            segments: vec![Tally::default(); plan.sizes.segment_count()],
            named: vec![Tally::default(); plan.named_count],
            mixtures: vec![0; 3_usize.pow(u32::try_from(plan.maker_count()).unwrap_or(0))],
            digest_hits: vec![Hits::default(); indicators],
            file_name_hits: vec![0; indicators],
            path_hits: vec![0; indicators],
            check_hits: vec![Hits::default(); plan.checks.len()],
            reasons: Default::default(),
        }
    }

    fn note(&mut self, reason: Reason, path: &dyn Fn() -> ItemPath) {
        let line = &mut self.reasons[reason as usize];
        line.count += 1;
        if line.examples.len() < EXAMPLES_MAX {
            line.examples.push(path());
        }
    }

    /// Counts an item that was hashed, or should have been. `named` are the indicators that it was hashed for by name.
    pub(crate) fn count_hashed(
        &mut self,
        plan: &TargetPlan<'_>,
        size_bytes: u64,
        named: &[usize],
        reading: Reading,
    ) {
        if !plan.everything.is_empty() {
            self.everything.count(reading);
        }
        if let Some(segment) = plan.sizes.segment(size_bytes) {
            self.segments[segment].count(reading);
        }
        for indicator in named {
            if let Some(Scope::Named(number)) = plan.indicators[*indicator].scope {
                self.named[number].count(reading);
            }
        }
    }

    /// Counts what the makers of checks came to for an item.
    pub(crate) fn count_outcomes(&mut self, outcomes: &Outcomes) {
        self.mixtures[outcomes.number()] += 1;
    }

    /// Counts an item of which none of them wanted anything.
    pub(crate) fn count_unwanted(&mut self) {
        self.mixtures[0] += 1;
    }

    /// Counts an item with a digest of an indicator.
    pub(crate) fn count_digest_hit(
        &mut self,
        plan: &TargetPlan<'_>,
        indicator: usize,
        item: (u64, &[usize]),
        reading: Reading,
    ) {
        let (size_bytes, named) = item;
        let in_scope = match plan.indicators[indicator].scope {
            Some(Scope::Everything) => true,
            Some(Scope::Named(_)) => named.contains(&indicator),
            Some(Scope::Sizes(range)) => range.contains(size_bytes),
            None => false,
        };
        self.digest_hits[indicator].count(in_scope, reading);
    }

    /// Counts an item that matched a planned check.
    pub(crate) fn count_check_hit(
        &mut self,
        plan: &TargetPlan<'_>,
        check: usize,
        outcomes: &Outcomes,
    ) {
        let makers = &plan.checks[check].makers;
        let reading = match makers.as_slice() {
            // Of a rule that nobody makes no item counts as examined; what a detector says of it is found all the same.
            [] => Reading::Failed,
            makers => outcomes.of(makers),
        };
        self.check_hits[check].count(reading != Reading::Nothing, reading);
    }

    pub(crate) fn count_file_name_hit(&mut self, wanted: Wanted) {
        self.file_name_hits[wanted.indicator] += 1;
    }

    pub(crate) fn count_path_hit(&mut self, wanted: Wanted) {
        self.path_hits[wanted.indicator] += 1;
    }

    fn add(&mut self, other: Self) {
        self.everything.add(other.everything);
        for (mine, theirs) in self.mixtures.iter_mut().zip(other.mixtures) {
            *mine += theirs;
        }
        let tallies = self.segments.iter_mut().chain(&mut self.named);
        for (mine, theirs) in tallies.zip(other.segments.into_iter().chain(other.named)) {
            mine.add(theirs);
        }
        let hits = self.digest_hits.iter_mut().chain(&mut self.check_hits);
        for (mine, theirs) in hits.zip(other.digest_hits.into_iter().chain(other.check_hits)) {
            mine.add(theirs);
        }
        let counts = self.file_name_hits.iter_mut().chain(&mut self.path_hits);
        for (mine, theirs) in counts.zip(other.file_name_hits.into_iter().chain(other.path_hits)) {
            *mine += theirs;
        }
        for (mine, theirs) in self.reasons.iter_mut().zip(other.reasons) {
            mine.count += theirs.count;
            let room = EXAMPLES_MAX.saturating_sub(mine.examples.len());
            mine.examples.extend(theirs.examples.into_iter().take(room));
        }
    }

    fn checks(&self, plan: &TargetPlan<'_>, item_count: u64) -> Vec<CheckCoverage> {
        let mut checks = Vec::new();
        // Tallies up to each segment, so that a range of segments costs one subtraction.
        let mut sums = vec![Tally::default()];
        for segment in &self.segments {
            let mut sum = *sums.last().unwrap_or(&Tally::default());
            sum.add(*segment);
            sums.push(sum);
        }
        for (number, indicator) in plan.indicators.iter().enumerate() {
            let id = &plan.alert.indicators[number].id;
            if let Some(scope) = indicator.scope {
                let tally = match scope {
                    Scope::Everything => self.everything,
                    Scope::Named(named) => self.named[named],
                    Scope::Sizes(range) => {
                        let segments = plan.sizes.segments_of(range);
                        sums[segments.end].minus(sums[segments.start])
                    }
                };
                let hits = self.digest_hits[number];
                let mut check = check_of_content(CheckKind::Digest, id, tally, hits);
                let rest = item_count - accounted(&check);
                match scope {
                    Scope::Named(_) => check.outside_plan = rest,
                    Scope::Everything | Scope::Sizes(_) => check.absent_by_metadata = rest,
                }
                checks.push(check);
            }
            if indicator.has_file_name {
                let hits = self.file_name_hits[number];
                checks.push(check_of_name(CheckKind::FileName, id, hits, item_count));
            }
            if indicator.has_path {
                let hits = self.path_hits[number];
                checks.push(check_of_name(CheckKind::Path, id, hits, item_count));
            }
        }
        self.add_planned_checks(plan, item_count, &mut checks);
        checks
    }

    fn add_planned_checks(
        &self,
        plan: &TargetPlan<'_>,
        item_count: u64,
        checks: &mut Vec<CheckCoverage>,
    ) {
        let met: Vec<(Outcomes, u64)> = self
            .mixtures
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(number, count)| (Outcomes::of_number(number, plan.maker_count()), *count))
            .collect();
        for (planned, hits) in plan.checks.iter().zip(&self.check_hits) {
            if planned.makers.is_empty() && !planned.is_rule {
                // Listed as not available, or as outside the sweep.
                continue;
            }
            let mut tally = Tally::default();
            if planned.makers.is_empty() {
                tally.failed = item_count;
            }
            for (outcomes, count) in &met {
                match outcomes.of(&planned.makers) {
                    Reading::Nothing => {}
                    Reading::Complete => tally.read += count,
                    Reading::Failed => tally.failed += count,
                }
            }
            let Check { kind, indicator } = &planned.check;
            let mut check = check_of_content(*kind, indicator, tally, *hits);
            check.absent_by_metadata = item_count - accounted(&check);
            checks.push(check);
        }
    }

    fn not_examined(&self, plan: &TargetPlan<'_>) -> Vec<NotExamined> {
        let mut reasons = self.reasons.clone();
        let line = &mut reasons[Reason::CheckUnavailable as usize];
        for check in &plan.unavailable {
            line.count += 1;
            if line.examples.len() < EXAMPLES_MAX {
                line.examples.push(ItemPath::from_bytes(check.as_bytes()));
            }
        }
        Reason::ALL
            .into_iter()
            .zip(reasons)
            .filter(|(_, line)| line.count > 0)
            .map(|(reason, line)| NotExamined {
                reason,
                count: line.count,
                examples: line.examples,
            })
            .collect()
    }
}

impl Tally {
    fn count(&mut self, reading: Reading) {
        match reading {
            Reading::Nothing => {}
            Reading::Complete => self.read += 1,
            Reading::Failed => self.failed += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.read += other.read;
        self.failed += other.failed;
    }

    fn minus(self, other: Self) -> Self {
        Self {
            read: self.read - other.read,
            failed: self.failed - other.failed,
        }
    }
}

impl Hits {
    fn count(&mut self, in_scope: bool, reading: Reading) {
        match (in_scope, reading) {
            (true, Reading::Complete) => self.in_read += 1,
            (true, Reading::Failed) => self.in_failed += 1,
            (false, _) | (true, Reading::Nothing) => self.outside += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.in_read += other.in_read;
        self.in_failed += other.in_failed;
        self.outside += other.outside;
    }
}

fn check_of_content(kind: CheckKind, id: &str, tally: Tally, hits: Hits) -> CheckCoverage {
    CheckCoverage {
        kind,
        indicator: id.to_owned(),
        hits: hits.in_read + hits.in_failed + hits.outside,
        absent_by_metadata: 0,
        absent_by_content: tally.read - hits.in_read,
        outside_plan: 0,
        not_examined: tally.failed - hits.in_failed,
    }
}

fn check_of_name(kind: CheckKind, id: &str, hits: u64, item_count: u64) -> CheckCoverage {
    CheckCoverage {
        kind,
        indicator: id.to_owned(),
        hits,
        absent_by_metadata: item_count - hits,
        absent_by_content: 0,
        outside_plan: 0,
        not_examined: 0,
    }
}

fn accounted(check: &CheckCoverage) -> u64 {
    check.hits + check.absent_by_content + check.not_examined
}
