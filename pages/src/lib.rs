//! Reads a web page as hostile bytes and says what is on it: where it takes its scripts, frames and forms from, what it hides,
//! what stands in each of its regions; and what differs between two readings. Opens no connection and no file.
//!
//! [`parse`] makes a [`PageModel`]; [`compare`] tells two of them apart; [`find_terms`] knows the words of intruders,
//! [`tongue_of`] the language of a line, [`read_script`] what a script does.

mod limits;
mod model;

mod tree;

mod styles;

mod addresses;

mod scripts;

mod texts;

mod languages;

mod regions;

mod reading;

mod parsing;

mod headers;

mod vocabulary;

mod comparing;

pub use self::comparing::{Comparison, PictureChange, RegionChange, compare};
pub use self::headers::add_headers;
pub use self::languages::{Tongue, tongue_of, vietnamese_share};
pub use self::limits::Limits;
pub use self::model::{
    Cover, CoverWay, Hidden, HidingWay, InlineScript, Item, PageModel, Region, RegionKey,
    ScriptSigns, Use, UseKind, Writing,
};
pub use self::parsing::{Source, parse};
pub use self::scripts::{ScriptFacts, read_script};
pub use self::vocabulary::{Subject, Term, find_terms, find_terms_in_address};
