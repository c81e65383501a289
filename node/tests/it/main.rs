//! Nodes as a whole: trees of them in one process, joined through the same trait that the server uses.

mod attacks;
mod authority;
mod configuration;
mod consent;
mod enrolment;
mod hosted;
mod over_tls;
mod picture;
mod property;
mod relay;
mod roll_ups;
mod sessions;
mod tree;
mod websites;
