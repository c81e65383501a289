//! The form of an organisation without a node: no account, a secret address, its own answers only.

mod answering;
mod pages;

pub(crate) use pages::routes;
