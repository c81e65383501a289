//! Which parser opens which kind, and in which form it gets the bytes.

use std::io::{Cursor, Read, SeekFrom};

use crate::kind::Kind;
use crate::meter::{Forward, Guarded, Metered, SeekForward, StreamForward};
use crate::sink::{Problem, Sink};
use crate::{
    ReadSeek, ar, cab, compressed, cpio, documents, iso, mail, ole, program, rpm, seven_zip, tar,
    zip,
};

/// Opens a container that is in memory.
pub(crate) fn open_content(kind: Kind, content: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    match kind {
        Kind::Ole => ole::open(content, sink),
        Kind::OneNote | Kind::Pdf | Kind::Rtf => documents::open(kind, content, sink),
        Kind::Eml | Kind::Mbox | Kind::Msg | Kind::Tnef => mail::open(kind, content, sink),
        _ => {
            let mut source = Guarded::new(Cursor::new(content), sink.meter());
            open_source(kind, &mut source, content.len() as u64, sink)
        }
    }
}

/// Opens a container that can be read from anywhere.
pub(crate) fn open_source(
    kind: Kind,
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    match kind {
        Kind::Cab => cab::open(source, size_bytes, sink),
        Kind::Iso => iso::open(source, size_bytes, sink),
        Kind::Program => program::open(source, size_bytes, sink),
        Kind::SevenZip => seven_zip::open(source, size_bytes, sink),
        Kind::Zip => zip::open(source, size_bytes, sink),
        _ if kind.is_streamed() => {
            open_forward(kind, &mut SeekForward::new(source, size_bytes)?, sink)
        }
        _ => open_held(kind, source, size_bytes, sink),
    }
}

/// Opens a container that comes out of a decoder and cannot be held.
pub(crate) fn open_stream_of(
    kind: Kind,
    stream: &mut dyn Read,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    open_forward(kind, &mut StreamForward::new(stream, sink.meter()), sink)
}

fn open_forward(kind: Kind, source: &mut dyn Forward, sink: &mut Sink<'_>) -> Result<(), Problem> {
    match kind {
        Kind::Ar => ar::open(source, sink),
        Kind::Cpio => cpio::open(source, sink),
        Kind::Rpm => rpm::open(source, sink),
        Kind::Tar => tar::open(source, sink),
        _ if source.is_decoded() => {
            let mut charged = Metered::new(source, sink.meter());
            compressed::open(kind, &mut charged, sink)
        }
        _ => compressed::open(kind, source, sink),
    }
}

/// Reads a container into memory and opens it, for the formats that point around in themselves.
fn open_held(
    kind: Kind,
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    if size_bytes > sink.member_bytes_left() {
        let most = sink.member_bytes_left();
        return Err(Problem::TooLarge(format!(
            "larger than the {most} bytes that can be held"
        )));
    }
    source.seek(SeekFrom::Start(0))?;
    let content = sink.hold(source, size_bytes)?;
    open_content(kind, content.bytes(), sink)
}
