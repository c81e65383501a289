//! What a search came to: matches, kept within bounds, and counts that have none.

use jiff::Timestamp;

/// How many matches of one id are kept: the first ones, and the last.
pub const MATCHES_PER_ID: usize = 10;
/// How many matches of one file are kept together, beside the last one of each id.
pub const MATCHES_MAX: usize = 4_000;

/// One place where something sought stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogMatch {
    /// The number of what was sought.
    pub id: usize,
    /// What stands there, as names are usually written: `mail-vna.dcsvn.org` where `*.dcsvn.org` is sought.
    pub value: String,
    /// The line, from 1.
    pub line: u64,
    /// Where the value begins, in bytes from the beginning of what was pushed.
    pub offset: u64,
    /// The time that the line states; without a zone it is taken as UTC.
    pub at: Option<Timestamp>,
    /// The line, or what of it stands around the value: at most 300 characters. Control characters are in it as they are.
    pub excerpt: String,
}

/// How often one id was found, whatever was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTotal {
    /// The number of what was sought.
    pub id: usize,
    /// How often; the same value again on the same line counts once.
    pub count: u64,
    /// The earliest time of these lines.
    pub first_at: Option<Timestamp>,
    /// The latest time of these lines.
    pub last_at: Option<Timestamp>,
}

/// What the search of one file came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOutcome {
    /// By offset: of each id the first ones and the last one.
    pub matches: Vec<LogMatch>,
    /// How many more there were.
    pub left_out: u64,
    /// One line for each id that was found, by id.
    pub totals: Vec<LogTotal>,
    /// Lines read.
    pub line_count: u64,
    /// Bytes read.
    pub byte_count: u64,
}
