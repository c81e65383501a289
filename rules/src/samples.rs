//! Proves rules before they are relied upon: makes a content that one rule of each source should match, and matches it as
//! any content is matched.
//!
//! `patterns` writes what a pattern matches, `draft` puts such texts into one content, `satisfying` chooses what a condition
//! needs. None of them is trusted: only what the engine says of the content counts.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use yara_x::{Rules, Scanner, SourceCode};
use yara_x_parser::Parser;
use yara_x_parser::ast::{AST, Rule, RuleFlags};

use crate::compiling::{CompiledRules, VARIABLES};
use crate::engines::{STACK_BYTES, compiler};
use crate::scanning::{ScanError, Session, values_for};
use crate::sources::SourceSet;

mod draft;
mod numbers;
mod patterns;
mod satisfying;
mod variables;

use draft::Sample;
use satisfying::Satisfying;

/// Threads that test sources.
const TESTERS_MAX: usize = 8;
/// Sources that one thread tests before it takes others.
const SOURCES_AT_ONCE: usize = 4;
/// Sources of an alert up to which the machine code made for the test is kept for the sweep.
const SOURCES_KEPT_MAX: usize = 32;
/// Rules of one source for which a sample is made until one matches.
const RULES_TRIED_MAX: usize = 4;
/// Samples of one rule: each takes other branches of its condition.
const SAMPLES_MAX: usize = 3;
/// Bytes of a source that is taken apart for this; longer ones are left untested.
const SOURCE_BYTES_MAX: usize = 1024 * 1024;
/// How long one sample may be matched.
const SAMPLE_TIME_MAX: Duration = Duration::from_millis(500);
/// Bytes of a sample's beginning by which a sweep chooses.
const HEAD_BYTES: usize = 36 * 1024;

/// What became of the samples for one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceProof {
    /// The index of the source in [`CompiledRules::sources`].
    pub source: usize,
    /// What they prove.
    pub proof: Proof,
}

/// What a sample proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The engine by itself finds it and this crate does not, or the engine fails: the source says nothing here.
    Fails(String),
    /// No content was made that any of its rules matches.
    NoSample,
    /// The time was over before.
    NotTried,
    /// This rule of the source was found.
    Works(String),
}

impl CompiledRules {
    /// Makes a sample for each source, in order, and matches it with that source, on as many threads as there are cores. Stops
    /// soon after `time`: machine code is made of what is tested, so that an alert of hundreds of sources is tested in part,
    /// the rest being [`Proof::NotTried`].
    pub fn self_test(&self, time: Duration) -> Vec<SourceProof> {
        let deadline = Instant::now().checked_add(time);
        let proofs: Vec<OnceLock<Proof>> = self.sources().iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let test_some = || {
            while let first = next.fetch_add(SOURCES_AT_ONCE, Ordering::Relaxed)
                && let Some(some) = proofs.get(first..)
                && !some.is_empty()
            {
                self.test(first, &some[..some.len().min(SOURCES_AT_ONCE)], deadline);
            }
        };
        let thread_count = thread::available_parallelism()
            .map_or(1, usize::from)
            .clamp(1, TESTERS_MAX);
        thread::scope(|scope| {
            for _ in 0..thread_count.min(proofs.len().div_ceil(SOURCES_AT_ONCE)) {
                // What a thread leaves undone, or one that does not start, is told below.
                let _ = thread::Builder::new()
                    .name("rules".to_owned())
                    .stack_size(STACK_BYTES)
                    .spawn_scoped(scope, || catch_unwind(AssertUnwindSafe(test_some)).is_ok());
            }
        });
        let failed = || Proof::Fails("the self-test failed".to_owned());
        let proofs = proofs.into_iter().enumerate();
        proofs
            .map(|(source, proof)| SourceProof {
                source,
                proof: proof.into_inner().unwrap_or_else(failed),
            })
            .collect()
    }

    /// Tests the sources from the first on. Of an alert of many, machine code is not kept: most will never be needed.
    fn test(&self, first: usize, proofs: &[OnceLock<Proof>], deadline: Option<Instant>) {
        let own = (self.sources().len() > SOURCES_KEPT_MAX).then(|| self.other_engines());
        let mut session = match &own {
            Some(engines) => self.session_with(SAMPLE_TIME_MAX, engines),
            None => self.session(SAMPLE_TIME_MAX),
        };
        for (source, proof) in (first..).zip(proofs) {
            let is_over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            let of_source = if is_over {
                Proof::NotTried
            } else {
                Testing {
                    compiled: self,
                    source,
                    deadline,
                    engine: None,
                }
                .prove(&mut session)
            };
            // Each source has one thread.
            let _ = proof.set(of_source);
        }
    }
}

