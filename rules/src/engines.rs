//! The engine's side: groups of rules, compiled when a content first needs them, each on a thread with room for it.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::thread::{self, ScopedJoinHandle};

use yara_x::{Compiler, Rules, SourceCode};

use crate::compiling::VARIABLES;
use crate::rule_set::{RuleSet, Unit};
use crate::sources::SourceInfo;

/// Stack of a thread that compiles, in bytes: the compiler recurses into nested conditions.
pub(crate) const STACK_BYTES: usize = 64 * 1024 * 1024;

/// The compiled groups of one alert, by the group's index.
#[derive(Debug)]
pub(crate) struct Engines {
    cells: Vec<OnceLock<Result<Rules, String>>>,
}

impl Engines {
    /// Makes room for so many groups.
    pub fn new(group_count: usize) -> Self {
        Self {
            cells: (0..group_count).map(|_| OnceLock::new()).collect(),
        }
    }

    /// Returns the group's rules, compiled now where they were not. They compiled before as part of their sources, so that an
    /// error is a defect of ours or of the engine.
    pub fn of(
        &self,
        group: usize,
        rule_set: &RuleSet,
        sources: &[SourceInfo],
        texts: &[String],
    ) -> Result<&Rules, String> {
        let cell = self.cells.get(group).ok_or("there is no such group")?;
        cell.get_or_init(|| {
            let units: Vec<&Unit> = rule_set.groups[group]
                .iter()
                .map(|unit| &rule_set.units[*unit as usize])
                .collect();
            let mut parts: Vec<(&str, String)> = Vec::new();
            let mut whole: Vec<(&str, String)> = Vec::new();
            // The units of one source follow each other.
            for of_source in units.chunk_by(|one, other| one.source == other.source) {
                let index = of_source[0].source as usize;
                let (id, text) = (sources[index].id.as_str(), texts[index].as_str());
                parts.push((id, text_of(of_source, text)));
                whole.push((id, text.to_owned()));
            }
            build(&parts).or_else(|_| build(&whole))
        })
        .as_ref()
        .map_err(Clone::clone)
    }
}

/// Returns the text of some units of one source.
fn text_of(units: &[&Unit], source: &str) -> String {
    let mut places: Vec<Range<usize>> = Vec::new();
    for unit in units {
        match &unit.text {
            Some(text) => places.extend(text.iter().cloned()),
            None => return source.to_owned(),
        }
    }
    // In the order in which they stand, an import that several need once.
    places.sort_by_key(|place| place.start);
    places.dedup();
    let mut text = String::new();
    for place in places {
        text.push_str(source.get(place).unwrap_or_default());
        text.push('\n');
    }
    text
}

/// Makes a compiler that knows the variables and accepts what YARA accepts in regular expressions, which most published rules
/// are written for.
pub(crate) fn compiler<'a>() -> Compiler<'a> {
    let mut compiler = Compiler::new();
    compiler
        .enable_includes(false)
        .relaxed_re_syntax(true)
        .max_warnings(0);
    for variable in VARIABLES {
        compiler
            .define_global(variable, "")
            .expect("the names are identifiers and differ");
    }
    compiler
}

/// Runs work of the compiler on a thread with room for it; nothing where the thread fails.
pub(crate) fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    let thread = thread::Builder::new()
        .name("rules".to_owned())
        .stack_size(STACK_BYTES);
    thread::scope(|scope| {
        thread
            .spawn_scoped(scope, work)
            .map(ScopedJoinHandle::join)
            .ok()
            .and_then(Result::ok)
    })
}

fn build(sources: &[(&str, String)]) -> Result<Rules, String> {
    with_room(|| {
        catch_unwind(AssertUnwindSafe(|| {
            let mut compiler = compiler();
            for (id, text) in sources {
                compiler.new_namespace(id);
                compiler
                    .add_source(SourceCode::from(text.as_str()))
                    .map_err(|error| error.to_string())?;
            }
            Ok(compiler.build())
        }))
        .unwrap_or_else(|_panic| Err("the compiler failed".to_owned()))
    })
    .unwrap_or_else(|| Err("no thread could be started to compile".to_owned()))
}
