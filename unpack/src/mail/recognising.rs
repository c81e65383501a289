//! Tells mail by its first lines: several fields with names that mail has, and nothing else before them.

use crate::kind::Kind;

use super::headers::split_field;

/// Bytes that are looked at, at most. What a mail server adds in front is a few kilobytes.
const LOOKED_AT_BYTES: usize = 16 * 1024;
/// Bytes of the first field's name, at most.
const FIRST_NAME_BYTES_MAX: usize = 80;
/// Fields of the kinds below that make mail of a text.
const FIELD_COUNT_MIN: usize = 2;
/// Fields that mail begins with, in lower case and alphabetical order.
const FIELDS: [&[u8]; 24] = [
    b"arc-seal",
    b"authentication-results",
    b"bcc",
    b"cc",
    b"content-transfer-encoding",
    b"content-type",
    b"date",
    b"delivered-to",
    b"dkim-signature",
    b"envelope-to",
    b"errors-to",
    b"from",
    b"in-reply-to",
    b"message-id",
    b"mime-version",
    b"received",
    b"received-spf",
    b"references",
    b"reply-to",
    b"return-path",
    b"sender",
    b"subject",
    b"to",
    b"user-agent",
];

/// Tells a mailbox or a message by its first lines; quick, and rarely wrong.
pub(super) fn looks_like_mail(head: &[u8]) -> Option<Kind> {
    let head = head.get(..LOOKED_AT_BYTES).unwrap_or(head);
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let head = head.trim_ascii_start();
    if !begins_with_a_header(head) && !is_envelope(head) {
        // Nearly every other file ends here.
        return None;
    }
    let mut lines = head.split(|byte| *byte == b'\n').peekable();
    let envelope = lines.next_if(|line| is_envelope(line));
    let kind = match envelope {
        Some(line) if line.starts_with(b"From ") => Kind::Mbox,
        _ => Kind::Eml,
    };
    let mut seen = [false; FIELDS.len()];
    for line in lines {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            continue;
        }
        let (name, _) = split_field(line)?;
        let name = name.to_ascii_lowercase();
        if let Ok(index) = FIELDS.binary_search(&name.as_slice()) {
            seen[index] = true;
        }
        if seen.iter().filter(|is_seen| **is_seen).count() >= FIELD_COUNT_MIN {
            return Some(kind);
        }
    }
    None
}

/// Tells whether a file calls itself a message.
pub(super) fn is_named_as_mail(name: &[u8]) -> bool {
    [&b".eml"[..], b".mht", b".mhtml"].iter().any(|extension| {
        let start = name.len().saturating_sub(extension.len());
        (name.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(extension))
    })
}

/// Tells whether the first line is a field of a message.
pub(super) fn begins_with_a_header(head: &[u8]) -> bool {
    let head = head.trim_ascii_start();
    let first = head.get(..FIRST_NAME_BYTES_MAX).unwrap_or(head);
    let line = first.split(|byte| *byte == b'\n').next();
    line.and_then(split_field).is_some()
}

/// Tells whether a line is what mailboxes and old systems put before a message.
pub(super) fn is_envelope(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, Kind, looks_like_mail};

    #[test]
    fn keeps_its_fields_in_order() {
        assert!(FIELDS.is_sorted());
    }

    #[test]
    fn knows_messages_and_mailboxes() {
        for (head, kind) in [
            (
                &b"Received: by x\r\n\tfor y\r\nX-Spam: no\r\nSubject: z\r\n\r\n"[..],
                Kind::Eml,
            ),
            (b"\xef\xbb\xbf\r\nfrom: a\nTO : b\n", Kind::Eml),
            (
                b">From a@b Thu\nDate: x\nContent-Type: text/plain",
                Kind::Eml,
            ),
            (
                b"From a@b Thu Jul 31 13:49:50 2008\nFrom: a\nMIME-Version: 1.0\n",
                Kind::Mbox,
            ),
        ] {
            assert_eq!(looks_like_mail(head), Some(kind), "{}", head.escape_ascii());
        }
    }

    #[test]
    fn is_not_taken_in_by_other_texts() {
        for head in [
            &b""[..],
            b"From here on: nothing\n",
            b"Package: tar\nVersion: 1\nDate: x\n",
            b"Subject: one field\n\nFrom: in the text\n",
            b"HTTP/1.1 200 OK\nDate: x\nContent-Type: y\n",
            b"#!/bin/sh\nFrom: a\nTo: b\n",
            b"\0From: a\nTo: b\n",
            b"From: a\nnot a field\nTo: b\n",
        ] {
            assert_eq!(looks_like_mail(head), None, "{}", head.escape_ascii());
        }
    }
}
