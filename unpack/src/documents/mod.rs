//! Documents that carry files: PDF, RTF, embedded objects of OLE.

use crate::kind::Kind;
use crate::sink::{Problem, Sink};

/// Tells which of this module's kinds the bytes are; asked for every file that no other format claims, so it is fast.
pub(crate) fn recognise(name: &[u8], head: &[u8]) -> Option<Kind> {
    let _ = (name, head);
    None
}

/// Gives what `content` carries to the sink.
pub(crate) fn open(kind: Kind, content: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let _ = (content, sink);
    Err(Problem::unsupported(format!("{kind} is not opened yet")))
}
