//! Documents that carry files: PDF, RTF, embedded objects of OLE, `OneNote`.

pub(crate) mod compound;
pub(crate) mod naming;
mod ole1;
mod vba;

mod ole;
mod onenote;
mod pdf;
mod powerpoint;
mod rtf;

use crate::kind::Kind;
use crate::sink::{Problem, Sink};

/// Tells which of this module's kinds the bytes are; asked for every file that no other format claims, so it is fast.
pub(crate) fn recognise(_name: &[u8], head: &[u8]) -> Option<Kind> {
    if head.starts_with(compound::SIGNATURE) {
        Some(Kind::Ole)
    } else if head.starts_with(onenote::SIGNATURE) {
        Some(Kind::OneNote)
    } else if rtf::is_rtf(head) {
        Some(Kind::Rtf)
    } else if pdf::is_pdf(head) {
        Some(Kind::Pdf)
    } else {
        None
    }
}

/// Gives what `content` carries to the sink.
pub(crate) fn open(kind: Kind, content: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    match kind {
        Kind::Ole => ole::open(content, sink),
        Kind::OneNote => onenote::open(content, sink),
        Kind::Pdf => pdf::open(content, sink),
        Kind::Rtf => rtf::open(content, sink),
        _ => Err(Problem::unsupported(format!("{kind} is not a document"))),
    }
}
