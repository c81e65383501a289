//! YARA-X behind a small face: source text in, problems or matches out. It reads no file, follows no include, and
//! neither a hostile rule nor a hostile content makes it panic.

pub mod compiling;

pub mod scanning;

pub mod sources;

pub mod sketch;

mod file_types;

pub use compiling::{CompiledRules, RuleProblem, check, compile};
pub use scanning::{RuleMatch, ScanError, ScanFacts, Session};
pub use sketch::Sketch;
pub use sources::{SourceInfo, SourceSet};
