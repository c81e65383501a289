//! From source text to compiled rules, or to what is wrong with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use domain::alert::RULE_BYTES_MAX;
use sha2::{Digest, Sha256};
use yara_x::{Compiler, Rules, SourceCode};

use crate::engines::{Engines, STACK_BYTES, compiler, with_room};
use crate::rule_set::RuleSet;
use crate::sources::SourceInfo;

/// Threads that check sources.
const CHECKERS_MAX: usize = 8;
/// Sources that one compiler checks before another takes over.
const SOURCES_AT_ONCE: usize = 16;

/// The variables that rules may use without declaring them, as LOKI and THOR define them, all texts. Empty until a
/// file is matched.
pub(crate) const VARIABLES: [&str; 7] = [
    "extension",
    "filename",
    "filepath",
    "filetype",
    "owner",
    "unpack_parent",
    "unpack_source",
];

/// Bytes of all sources compiled together, 128 MiB: several times the largest public collection.
const SOURCES_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Problems told at once: nobody corrects more before trying again.
const PROBLEMS_MAX: usize = 1_000;
/// Raised whenever this crate would judge a content otherwise than before with the same engine.
const JUDGING_VERSION: &[u8] = b"tocsin rules 1";

/// Rules that compiled, ready to be matched from any number of threads.
#[derive(Debug)]
pub struct CompiledRules {
    sources: Vec<SourceInfo>,
    texts: Vec<String>,
    rule_set: RuleSet,
    engines: Engines,
}

/// One thing wrong with a rule's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// Which source.
    pub source_id: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong, in English.
    pub message: String,
}

/// Compiles sources, each an id and a text, each in a namespace of its own: two sources may have rules of one name,
/// and a `global` rule governs its own source only.
///
/// All of every source is checked; machine code is made of a rule when a content first needs it.
pub fn compile(sources: &[(&str, &str)]) -> Result<CompiledRules, Vec<RuleProblem>> {
    let total: usize = sources.iter().map(|(_, source)| source.len()).sum();
    if total > SOURCES_BYTES_MAX {
        return Err(vec![problem(
            "",
            "all rules together are longer than 128 MiB",
        )]);
    }
    check_all(sources)?;
    let Some(rule_set) = with_room(|| RuleSet::new(sources)) else {
        return Err(vec![problem("", "the compiler failed on these rules")]);
    };
    Ok(CompiledRules {
        sources: sources
            .iter()
            .zip(&rule_set.depends_on_place)
            .map(|((id, source), depends_on_place)| SourceInfo {
                id: (*id).to_owned(),
                fingerprint: fingerprint(source),
                depends_on_place: *depends_on_place,
            })
            .collect(),
        texts: sources
            .iter()
            .map(|(_, source)| (*source).to_owned())
            .collect(),
        engines: Engines::new(rule_set.groups.len()),
        rule_set,
    })
}

/// Returns what is wrong with one source; nothing where it compiles.
pub fn check(source: &str) -> Vec<RuleProblem> {
    check_all(&[("", source)]).err().unwrap_or_default()
}

impl CompiledRules {
    /// Returns how many rules there are, private ones included.
    pub fn rule_count(&self) -> usize {
        self.rule_set.rules.len()
    }

    /// Returns the sources, in the order in which they were given; a [`crate::SourceSet`] holds indices of this slice.
    pub fn sources(&self) -> &[SourceInfo] {
        &self.sources
    }

    pub(crate) fn rule_set(&self) -> &RuleSet {
        &self.rule_set
    }

    /// Returns the text of a source.
    pub(crate) fn text(&self, source: usize) -> &str {
        self.texts.get(source).map_or("", String::as_str)
    }

    /// Returns where the engine's rules are kept that were compiled so far.
    pub(crate) fn engines(&self) -> &Engines {
        &self.engines
    }

    /// Makes room for the engine's rules apart from those that are kept.
    pub(crate) fn other_engines(&self) -> Engines {
        Engines::new(self.rule_set.groups.len())
    }

