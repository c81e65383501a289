//! Finds sought domains, addresses, URLs and digests in text at the speed of memory, with line and time.
//!
//! Chunks in, matches out; it opens no file. [`LogPatterns`] is made once for an alert, a [`LogSearch`] for each thread;
//! `start`, `push` and `finish` then take one file after the other. Any chunking gives the same result.

mod sought;

mod patterns;

mod windows;

mod rarity;

mod filter;
mod short;

mod search;

mod examining;

mod hosts;
mod notation;

mod networks;

mod digests;

mod urls;

mod lines;

mod times;

mod excerpt;

mod tally;

mod outcome;

mod utf16;

mod recognising;

pub use outcome::{LogMatch, LogOutcome, LogTotal, MATCHES_MAX, MATCHES_PER_ID};
pub use patterns::LogPatterns;
pub use recognising::{looks_like_text_log, may_be_log};
pub use search::LogSearch;
pub use sought::{Sought, What};
