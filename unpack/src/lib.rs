//! Opens containers under one budget: bytes in, members out. What it cannot open, or may not, it names.
//!
//! It touches no disk and starts no thread. Every parser here reads hostile bytes; a panic of one costs one container.
//! A call with the default budget needs 2 MiB of stack, whatever the bytes are.

mod budget;
mod kind;
mod member;
mod recognising;

mod held;
mod meter;
mod room;
mod sink;

mod opening;

mod reading;

mod compressed;

mod ar;
mod cab;
mod cpio;
mod iso;
mod ole;
mod program;
mod rpm;
mod seven_zip;
mod tar;
mod zip;

mod documents;
mod mail;

use std::io::{self, BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use budget::Budget;
pub use kind::Kind;
pub use member::{Content, Member, MemberName, MemberStream, NotOpened, Unpacked, WhyNot};
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
/// often; once it says true, the call ends within milliseconds, and where it stood is listed as [`WhyNot::Time`].
/// `size_bytes` is the size of `source`, `name` its file name.
pub fn unpack(
    kind: Kind,
    name: &[u8],
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    budget: &Budget,
    stop: &dyn Fn() -> bool,
    visit: &mut dyn FnMut(Unpacked<'_>) -> Flow,
) {
    let meter = meter::Meter::start(budget, size_bytes, stop);
    let mut sink = sink::Sink::new(&meter, name, visit);
    let mut guarded = meter::Guarded::new(source, &meter);
    // Whatever ended the run was shown to the visitor.
    let _ = sink.container(kind, |sink| {
        opening::open_source(kind, &mut guarded, size_bytes, sink)
    });
}

/// Shows a file that somebody else took out of something larger, and opens it where it is a container: as [`unpack`]
/// does with a member. `content` is read once, from the front to the end; the first name of every path is `name`.
pub fn unpack_file(
    name: MemberName,
    content: &mut dyn Read,
    size_bytes: u64,
    budget: &Budget,
    stop: &dyn Fn() -> bool,
    visit: &mut dyn FnMut(Unpacked<'_>) -> Flow,
) {
    let meter = meter::Meter::start(budget, size_bytes, stop);
    let facts = sink::Facts {
        declared_size: Some(size_bytes),
        ..sink::Facts::default()
    };
    let mut sink = sink::Sink::new(&meter, &[], visit);
    // Whatever ended the run was shown to the visitor.
    let _ = sink.member(name, facts, content);
}

/// Opens a compressed single stream (gzip, bzip2, xz, lzma, zstd, lz4) for reading from the front to the end, however
/// long it is; `None` when `kind` is none of these. Nothing is held but the decoder's window, which is limited as
/// the default of [`Budget::decoder_bytes_max`] says.
pub fn open_stream<'s>(kind: Kind, source: &'s mut dyn Read) -> Option<Box<dyn Read + 's>> {
    if !kind.is_compressed_stream() {
        return None;
    }
    let source = BufReader::with_capacity(compressed::SOURCE_BUFFER_BYTES, source);
    let limit = Budget::default().decoder_bytes_max;
    Some(Box::new(Contained(Some(compressed::decoder(
        kind, source, limit,
    )))))
}

/// A decoder of which a panic is an error of the stream.
struct Contained<'s>(Option<Box<dyn Read + 's>>);

impl Read for Contained<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(decoder) = &mut self.0 else {
            return Ok(0);
        };
        let read = catch_unwind(AssertUnwindSafe(|| decoder.read(buffer)));
        read.unwrap_or_else(|_| {
            self.0 = None;
            Err(io::Error::other("the decoder failed"))
        })
    }
}