    /// Returns the engine's rules of a group, kept there.
    pub(crate) fn engine<'e>(
        &self,
        engines: &'e Engines,
        group: usize,
    ) -> Result<&'e Rules, String> {
        engines.of(group, &self.rule_set, &self.sources, &self.texts)
    }
}

fn fingerprint(source: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in [
        JUDGING_VERSION,
        yara_x::VERSION.as_bytes(),
        source.as_bytes(),
    ] {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Checks all sources, on as many threads as there are cores.
fn check_all(sources: &[(&str, &str)]) -> Result<(), Vec<RuleProblem>> {
    let thread_count = thread::available_parallelism()
        .map_or(1, usize::from)
        .clamp(1, CHECKERS_MAX);
    let next = AtomicUsize::new(0);
    let check_some = || {
        let mut found = Vec::new();
        // Of a few sources each time: what the compiler keeps of all that it was given is not needed.
        loop {
            let first = next.fetch_add(SOURCES_AT_ONCE, Ordering::Relaxed);
            let Some(some) = sources.get(first..) else {
                return found;
            };
            let mut compiler = compiler();
            for (index, (id, source)) in (first..).zip(some.iter().take(SOURCES_AT_ONCE)) {
                let mut problems = Vec::new();
                add_source(&mut compiler, id, source, &mut problems);
                problems.truncate(PROBLEMS_MAX);
                if !problems.is_empty() {
                    found.push((index, problems));
                }
            }
            if some.len() <= SOURCES_AT_ONCE || found.len() >= PROBLEMS_MAX {
                return found;
            }
        }
    };
    let outcomes: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..thread_count.min(sources.len().div_ceil(SOURCES_AT_ONCE)))
            .map(|_| {
                thread::Builder::new()
                    .name("rules".to_owned())
                    .stack_size(STACK_BYTES)
                    .spawn_scoped(scope, check_some)
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| match thread {
                Ok(thread) => thread
                    .join()
                    .map_err(|_panic| "the compiler failed on these rules"),
                Err(_) => Err("no thread could be started to compile"),
            })
            .collect()
    });
    let mut found = Vec::new();
    for outcome in outcomes {
        found.extend(outcome.map_err(|message| vec![problem("", message)])?);
    }
    found.sort_by_key(|(index, _)| *index);
    let mut problems: Vec<RuleProblem> = found
        .into_iter()
        .flat_map(|(_, problems)| problems)
        .collect();
    problems.truncate(PROBLEMS_MAX);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn add_source(
    compiler: &mut Compiler<'_>,
    id: &str,
    source: &str,
    problems: &mut Vec<RuleProblem>,
) {
    if source.len() > RULE_BYTES_MAX {
        problems.push(problem(id, "the source is longer than 8 MiB"));
        return;
    }
    let errors_before = compiler.errors().len();
    let added = catch_unwind(AssertUnwindSafe(|| {
        compiler
            .new_namespace(id)
            .add_source(SourceCode::from(source).with_origin(id))
            .is_ok()
    }));
    if added.is_err() {
        problems.push(problem(id, "the compiler failed on this source"));
    }
    for error in compiler.errors().get(errors_before..).unwrap_or_default() {
        let label = error.labels().next();
        let (line, column) = label
            .as_ref()
            .map_or((1, 1), |label| position(source, label.span().start()));
        let detail = label
            .map(|label| format!(": {}", label.text()))
            .unwrap_or_default();
        problems.push(RuleProblem {
            source_id: (*id).to_owned(),
            line,
            column,
            message: format!("{}{detail}", error.title()),
        });
    }
}

fn problem(id: &str, message: &str) -> RuleProblem {
    RuleProblem {
        source_id: id.to_owned(),
        line: 1,
        column: 1,
        message: message.to_owned(),
    }
}

/// Returns line and column of a byte of the source, both from 1.
fn position(source: &str, byte: usize) -> (usize, usize) {
    let before = source.get(..byte).unwrap_or(source);
    let line_start = before
        .rfind('\n')
        .map_or(0, |newline| newline.saturating_add(1));
    let line = before.bytes().filter(|&b| b == b'\n').count();
    let column = before.get(line_start..).unwrap_or_default().chars().count();
    (line.saturating_add(1), column.saturating_add(1))
}
