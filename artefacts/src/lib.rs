//! What Windows leaves behind, read on any system: registry hives, tasks, prefetch, links, file-system records.
//!
//! Bytes in, traces out; it opens no file. Every parser here reads hostile bytes: each length, count, depth and offset is
//! bounded, nothing recurses with the input, and a panic in a parser is an error of that one content.

mod bytes;

mod trace;

mod outlet;

mod recognising;

mod reading;

mod hive;

mod task;

mod xpress;

mod prefetch;

mod link;

mod volume;

mod sought;

pub use hive::{LOG_ENDINGS, is_dirty, with_logs};
pub use reading::read;
pub use recognising::{HEAD_BYTES, Kind, longest, may_be, recognise};
pub use sought::{Matcher, NotSought, RegistryPattern};
pub use trace::{Damaged, Data, Flow, Limits, Trace, What};
pub use volume::{ItemKind, ReadSeek, Times, VolumeItem, read_master_file_table, read_volume};
