//! A whole agent against a node in memory, over loopback with TLS.

mod log;
mod node;

mod enrolling;
mod living;
