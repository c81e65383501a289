//! Web sites under watch: what this node's own watch has seen, what children's watches report, what the parent tells.
//!
//! All of it is state, as in roll-ups: a report says everything of one watch anew, and the greatest revision counts.

mod owners;

mod saying;

mod telling;

mod taking;

mod showing;

pub use saying::{Watched, WatchedPage};
pub use showing::{AlsoSeen, SiteFindingRow, SitesPicture, SitesRow, SitesSum, WatcherRow};
