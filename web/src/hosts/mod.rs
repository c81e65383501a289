//! The hosts of this node: when each was last heard of, and where it stands with one alert.

mod pages;

pub(crate) use pages::routes;
