//! The days of the zoo, one after the other: checks through the real code, what they came to, and the report of it.

mod watching;

mod announcing;

mod surveying;

mod lanes;

mod beside;

mod days;

mod tally;

mod report;

mod comparing;

mod standing;

#[cfg(test)]
pub use self::announcing::Publishers;
#[cfg(test)]
pub use self::days::instant_of;
pub use self::days::{Plan, run};
pub use self::standing::{Scene, stand};
