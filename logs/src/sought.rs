//! What is looked for in logs.

use domain::{Digest, DomainPattern, NetworkPattern};

/// One thing to look for, and the number by which its matches are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The caller's number; several may share one, and are then counted together.
    pub id: usize,
    /// What it is.
    pub what: What,
}

/// The kinds of things that logs can be searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A digest, written in hexadecimal of either case.
    Digest(Digest),
    /// A name exactly, or (`*.name`) every name below it and not the name itself.
    Domain(DomainPattern),
    /// An address, or every address of a block.
    Network(NetworkPattern),
    /// An absolute URL: found as written, and without its scheme as proxies write it.
    Url(String),
}
