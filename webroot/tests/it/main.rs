//! Real folders, real keys, and where the system permits it the kernel's own events.

mod checking;
mod manifests;
mod site;
