//! Letters and web pages: what is in them although nobody wrote them for a machine.
//!
//! Each line is first freed of what pasting and defanging put in ([`line`]), then searched for labels and values
//! ([`scan`]), and the values are put together to files ([`grouping`]). Nothing is ever joined or corrected silently.

mod labels;
mod line;

mod extent;
mod facts;
mod scan;
mod shape;

mod grouping;

pub(crate) use grouping::{language, last_component, read};
pub(crate) use labels::plain;
pub(crate) use line::Line;
