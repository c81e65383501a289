//! The days of the zoo, one after the other: checks through the real code, what they came to, and the report of it.

mod watching;

mod surveying;

mod beside;

mod days;

mod tally;

mod report;

mod standing;

pub use self::days::{Plan, run};
pub use self::standing::{Scene, stand};
