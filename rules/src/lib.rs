//! YARA-X behind a small face: source text in, problems or matches out. It reads no file, follows no include, and
//! neither a hostile rule nor a hostile content makes it panic.

pub mod compiling;

pub mod scanning;

mod file_types;

pub use compiling::{CompiledRules, RuleProblem, check, compile};
pub use scanning::{RuleMatch, ScanError, ScanFacts, Session};
