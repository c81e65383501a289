//! Asking the detectors: who wants what of an item, and what each came to. A detector that fails or panics costs its
//! verdict on one item, is named, and is made anew.

use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::Reason;

use crate::contained::contained;
use crate::detector::{DetectorError, DetectorSession, Interest, ItemFacts, Match, PartSet};
use crate::ledger::{Outcomes, Reading};
use crate::plan::{Plan, PlannedDetector};

/// One thread's sessions: by target, then by detector; made when first needed, and again after a failure.
pub(crate) struct Sessions<'s> {
    made: Vec<Vec<Option<Box<dyn DetectorSession + 's>>>>,
    detectors: Vec<&'s [PlannedDetector<'s>]>,
    /// Who looked at more than the content that was concluded last, by target and detector.
    elsewhere: Vec<(usize, usize)>,
}

/// What each detector wants of one item, by target, then by detector.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interests {
    wanted: Vec<Vec<Interest>>,
    /// Which parts are still to be asked; all of them where nothing is remembered.
    missing: Option<Missing>,
}

/// Parts of detectors, by target, then by detector.
pub(crate) type Missing = Vec<Vec<PartSet>>;

/// A match, and which detector of the target found it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) detector: usize,
    pub(crate) found: Match,
}

/// What the detectors of one target came to for one item.
pub(crate) struct Verdict {
    pub(crate) outcomes: Outcomes,
    pub(crate) matches: Vec<Found>,
    /// What was not matched, and why.
    pub(crate) failures: Vec<(Reason, String)>,
}

impl Interests {
    /// Asks every detector.
    pub(crate) fn of(plan: &Plan<'_>, facts: &ItemFacts<'_>, head: Option<&[u8]>) -> Self {
        let ask = |planned: &PlannedDetector<'_>, parts: &PartSet| {
            planned.detector.interest(facts, parts, head)
        };
        Self::ask(plan, None, &ask)
    }

    /// Asks every detector for the parts that are missing.
    pub(crate) fn of_missing(
        plan: &Plan<'_>,
        facts: &ItemFacts<'_>,
        head: Option<&[u8]>,
        missing: Option<Missing>,
    ) -> Self {
        let ask = |planned: &PlannedDetector<'_>, parts: &PartSet| {
            planned.detector.interest(facts, parts, head)
        };
        Self::ask(plan, missing, &ask)
    }

    /// Tells whether no detector wants more of an item that is remembered, with its first bytes where these are.
    pub(crate) fn are_settled(
        plan: &Plan<'_>,
        facts: &ItemFacts<'_>,
        remembered_head: Option<&[u8]>,
        missing: &Missing,
    ) -> bool {
        let detectors = plan.targets.iter().map(|target| &target.detectors);
        detectors.zip(missing).all(|(detectors, missing)| {
            detectors.iter().zip(missing).all(|(planned, parts)| {
                let asked = || match remembered_head {
                    Some(head) => planned.detector.interest_from_memory(facts, parts, head),
                    None => planned.detector.interest(facts, parts, None),
                };
                let asked = || contained(asked).unwrap_or(Interest::Whole);
                parts.is_empty() || asked() == Interest::Nothing
            })
        })
    }

    fn ask(
        plan: &Plan<'_>,
        missing: Option<Missing>,
        ask: &dyn Fn(&PlannedDetector<'_>, &PartSet) -> Interest,
    ) -> Self {
        let mut wanted = Vec::with_capacity(plan.targets.len());
        for (target, planned) in plan.targets.iter().enumerate() {
            let mut of_target = Vec::with_capacity(planned.detectors.len());
            for (number, planned) in planned.detectors.iter().enumerate() {
                let parts = match &missing {
                    Some(missing) => &missing[target][number],
                    None => &planned.parts,
                };
                let asked = || ask(planned, parts);
                of_target.push(if parts.is_empty() {
                    Interest::Nothing
                } else {
                    // A detector that cannot even say so is asked for the whole, where its failure is accounted for.
                    catch_unwind(AssertUnwindSafe(asked)).unwrap_or(Interest::Whole)
                });
            }
            wanted.push(of_target);
        }
        Self { wanted, missing }
    }

    /// Makes everybody want the whole who would have wanted it, or was not asked at all, had this been known before.
    pub(crate) fn want_whole_where(&mut self, other: &Self) {
        let theirs = other.wanted.iter().flatten();
        for (mine, theirs) in self.wanted.iter_mut().flatten().zip(theirs) {
            let was_left_out = *mine == Interest::Nothing && *theirs != Interest::Nothing;
            if *theirs == Interest::Whole || was_left_out {
                *mine = Interest::Whole;
            }
        }
    }

    /// Tells whether every detector wants pieces.
    pub(crate) fn are_pieces(&self) -> bool {
        let mut wanted = self.wanted.iter().flatten();
        wanted.all(|interest| *interest == Interest::Pieces)
    }

    /// Offers pieces to whoever wants the whole of a content that is too large for that: some can at least tell from
    /// pieces that they would find nothing.
    pub(crate) fn take_pieces(&mut self) {
        for interest in self.wanted.iter_mut().flatten() {
            if *interest == Interest::Whole {
                *interest = Interest::Pieces;
            }
        }
    }

    pub(crate) fn any(&self, wanted: Interest) -> bool {
        self.wanted
            .iter()
            .flatten()
            .any(|interest| *interest == wanted)
    }

    fn who_want(&self, wanted: Interest) -> Vec<(usize, usize)> {
        let mut who = Vec::new();
        for (target, interests) in self.wanted.iter().enumerate() {
            for (detector, interest) in interests.iter().enumerate() {
                if *interest == wanted {
                    who.push((target, detector));
                }
            }
        }
        who
    }

    pub(crate) fn are_none(&self) -> bool {
        self.wanted
            .iter()
            .flatten()
            .all(|interest| *interest == Interest::Nothing)
    }

    pub(crate) fn of_target(&self, target: usize) -> &[Interest] {
        &self.wanted[target]
    }

    pub(crate) fn has(&self, target: usize, detector: usize) -> bool {
        self.wanted[target][detector] != Interest::Nothing
    }

    /// Tells whether a detector was asked, and wants nothing.
    pub(crate) fn is_unwanted(&self, who: (usize, usize), planned: &PlannedDetector<'_>) -> bool {
        !self.has(who.0, who.1) && !self.parts(who, planned).is_empty()
    }

    /// Returns the parts that are still to be asked.
    pub(crate) fn missing(&self) -> Option<&Missing> {
        self.missing.as_ref()
    }

    fn parts<'p>(&'p self, who: (usize, usize), planned: &'p PlannedDetector<'_>) -> &'p PartSet {
        match &self.missing {
            Some(missing) => &missing[who.0][who.1],
            None => &planned.parts,
        }
    }
}

