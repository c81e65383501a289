//! Asking the detectors: who wants what of an item, and what each came to. A detector that fails or panics costs its
//! verdict on one item, is named, and is made anew.

use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::Reason;

use crate::detector::{DetectorError, DetectorSession, Interest, ItemFacts, Match};
use crate::ledger::{Outcomes, Reading};
use crate::plan::{Plan, PlannedDetector};

/// One thread's sessions: by target, then by detector; made when first needed, and again after a failure.
pub(crate) struct Sessions<'s> {
    made: Vec<Vec<Option<Box<dyn DetectorSession + 's>>>>,
    detectors: Vec<&'s [PlannedDetector<'s>]>,
}

/// What each detector wants of one item, by target, then by detector.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interests(Vec<Vec<Interest>>);

/// What the detectors of one target came to for one item.
pub(crate) struct Verdict {
    pub(crate) outcomes: Outcomes,
    pub(crate) matches: Vec<Match>,
    /// What was not matched, and why.
    pub(crate) failures: Vec<(Reason, String)>,
}

impl Interests {
    /// Asks every detector.
    pub(crate) fn of(plan: &Plan<'_>, facts: &ItemFacts<'_>, head: Option<&[u8]>) -> Self {
        let targets = plan.targets.iter().map(|target| {
            let detectors = target.detectors.iter();
            detectors
                .map(|planned| {
                    let asked = || planned.detector.interest(facts, &planned.parts, head);
                    // A detector that cannot even say so is asked for the whole, where its failure is accounted for.
                    catch_unwind(AssertUnwindSafe(asked)).unwrap_or(Interest::Whole)
                })
                .collect()
        });
        Self(targets.collect())
    }

    pub(crate) fn any(&self, wanted: Interest) -> bool {
        self.0.iter().flatten().any(|interest| *interest == wanted)
    }

    pub(crate) fn are_none(&self) -> bool {
        self.0
            .iter()
            .flatten()
            .all(|interest| *interest == Interest::Nothing)
    }

    pub(crate) fn of_target(&self, target: usize) -> &[Interest] {
        &self.0[target]
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
        }
    }

    /// Begins the content of an item for those who take it in pieces.
    pub(crate) fn start(&mut self, facts: &ItemFacts<'_>, interests: &Interests) -> Pieces {
        let mut pieces = Pieces::default();
        for (target, interests) in interests.0.iter().enumerate() {
            for (number, interest) in interests.iter().enumerate() {
                if *interest == Interest::Pieces {
                    let parts = &self.detectors[target][number].parts;
                    let started = self.run((target, number), |session| session.start(facts, parts));
                    pieces.0.push(((target, number), started.err()));
                }
            }
        }
        pieces
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
                        None => self.run(who, |session| session.finish()),
                    },
                    Interest::Whole => {
                        let parts = &self.detectors[target][number].parts;
                        match content {
                            Some(content) => {
                                self.run(who, |session| session.scan(facts, parts, content))
                            }
                            None => Err(DetectorError {
                                reason: Reason::TooLarge,
                                message: String::new(),
                            }),
                        }
                    }
                };
                verdict.take(number, matched);
            }
            verdicts.push(verdict);
        }
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
    fn failure(&mut self, who: (usize, usize)) -> Option<DetectorError> {
        match self.0.iter_mut().find(|(one, _)| *one == who) {
            Some((_, failure)) => failure.take(),
            None => Some(DetectorError::of("its content was not begun")),
        }
    }
}

impl Verdict {
    /// Takes what a detector came to.
    pub(crate) fn take(&mut self, number: usize, matched: Result<Vec<Match>, DetectorError>) {
        match matched {
            Ok(matches) => {
                self.outcomes.set(number + 1, Reading::Complete);
                self.matches.extend(matches);
            }
            Err(error) => {
                self.outcomes.set(number + 1, Reading::Failed);
                self.failures.push((error.reason, error.message));
            }
        }
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
