//! Visits web sites as different visitors would, and tells everything that came back: names and addresses, certificate,
//! redirects, headers, page. Polite, bounded, and never at an address inside somebody's own network unless that is allowed by name.
//! Judges nothing.

mod limits;

mod metering;

mod permission;

mod names;

mod certificates;

mod visitors;

mod bodies;

mod asking;

mod politeness;

mod robots;

mod visiting;

pub use self::certificates::Certificate;
pub use self::limits::Limits;
pub use self::names::{Answers, NameError, Names};
pub use self::permission::{Permission, is_public};
pub use self::politeness::{Manners, Turn, Turns};
pub use self::robots::Robots;
pub use self::visiting::{
    Failure, Hop, Known, Outcome, Page, Resource, Visit, VisitError, VisitSettings, Web,
};
pub use self::visitors::{Visitor, Wanted};
