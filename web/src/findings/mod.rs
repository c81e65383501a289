//! What was found: the list with its filter, and one finding with its evidence.

mod pages;
mod view;

pub(crate) use pages::routes;
