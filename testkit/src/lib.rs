//! What tests of several crates need: a clock that is set, keys that are always the same, a whole authority, the
//! dispatch of 2016 and an exercise as alerts, a way to wait without sleeping for luck, and servers of web sites.
//!
//! A development dependency only. Its keys are known to everybody who reads this.

pub mod alerts;

pub mod skipping;

pub mod serving;

mod authority;
mod clock;
mod findings;
mod keys;
mod waiting;

pub use authority::TestAuthority;
pub use clock::TestClock;
pub use findings::finding;
pub use keys::signing_key;
pub use waiting::wait_until;

use jiff::Timestamp;

/// Returns the instant that `text` states: `2016-08-05T09:00:00Z`.
///
/// # Panics
/// When the text is no instant.
pub fn at(text: &str) -> Timestamp {
    text.parse()
        .expect("an instant such as 2016-08-05T09:00:00Z")
}
