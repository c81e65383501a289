//! Reads one content of any kind: the entrance to every parser here.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::recognising::Kind;
use crate::trace::{Damaged, Flow, Limits, Trace};
use crate::{hive, link, prefetch, task, volume};

/// Reads a whole content and hands out each trace; ends early, without an error, when told. `path` says where the content lay:
/// a hive's place in the registry and a task's name come from it. Damage is told after everything readable was given.
pub fn read(
    kind: Kind,
    path: &[u8],
    content: &[u8],
    limits: &Limits,
    each: &mut dyn FnMut(&Trace<'_>) -> Flow,
) -> Result<(), Damaged> {
    contained(|| match kind {
        Kind::Link => link::read(content, limits, each),
        Kind::MasterFileTable => volume::traces(
            &mut Cursor::new(content),
            volume::Source::Table,
            limits,
            each,
        ),
        Kind::NtfsVolume => volume::traces(
            &mut Cursor::new(content),
            volume::Source::Volume,
            limits,
            each,
        ),
        Kind::Prefetch => prefetch::read(content, limits, each),
        Kind::RegistryHive => hive::read(path, content, limits, each),
        Kind::ScheduledTask => task::read(path, content, limits, each),
    })
}

/// Runs a parser; a panic in it, ours or that of a crate, is the error of this one content.
pub(crate) fn contained(parser: impl FnOnce() -> Result<(), Damaged>) -> Result<(), Damaged> {
    catch_unwind(AssertUnwindSafe(parser)).unwrap_or(Err(Damaged::Parser))
}