/// The test of one source.
struct Testing<'r> {
    compiled: &'r CompiledRules,
    source: usize,
    deadline: Option<Instant>,
    /// The source alone, as the engine has it. Made where a sample is not found.
    engine: Option<Result<Rules, String>>,
}

impl Testing<'_> {
    fn prove(&mut self, session: &mut Session<'_>) -> Proof {
        let text = self.compiled.text(self.source);
        if text.len() > SOURCE_BYTES_MAX {
            return Proof::NoSample;
        }
        let ast = AST::from(Parser::new(text.as_bytes()));
        let rules: Vec<&Rule<'_>> = ast.rules().collect();
        let names: HashMap<&str, usize> = (0..)
            .zip(&rules)
            .map(|(index, rule)| (rule.identifier.name, index))
            .collect();
        let globals: Vec<usize> = (0..rules.len())
            .filter(|index| rules[*index].flags.contains(RuleFlags::Global))
            .collect();
        let mut candidates: Vec<(u32, usize, usize, Sample)> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            if rule.flags.contains(RuleFlags::Private) {
                continue;
            }
            for choice in 0..SAMPLES_MAX {
                let made = Satisfying::new(&rules, &names, choice).sample(index, &globals);
                if let Some((doubt, sample)) = made {
                    candidates.push((doubt, choice, index, sample));
                }
            }
            let sure = candidates.iter().filter(|(doubt, ..)| *doubt == 0).count();
            if sure >= RULES_TRIED_MAX * SAMPLES_MAX {
                break;
            }
        }
        candidates.sort_by_key(|(doubt, choice, index, _)| (*doubt, *choice, *index));
        for (_, _, _, sample) in candidates.iter().take(RULES_TRIED_MAX * SAMPLES_MAX) {
            if let Some(proof) = self.try_sample(sample, session) {
                return proof;
            }
            if self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
            {
                break;
            }
        }
        Proof::NoSample
    }

    /// Matches a sample; nothing where it proves nothing.
    fn try_sample(&mut self, sample: &Sample, session: &mut Session<'_>) -> Option<Proof> {
        let only: SourceSet = [self.source].into_iter().collect();
        let facts = sample.facts();
        match session.scan_sources(Some(&only), &facts, &sample.content) {
            Ok(found) => match found.into_iter().next() {
                Some(found) if self.is_let_through(sample, session) => {
                    Some(Proof::Works(found.rule_name))
                }
                Some(found) => Some(Proof::Fails(format!(
                    "'{}' matches a sample that would not be read",
                    found.rule_name
                ))),
                None => self.found_by_engine(sample).map(|rule| {
                    Proof::Fails(format!("'{rule}' does not match a sample made for it"))
                }),
            },
            Err(ScanError::Engine(why)) => Some(Proof::Fails(why)),
            Err(ScanError::Timeout(_) | ScanError::Stopped) => None,
        }
    }

    /// Says whether a sweep would match such a content: whether it gets past what is asked of it before.
    fn is_let_through(&self, sample: &Sample, session: &mut Session<'_>) -> bool {
        let facts = sample.facts();
        let size_bytes = u64::try_from(sample.content.len()).unwrap_or(u64::MAX);
        let head = &sample.content[..sample.content.len().min(HEAD_BYTES)];
        let by_name = self.compiled.needs_content(&facts, size_bytes, None);
        let by_head = self.compiled.needs_content(&facts, size_bytes, Some(head));
        session.begin_filter(&facts, size_bytes);
        session.push(&sample.content);
        let by_content = session.finish();
        [by_name, by_head, by_content]
            .iter()
            .all(|sources| sources.contains(self.source))
    }

    /// Returns the rule that the engine finds when it is given all of the source and all of the sample.
    fn found_by_engine(&mut self, sample: &Sample) -> Option<String> {
        let text = self.compiled.text(self.source);
        let engine = self.engine.get_or_insert_with(|| {
            let mut compiler = compiler();
            compiler
                .add_source(SourceCode::from(text))
                .map_err(|error| error.to_string())?;
            Ok(compiler.build())
        });
        let mut scanner = Scanner::new(engine.as_ref().ok()?);
        scanner.set_timeout(SAMPLE_TIME_MAX);
        let values = values_for(&sample.facts(), &sample.content);
        for (name, value) in VARIABLES.iter().zip(&values) {
            scanner.set_global(name, value.as_str()).ok()?;
        }
        let results = scanner.scan(&sample.content).ok()?;
        let first = results.matching_rules().next();
        first.map(|rule| rule.identifier().to_owned())
    }
}
