//! Mail that carries files: messages, mailboxes, Outlook messages, TNEF.

mod boundaries;
mod headers;
mod recognising;
mod transfer;
mod words;

mod mbox;
mod mime;
mod signed;
mod uuencoded;

mod compressed_rtf;
mod outlook;
mod tnef;

use crate::kind::Kind;
use crate::sink::{Problem, Sink};

use recognising::looks_like_mail;

/// Tells which of this module's kinds the bytes are; asked for every file that no other format claims, so it is fast.
pub(crate) fn recognise(name: &[u8], head: &[u8]) -> Option<Kind> {
    if head.starts_with(tnef::SIGNATURE) {
        return Some(Kind::Tnef);
    }
    looks_like_mail(head).or_else(|| {
        let is_named_so = recognising::is_named_as_mail(name);
        (is_named_so && recognising::begins_with_a_header(head)).then_some(Kind::Eml)
    })
}

/// Gives what `content` carries to the sink.
pub(crate) fn open(kind: Kind, content: &[u8], sink: &mut Sink<'_>) -> Result<(), Problem> {
    match kind {
        Kind::Eml => mime::open(content, sink),
        Kind::Mbox => mbox::open(content, sink),
        Kind::Msg => outlook::open(content, sink),
        Kind::Tnef => tnef::open(content, sink),
        _ => Err(Problem::unsupported(format!("{kind} is no mail"))),
    }
}
