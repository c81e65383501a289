//! Web sites under watch: the wall of all of them, and one finding.

mod pages;
mod view;
mod words;

pub(crate) use pages::routes;
