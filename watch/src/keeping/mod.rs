//! What the watch keeps on disk: its targets, what it knows of each page, contents, and a chain of evidence.

mod chain;
mod contents;
mod folder;

mod counting;

mod evidence;

mod surveys;

mod archive;

pub use self::archive::{Archive, History, check_of, verdict_of};
pub use self::chain::{Chain, ChainError, Entry, Link, Proof, verify_chain};
pub(crate) use self::chain::{read_line_at, read_on};
pub use self::contents::{Contents, name_of};
pub use self::evidence::{ApprovalLine, CheckLine, CheckRecord, EVIDENCE_SCHEMA, Sight, Version};
pub use self::folder::{KeepError, Standing, Target, WatchFolder, host_of, page_address};
pub(crate) use self::surveys::first_of_sites;
pub use self::surveys::{SurveyLine, SurveyRecord, first_pages, rest_address, rest_of, survey_of};
