//! YARA-X behind a small face: source text in, problems or matches out. It reads no file, follows no include, and
//! neither a hostile rule nor a hostile content makes it panic.
//!
//! [`compiling`] checks sources and reads what each rule requires (`analysis`); [`scanning`] looks through a content for
//! that (`filter`) and has the engine match what is left (`engines`).

pub mod compiling;

pub mod scanning;

pub mod sources;

mod file_types;

mod analysis;

mod literals;
mod rarity;

mod evaluation;
mod rule_set;

mod filter;

mod engines;

mod samples;

pub use compiling::{CompiledRules, RuleProblem, check, compile};
pub use samples::{Proof, SourceProof};
pub use scanning::{Counters, RuleMatch, ScanError, ScanFacts, Session};
pub use sources::{SourceInfo, SourceSet};
