//! A volume's files as traces, for whoever looks for names and paths only.

use std::io::Read;
use std::ops::ControlFlow;

use super::item::{ItemKind, ReadSeek, VolumeItem};
use super::walk::{read_master_file_table, read_volume};
use crate::trace::{Damaged, Data, Flow, Limits, Trace, What};

/// The stream in which Windows notes where a file came from.
const ORIGIN_STREAM: &str = ":Zone.Identifier";
/// Most bytes of that note that are read.
const ORIGIN_BYTES_MAX: u64 = 16 << 10;

/// What the records are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The table alone.
    Table,
    /// The whole volume.
    Volume,
}

/// Hands out each file and stream as a trace, its path with `\` and from the volume's root.
pub(crate) fn traces(
    source: &mut dyn ReadSeek,
    kind: Source,
    limits: &Limits,
    each: &mut dyn FnMut(&Trace<'_>) -> Flow,
) -> Result<(), Damaged> {
    let mut give = |item: &mut VolumeItem<'_>| item_traces(item, each);
    match kind {
        Source::Table => read_master_file_table(source, limits, &mut give),
        Source::Volume => read_volume(source, limits, &mut give),
    }
}

fn item_traces(item: &mut VolumeItem<'_>, each: &mut dyn FnMut(&Trace<'_>) -> Flow) -> Flow {
    let deleted = if item.deleted { ", deleted" } else { "" };
    let location = format!("MFT record {}{deleted}", item.record);
    let at = item
        .name_times
        .created_at
        .or(item.standard_times.created_at);
    let what = match item.kind {
        ItemKind::AlternateStream => What::AlternateStream,
        ItemKind::File => What::FilePath,
        ItemKind::Folder => return ControlFlow::Continue(()),
    };
    for path in std::iter::once(item.path).chain(item.other_paths.iter().map(String::as_str)) {
        let text = format!("\\{}", path.replace('/', "\\"));
        each(&Trace {
            what,
            text: &text,
            data: Data::Number(item.size_bytes),
            location: &location,
            at,
        })?;
    }
    if !item.path.ends_with(ORIGIN_STREAM) {
        return ControlFlow::Continue(());
    }
    let mut note = Vec::new();
    if let Some(content) = item.content.as_mut() {
        // What cannot be read of it is told where the stream itself is read.
        let _ = content.take(ORIGIN_BYTES_MAX).read_to_end(&mut note);
    }
    for line in String::from_utf8_lossy(&note).lines() {
        if let Some((key, url)) = line.trim().split_once('=')
            && matches!(key, "HostUrl" | "ReferrerUrl")
            && url.contains("://")
        {
            each(&Trace {
                what: What::Url,
                text: url,
                data: Data::None,
                location: item.path,
                at,
            })?;
        }
    }
    ControlFlow::Continue(())
}
