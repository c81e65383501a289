//! Real folders, real keys, and where the system permits it the kernel's own events.
#![expect(clippy::unwrap_used, reason = "these are tests")]

mod checking;
mod manifests;
mod restoring;
mod site;
mod watching;
