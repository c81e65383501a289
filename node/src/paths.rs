//! Every path that a node reads or writes. Nothing else in the crate invents one.
