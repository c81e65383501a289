//! The website watch: what a site usually is, what it has become, and whether somebody has to be telephoned.
//!
//! [`judge`] compares one look at a page with what was approved of it and how it usually varies. Nothing that it learns by itself
//! lets a new origin, form, frame or hidden thing pass: only a person approves those.

mod verdict;

mod site;

mod habit;

mod memory;

mod wording;

mod judging;

mod steps;

pub mod across;

mod challenges;

mod checking;

mod acquainting;

mod surveying;

mod first_look;

pub mod keeping;

mod notices;

pub mod reading;

pub mod rounds;

pub use self::acquainting::{FIRST_LOOKS, get_to_know};
pub use self::across::Common;
pub use self::checking::{About, Check, Depth, Last, Means, check, go_on, read_page_with};
pub use self::first_look::first_look;
pub use self::habit::Habit;
pub use self::judging::{Ground, Look, Views, judge, judge_views};
pub use self::memory::{Approval, Approver, PageMemory, SiteMemory};
pub use self::notices::{
    Applied, Notice, NoticeBoard, NoticeError, apply_notices, notice_file_name, say_unannounced,
};
pub use self::site::SiteFacts;
pub use self::steps::{
    Appearance, FileFacts, KeptFile, Loaded, LoadedFile, LoadedMemory, NotSeen, PicturePlace,
    Pieces, Rendered, RenderedMemory, ScriptFacts,
};
#[doc(hidden)]
pub use self::surveying::read_as_everything;
pub use self::surveying::{
    FolderState, Heard, KnownFolder, KnownMap, KnownPage, LeftOut, LeftOutWhy, Looked, News,
    Survey, SurveyMemory, SurveyPlan, heard_as, leads_of, survey,
};
pub use self::verdict::{Judgement, Reason, Verdict};
pub use self::wording::Words;
