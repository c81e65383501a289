//! The website watch: what a site usually is, what it has become, and whether somebody has to be telephoned.
//!
//! [`judge`] compares one look at a page with what was approved of it and how it usually varies. Nothing that it learns by itself
//! lets a new origin, form, frame or hidden thing pass: only a person approves those.

mod verdict;

mod site;

mod habit;

mod memory;

mod judging;

mod steps;

mod checking;

pub mod keeping;

pub use self::checking::{Check, Depth, Last, Means, check, read_page};
pub use self::habit::Habit;
pub use self::judging::{Look, judge};
pub use self::memory::{Approval, Approver, PageMemory, SiteMemory};
pub use self::site::SiteFacts;
pub use self::steps::{
    Appearance, Loaded, LoadedMemory, NotSeen, Rendered, RenderedMemory, Views, judge_views,
};
pub use self::verdict::{Judgement, Reason, Verdict};
