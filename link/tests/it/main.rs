//! The link over real TLS on loopback, with a node that lives in memory.

mod parent;
mod raw;

mod carrying;
mod enrolling;
mod hostile;
mod renewing;
