//! Opens mailboxes: messages one after the other, each behind a line that begins with `From `.
//!
//! The format is RFC 4155. Programs differ in what they escape, so a line starts a message only when a field follows it.

use memchr::memmem;

use crate::documents::naming::Naming;
use crate::sink::{Facts, Problem, Sink};

use super::headers::split_field;
use super::recognising::is_envelope;

/// Gives each message to the sink.
pub(super) fn open(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    let mut naming = Naming::default();
    let mut start = bytes.len() - bytes.trim_ascii_start().len();
    while start < bytes.len() {
        let end = find_message(bytes, start + 1).unwrap_or(bytes.len());
        let message = bytes.get(start..end).unwrap_or_default();
        let name = naming.next("message", "eml");
        sink.member_bytes(name, Facts::default(), without_envelope(message))?;
        start = end;
    }
    Ok(())
}

/// Finds the next line that starts a message.
fn find_message(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    memmem::find_iter(rest, b"\nFrom ")
        .map(|at| from + at + 1)
        .find(|at| {
            let mut lines = bytes
                .get(*at..)
                .unwrap_or_default()
                .splitn(3, |byte| *byte == b'\n')
                .skip(1);
            lines.next().is_some_and(|line| split_field(line).is_some())
        })
}

/// Leaves out the line that belongs to the mailbox, so that what is left is a message.
fn without_envelope(message: &[u8]) -> &[u8] {
    if !is_envelope(message) {
        return message;
    }
    let end = memchr::memchr(b'\n', message).map_or(message.len(), |end| end + 1);
    message.get(end..).unwrap_or_default()
}
