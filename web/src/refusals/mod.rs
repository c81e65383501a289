//! Documents that this node did not accept: each costs itself only, and none is hidden.

mod pages;

pub(crate) use pages::routes;
