//! Makes an alert's indicators and combinations of what was read, and says what is weak about them.

mod combinations;
mod ids;
mod indicators;
mod weaknesses;

pub(crate) use ids::{Ids, slug};
pub(crate) use indicators::{Sought, Used, build, size_text};
