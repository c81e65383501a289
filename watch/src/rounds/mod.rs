//! The running watch: which page is looked at when and how deeply, what that makes of cases, and the loop that does it.

mod chance;

mod quiet;

mod rhythm;

mod pace;

mod turns;

mod schedule;

mod cases;

mod kept;

mod spool;

mod running;

pub use self::cases::{
    Case, CaseEvent, CasePage, CaseRules, CaseState, Cases, Consequence, End, Sight,
};
pub use self::chance::Chance;
pub use self::kept::Kept;
pub use self::pace::Pace;
pub use self::quiet::{Quiet, QuietHours, QuietHoursError};
pub use self::rhythm::Rhythm;
pub use self::running::{Running, RunningSettings, Told, saved_members};
pub use self::schedule::{After, Job, Look, Moment, Next, PageId, Schedule};
pub use self::spool::{Wish, take_notices, wish};
