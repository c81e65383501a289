//! Stub.

pub mod skipping;
