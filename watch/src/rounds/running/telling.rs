//! What a running watch tells whoever runs it.

use std::time::Duration;

use crate::across::Campaign;
use crate::keeping::Target;
use crate::rounds::cases::{Case, CaseEvent};
use crate::rounds::pace::Pace;
use crate::verdict::Judgement;

/// What a running watch tells.
#[derive(Debug)]
pub enum Told<'t> {
    /// The same addition on several members.
    Campaign(&'t Campaign),
    /// What became of a site's case.
    Case {
        /// What.
        event: CaseEvent,
        /// The case.
        case: &'t Case,
        /// The page that it became so by.
        target: &'t Target,
        /// What was said of the page, where it was looked at.
        judgement: Option<&'t Judgement>,
        /// The line of evidence, where it could be written.
        evidence: Option<u64>,
    },
    /// The watch is later than it should be, or no longer.
    Late(Pace),
    /// Something could not be done; the watch goes on.
    Problem {
        /// What, readable after "could not".
        what: &'t str,
    },
    /// How it stands, each second.
    Progress {
        /// Pages under watch.
        pages: usize,
        /// Looks since the beginning.
        looks: u64,
        /// Of those, the ones that found nothing changed.
        unchanged: u64,
        /// Looks under way.
        under_way: usize,
        /// Cases of which somebody was called, and which are not over.
        open: usize,
        /// How late it is.
        pace: Pace,
        /// Since the beginning.
        elapsed: Duration,
    },
    /// Every page that was waited for was looked at: of a single round only.
    RoundOver,
    /// A wish was fulfilled.
    Approved {
        /// Which page.
        url: &'t str,
        /// In whose name.
        by: &'t str,
    },
}
