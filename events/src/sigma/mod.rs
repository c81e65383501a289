//! Sigma rules: from YAML to something that can be asked quickly.
//!
//! The language is that of version 2 of the Sigma specification, its detections in full. What a rule asks for and this crate
//! cannot do (correlations, filters, placeholders, logs of other systems) is an error when the rule is compiled, never a silence.

mod yaml;

mod condition;

mod pattern;

pub(crate) mod matching;

mod modifiers;

mod logsource;

mod rule;

mod needs;

mod literals;

mod index;

mod compiling;

pub(crate) use compiling::Variant;
pub use compiling::{Level, RuleSource, SigmaRules, check, compile};
pub(crate) use index::Candidates;
pub(crate) use pattern::{Case, Part};