impl<'s> Sessions<'s> {
    pub(crate) fn new(plan: &'s Plan<'_>) -> Self {
        Self {
            made: plan
                .targets
                .iter()
                .map(|target| target.detectors.iter().map(|_| None).collect())
                .collect(),
            detectors: plan
                .targets
                .iter()
                .map(|target| target.detectors.as_slice())
                .collect(),
            elsewhere: Vec::new(),
        }
    }

    /// Begins the content of an item for those who take it in pieces.
    pub(crate) fn start(&mut self, facts: &ItemFacts<'_>, interests: &Interests) -> Pieces {
        let mut pieces = Pieces::default();
        for (target, wanted) in interests.wanted.iter().enumerate() {
            for (number, interest) in wanted.iter().enumerate() {
                if *interest == Interest::Pieces {
                    let parts = interests.parts((target, number), &self.detectors[target][number]);
                    let started = self.run((target, number), |session| session.start(facts, parts));
                    pieces.0.push(((target, number), started.err()));
                }
            }
        }
        pieces
    }

    /// Begins the content also for those who want it whole, where all of them can tell from pieces whether they need it.
    pub(crate) fn start_filters(
        &mut self,
        facts: &ItemFacts<'_>,
        interests: &Interests,
        pieces: &mut Pieces,
    ) -> bool {
        let wanting = interests.who_want(Interest::Whole);
        let detector = |who: &(usize, usize)| &self.detectors[who.0][who.1];
        if !wanting
            .iter()
            .all(|who| detector(who).detector.filters_pieces())
        {
            return false;
        }
        for who in wanting {
            let parts = interests.parts(who, &self.detectors[who.0][who.1]);
            let started = self.run(who, |session| session.start(facts, parts));
            pieces.0.push((who, started.err()));
        }
        true
    }

    /// Asks after all pieces who needs the whole content all the same; the others are content with the pieces.
    pub(crate) fn need_whole(&mut self, interests: &mut Interests, pieces: &Pieces) -> bool {
        let mut is_needed = false;
        for who in interests.who_want(Interest::Whole) {
            let needs = !pieces.are_complete(who)
                || self
                    .run(who, |session| Ok(session.needs_whole()))
                    .unwrap_or(true);
            if !needs {
                interests.wanted[who.0][who.1] = Interest::Pieces;
            }
            is_needed |= needs;
        }
        is_needed
    }

    /// Gives the next piece to those who take pieces.
    pub(crate) fn push(&mut self, pieces: &mut Pieces, piece: &[u8]) {
        for (who, failure) in &mut pieces.0 {
            if failure.is_none() {
                *failure = self.run(*who, |session| session.push(piece)).err();
            }
        }
    }

