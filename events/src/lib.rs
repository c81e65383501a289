//! Windows event logs, and Sigma rules over their records. Bytes in, matches out; it opens no file.
//!
//! `sigma` turns rules into something that can be asked quickly, `evtx` reads logs chunk by chunk, and `reading` brings the two
//! together. Both parse what strangers wrote: every length, depth and count has a limit, and what cannot be read is told.

mod problems;

mod fields;
mod text;

mod evtx;

mod sigma;

mod asking;

mod reading;

mod samples;

pub use problems::RuleProblem;
pub use reading::{
    Damage, EventMatch, EventReader, Outcome, RecordText, for_each_field, is_event_log,
};
pub use samples::Proof;
pub use sigma::{Level, RuleSource, SigmaRules, check, compile};
