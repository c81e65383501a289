//! Reads one content of any kind: the entrance to every parser here.

use crate::recognising::Kind;
use crate::trace::{Damaged, Flow, Limits, Trace};

/// Reads a whole content and hands out each trace; ends early, without an error, when told. `path` says where the content lay:
/// a hive's place in the registry and a task's name come from it. Damage is told after everything readable was given.
pub fn read(
    kind: Kind,
    path: &[u8],
    content: &[u8],
    limits: &Limits,
    each: &mut dyn FnMut(&Trace<'_>) -> Flow,
) -> Result<(), Damaged> {
    let _ = (kind, path, content, limits, each);
    unimplemented!()
}
