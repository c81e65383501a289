//! The tree of organisations at and below this node.

mod pages;
mod tree;

pub(crate) use pages::routes;
