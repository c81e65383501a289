//! What was not examined, by reason: what "clean" must not be said about.

mod pages;

pub(crate) use pages::routes;