    /// Ends the pieces, matches the whole `content` where it is there, and returns what each target's detectors came to.
    pub(crate) fn conclude(
        &mut self,
        plan: &Plan<'_>,
        facts: &ItemFacts<'_>,
        interests: &Interests,
        pieces: &mut Pieces,
        content: Option<&[u8]>,
    ) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(plan.targets.len());
        // One of another content would answer for this one.
        let mut elsewhere = Vec::new();
        for (target, planned) in plan.targets.iter().enumerate() {
            let mut verdict = Verdict {
                outcomes: Outcomes::none(planned),
                matches: Vec::new(),
                failures: Vec::new(),
            };
            for (number, interest) in interests.of_target(target).iter().enumerate() {
                let who = (target, number);
                let matched = match interest {
                    Interest::Nothing => continue,
                    Interest::Head | Interest::Pieces => match pieces.failure(who) {
                        Some(error) => Err(error),
                        None => self.run(who, |session| {
                            let matches = session.finish()?;
                            if session.looked_elsewhere() {
                                elsewhere.push(who);
                            }
                            Ok(matches)
                        }),
                    },
                    Interest::Whole => {
                        let parts = interests.parts(who, &self.detectors[target][number]);
                        match content {
                            Some(content) => self.run(who, |session| {
                                let matches = if pieces.are_complete(who) {
                                    session.scan_after_pieces(facts, parts, content)?
                                } else {
                                    session.scan(facts, parts, content)?
                                };
                                if session.looked_elsewhere() {
                                    elsewhere.push(who);
                                }
                                Ok(matches)
                            }),
                            None => Err(DetectorError::because(Reason::TooLarge, "")),
                        }
                    }
                };
                verdict.take(number, matched);
            }
            verdicts.push(verdict);
        }
        self.elsewhere = elsewhere;
        verdicts
    }

    /// Matches one whole content that belongs to an item, such as a region of a process's memory.
    pub(crate) fn scan(
        &mut self,
        who: (usize, usize),
        facts: &ItemFacts<'_>,
        content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        let parts = &self.detectors[who.0][who.1].parts;
        self.run(who, |session| session.scan(facts, parts, content))
    }

    /// Returns who looked at more than the content that was concluded last, by target and detector.
    pub(crate) fn who_looked_elsewhere(&self) -> &[(usize, usize)] {
        &self.elsewhere
    }

    fn run<T>(
        &mut self,
        who: (usize, usize),
        what: impl FnOnce(&mut dyn DetectorSession) -> Result<T, DetectorError>,
    ) -> Result<T, DetectorError> {
        let planned = &self.detectors[who.0][who.1];
        let kept = self.made[who.0][who.1].take();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut session = kept.unwrap_or_else(|| planned.detector.session());
            let result = what(&mut *session);
            (session, result)
        }));
        match outcome {
            Ok((session, Ok(value))) => {
                self.made[who.0][who.1] = Some(session);
                Ok(value)
            }
            Ok((_, Err(error))) => Err(error),
            Err(_panic) => Err(DetectorError::of("the detector panicked")),
        }
    }
}

/// Who takes an item in pieces, and whether they failed.
#[derive(Default)]
pub(crate) struct Pieces(Vec<((usize, usize), Option<DetectorError>)>);

impl Pieces {
    /// Tells whether all pieces were taken without a failure.
    fn are_complete(&self, who: (usize, usize)) -> bool {
        self.0
            .iter()
            .any(|(one, failure)| *one == who && failure.is_none())
    }

    fn failure(&mut self, who: (usize, usize)) -> Option<DetectorError> {
        match self.0.iter_mut().find(|(one, _)| *one == who) {
            Some((_, failure)) => failure.take(),
            None => Some(DetectorError::of("its content was not begun")),
        }
    }
}

impl Verdict {
    /// Takes what a detector came to.
    pub(crate) fn take(&mut self, number: usize, outcome: Result<Vec<Match>, DetectorError>) {
        let (reading, matches) = match outcome {
            Ok(matches) => (Reading::Complete, matches),
            Err(error) => {
                self.failures.push((error.reason, error.message));
                (Reading::Failed, error.matches)
            }
        };
        self.outcomes.set(number + 1, reading);
        let detector = number;
        let found = matches.into_iter().map(|found| Found { detector, found });
        self.matches.extend(found);
    }

    /// Returns the verdict on an item of which nothing could be read.
    pub(crate) fn unread(outcomes: Outcomes) -> Self {
        Self {
            outcomes,
            matches: Vec::new(),
            failures: Vec::new(),
        }
    }
}
