//! Web sites under watch: the wall of all of them, one finding, and its evidence where that is this node's own.

mod evidence;
mod pages;
mod view;
mod words;

pub(crate) use pages::routes;
pub(crate) use view::FindingLine;
pub(crate) use words::{state_class, state_key};
