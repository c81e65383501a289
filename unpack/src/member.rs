//! What a visitor is shown: members, and what was not opened.

use std::borrow::Cow;
use std::fmt;

use crate::kind::Kind;

/// Names longer than this are cut: a zip entry cannot have more, other formats could claim anything.
const NAME_BYTES_MAX: usize = 65_535;

/// Something that was met inside the outer file.
#[derive(Debug)]
pub enum Unpacked<'a> {
    /// A member with its content.
    Member(Member<'a>),
    /// A container, or a member, that was not opened or not to its end.
    NotOpened(NotOpened<'a>),
}

/// A member of a container. One that is itself a container is shown first and opened then.
#[derive(Debug)]
pub struct Member<'a> {
    /// The chain of names inside the outer file: `["b.tar", "c.dll"]`.
    pub path: &'a [MemberName],
    /// The kind of the container that holds it.
    pub container: Kind,
    /// Its bytes, which are only there for this visit. Where they are not whole, a [`NotOpened`] with the same path and
    /// [`WhyNot::Damaged`], or the limit that ended the run, follows.
    pub content: Content<'a>,
    /// When the container says it was changed, in seconds since 1970. Local times of DOS are taken as UTC.
    pub modified: Option<i64>,
    /// The size that the container states, which can be a lie; the content is the truth.
    pub declared_size: Option<u64>,
}

/// A member's bytes.
pub enum Content<'a> {
    /// More of them than are held for nobody: to be asked for in pieces.
    Stream(&'a mut dyn MemberStream),
    /// All of them.
    Whole(&'a [u8]),
}

/// The bytes of a large member, while they are decoded.
pub trait MemberStream {
    /// Returns the first bytes, which are more than [`crate::HEAD_BYTES`].
    fn front(&self) -> &[u8];

    /// Holds all bytes in memory and returns them, where they are no more than `bytes_max` and no more than may be
    /// held; waits where other threads hold much. What it returns [`Self::pieces`] still gives.
    fn hold(&mut self, bytes_max: u64) -> Option<&[u8]>;

    /// Gives all bytes from the first to the last, once.
    fn pieces(&mut self, each: &mut dyn FnMut(&[u8]));
}

impl Content<'_> {
    /// Returns all bytes as a vector, for whoever can afford that.
    pub fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Whole(bytes) => bytes.to_vec(),
            Self::Stream(stream) => {
                let mut bytes = Vec::new();
                stream.pieces(&mut |piece| bytes.extend_from_slice(piece));
                bytes
            }
        }
    }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(stream) => write!(f, "more than {} bytes", stream.front().len()),
            Self::Whole(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// Something that was not opened, and why.
#[derive(Debug)]
pub struct NotOpened<'a> {
    /// The chain of names inside the outer file; empty for the outer file itself.
    pub path: &'a [MemberName],
    /// The kind of the thing at `path` where that is a container, else of the container that holds it.
    pub container: Option<Kind>,
    /// The reason.
    pub why: WhyNot,
    /// The reason in detail, for whoever reads the log.
    pub detail: String,
}

/// Why something was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WhyNot {
    /// The budget of bytes is used up. Nothing after it was opened.
    Bytes,
    /// The bytes are not what the format says.
    Damaged,
    /// It is nested too deep.
    Depth,
    /// It is encrypted.
    Encrypted,
    /// The budget of members is used up. Nothing after it was opened.
    MemberCount,
    /// It is larger than a member may be.
    MemberTooLarge,
    /// The parser of this kind failed on it.
    ParserFailed,
    /// It grew beyond every honest ratio. Nothing after it was opened.
    Ratio,
    /// The time is over, or the caller said stop. Nothing after it was opened.
    Time,
    /// The kind, or this variant of it, cannot be opened here.
    Unsupported,
}

impl WhyNot {
    /// Returns the reason's short name, which is lower case and stays the same for ever.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Damaged => "damaged",
            Self::Depth => "depth",
            Self::Encrypted => "encrypted",
            Self::MemberCount => "member-count",
            Self::MemberTooLarge => "member-too-large",
            Self::ParserFailed => "parser-failed",
            Self::Ratio => "ratio",
            Self::Time => "time",
            Self::Unsupported => "unsupported",
        }
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A member's name: the exact bytes of the container, and the text they mean where the container says how.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberName {
    bytes: Box<[u8]>,
    text: Option<Box<str>>,
}

impl MemberName {
    /// Makes a name of bytes that are UTF-8, or of which nobody says what they are.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            bytes: cut(bytes).into(),
            text: None,
        }
    }

    /// Makes a name of bytes in an encoding that the container states, with the text they mean.
    pub fn with_text(bytes: &[u8], text: &str) -> Self {
        let mut end = text.len().min(NAME_BYTES_MAX);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            bytes: cut(bytes).into(),
            text: Some(text.get(..end).unwrap_or_default().into()),
        }
    }

    /// Returns the exact bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the text for people and for comparing with names in alerts; what cannot be read is shown as U+FFFD.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        match &self.text {
            Some(text) => Cow::Borrowed(text),
            None => String::from_utf8_lossy(&self.bytes),
        }
    }
}

impl From<&str> for MemberName {
    fn from(text: &str) -> Self {
        Self::from_bytes(text.as_bytes())
    }
}

impl fmt::Debug for MemberName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string_lossy(), f)
    }
}

fn cut(bytes: &[u8]) -> &[u8] {
    bytes.get(..NAME_BYTES_MAX).unwrap_or(bytes)
}
