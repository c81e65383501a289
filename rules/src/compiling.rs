//! From source text to compiled rules, or to what is wrong with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, ScopedJoinHandle};

use crate::sources::SourceInfo;
use domain::alert::RULE_BYTES_MAX;
use sha2::{Digest, Sha256};
use yara_x::{Compiler, Rules, SourceCode};

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
/// Stack of the thread that compiles, in bytes: the compiler recurses into nested conditions.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Rules that compiled, ready to be matched from any number of threads.
#[derive(Debug)]
pub struct CompiledRules {
    rules: Rules,
    sources: Vec<SourceInfo>,
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
pub fn compile(sources: &[(&str, &str)]) -> Result<CompiledRules, Vec<RuleProblem>> {
    let with_room = thread::Builder::new()
        .name("rules".to_owned())
        .stack_size(STACK_BYTES);
    let outcome = thread::scope(|scope| {
        with_room
            .spawn_scoped(scope, || compile_all(sources))
            .map(ScopedJoinHandle::join)
    });
    match outcome {
        Ok(Ok(compiled)) => compiled,
        Ok(Err(_panic)) => Err(vec![problem("", "the compiler failed on these rules")]),
        Err(_no_thread) => Err(vec![problem("", "no thread could be started to compile")]),
    }
}

/// Returns what is wrong with one source; nothing where it compiles.
pub fn check(source: &str) -> Vec<RuleProblem> {
    compile(&[("", source)]).err().unwrap_or_default()
}

impl CompiledRules {
    /// Returns how many rules there are, private ones included.
    pub fn rule_count(&self) -> usize {
        self.rules.iter().len()
    }

    /// Returns the sources, in the order in which they were given; a [`crate::SourceSet`] holds indices of this slice.
    pub fn sources(&self) -> &[SourceInfo] {
        &self.sources
    }

    pub(crate) fn as_engine_rules(&self) -> &Rules {
        &self.rules
    }
}

fn compile_all(sources: &[(&str, &str)]) -> Result<CompiledRules, Vec<RuleProblem>> {
    let total: usize = sources.iter().map(|(_, source)| source.len()).sum();
    if total > SOURCES_BYTES_MAX {
        return Err(vec![problem(
            "",
            "all rules together are longer than 128 MiB",
        )]);
    }
    let mut compiler = Compiler::new();
    compiler
        .enable_includes(false)
        // What YARA accepts in regular expressions, which most published rules are written for.
        .relaxed_re_syntax(true)
        .max_warnings(0);
    for variable in VARIABLES {
        compiler
            .define_global(variable, "")
            .expect("the names are identifiers and differ");
    }
    let mut problems = Vec::new();
    for (id, source) in sources {
        add_source(&mut compiler, id, source, &mut problems);
        if problems.len() >= PROBLEMS_MAX {
            problems.truncate(PROBLEMS_MAX);
            break;
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    catch_unwind(AssertUnwindSafe(|| compiler.build()))
        .map(|rules| CompiledRules {
            rules,
            sources: sources
                .iter()
                .map(|(id, source)| SourceInfo {
                    id: (*id).to_owned(),
                    fingerprint: Sha256::digest(source).into(),
                    depends_on_place: true,
                })
                .collect(),
        })
        .map_err(|_panic| vec![problem("", "the compiler failed on these rules")])
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
