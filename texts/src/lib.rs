//! The words people read, in English and Vietnamese. Nothing else in Tocsin writes text for people.
//!
//! Catalogues are Fluent files in `locales/<language>/<area>.ftl`, embedded in the program. A key that is missing shows
//! as itself, never as an empty place; the tests let no such key through.

mod amounts;
mod catalogue;
mod nouns;

pub use amounts::{ago, byte_size, count, left, when};
pub use catalogue::{TextValue, Texts};
