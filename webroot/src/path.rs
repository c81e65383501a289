//! Paths below the root of a site: bytes, as the file system has them, in exactly one way of writing.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use thiserror::Error;

/// Bytes of a path below the root. Linux takes 4,095 in one call; deeper trees exist only to hide something.
pub const PATH_BYTES_MAX: usize = 16 * 1024;
/// Bytes of one component.
const NAME_BYTES_MAX: usize = 255;

/// Why bytes are no path below a root.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PathError {
    /// A component is empty, `.`, `..`, too long or holds a NUL.
    #[error("accept the path '{0}': a component is empty, '.', '..', too long or holds a NUL")]
    Component(String),
    /// It has more bytes than a path may have.
    #[error("accept a path of {0} bytes: more than {PATH_BYTES_MAX}")]
    TooLong(usize),
    /// It is written in base64 although it is plain text, or the other way round.
    #[error("accept the path '{0}': there is another way to write it")]
    Writing(String),
}

/// A path below the root of a site. Empty for the root itself; never with `.`, `..` or empty components.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SitePath(Vec<u8>);

impl SitePath {
    /// Accepts bytes as a path.
    pub fn parse(bytes: &[u8]) -> Result<Self, PathError> {
        check(bytes)?;
        Ok(Self(bytes.to_vec()))
    }

    /// Takes bytes that a walk has put together of names that the file system gave.
    pub(crate) fn of_walk(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns it for people: control characters and what is no UTF-8 are shown escaped.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.0.len());
        for chunk in self.0.utf8_chunks() {
            for letter in chunk.valid().chars() {
                if letter.is_control() || is_unseen(letter) {
                    text.extend(letter.escape_default());
                } else {
                    text.push(letter);
                }
            }
            for byte in chunk.invalid() {
                text.push_str("\\x");
                for digit in [byte >> 4, byte & 15] {
                    text.extend(char::from_digit(u32::from(digit), 16));
                }
            }
        }
        text
    }
}

impl fmt::Debug for SitePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SitePath({})", self.to_text())
    }
}

/// `{"text": …}` where it is plain text, else also `base64` with the exact bytes.
impl Serialize for SitePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("text", &self.to_text())?;
        if let Written::Base64(base64) = write(&self.0) {
            map.serialize_entry("base64", &base64)?;
        }
        map.end()
    }
}

/// Characters that change the direction of writing, take no room or look like a space: a name that uses them is not the name that
/// is seen.
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{1680}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
        | '\u{2800}' | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}'
        | '\u{f0000}'..='\u{10ffff}')
}

/// Checks that bytes are a path below a root.
pub(crate) fn check(bytes: &[u8]) -> Result<(), PathError> {
    if bytes.len() > PATH_BYTES_MAX {
        return Err(PathError::TooLong(bytes.len()));
    }
    let is_sound = |name: &[u8]| {
        !name.is_empty()
            && name != b"."
            && name != b".."
            && name.len() <= NAME_BYTES_MAX
            && !name.contains(&0)
    };
    if bytes.is_empty() || bytes.split(|byte| *byte == b'/').all(is_sound) {
        return Ok(());
    }
    Err(PathError::Component(shortened(bytes)))
}

/// How bytes are written in a manifest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written<'a> {
    /// As they are.
    Text(&'a str),
    /// In base64: not UTF-8, or with control characters.
    Base64(String),
}

/// Writes bytes in the only way that is accepted for them.
pub(crate) fn write(bytes: &[u8]) -> Written<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => Written::Text(text),
        _ => Written::Base64(STANDARD.encode(bytes)),
    }
}

/// Reads bytes that are written as text or in base64, and refuses the way that `write` would not have taken.
pub(crate) fn read<'a>(
    text: Option<&'a str>,
    base64: Option<&str>,
) -> Result<Cow<'a, [u8]>, PathError> {
    let refused = |what: &str| PathError::Writing(shortened(what.as_bytes()));
    let bytes: Cow<'_, [u8]> = match (text, base64) {
        (Some(text), None) => Cow::Borrowed(text.as_bytes()),
        (None, Some(base64)) => Cow::Owned(STANDARD.decode(base64).map_err(|_| refused(base64))?),
        _ => return Err(refused("")),
    };
    if matches!(write(&bytes), Written::Text(_)) != text.is_some() {
        return Err(refused(text.or(base64).unwrap_or_default()));
    }
    Ok(bytes)
}

/// Splits a path into its folder and its name.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memrchr(b'/', path) {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}

/// Puts a folder and a name together.
pub(crate) fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(folder.len() + 1 + name.len());
    path.extend_from_slice(folder);
    if !folder.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

fn shortened(bytes: &[u8]) -> String {
    SitePath(bytes[..bytes.len().min(120)].to_vec()).to_text()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_leads_out_of_the_root() {
        for bad in [
            &b"/etc/passwd"[..],
            b"a/../b",
            b"..",
            b"./a",
            b"a//b",
            b"a/",
            b"a\0b",
        ] {
            assert!(SitePath::parse(bad).is_err(), "{bad:?}");
        }
        assert!(SitePath::parse(b"a/..b/c.").is_ok());
    }

    #[test]
    fn shows_names_that_try_to_look_like_others() {
        let path = SitePath::parse(b"a\n\xffb\xe2\x80\xaegpj.php").unwrap();
        assert_eq!(path.to_text(), "a\\n\\xffb\\u{202e}gpj.php");
        let twin = SitePath::parse("index\u{200b}.html\u{2028}".as_bytes()).unwrap();
        assert_eq!(twin.to_text(), "index\\u{200b}.html\\u{2028}");
    }

    #[test]
    fn there_is_one_way_to_write_each() {
        assert!(read(Some("a\nb"), None).is_err());
        assert!(read(None, Some("YQ==")).is_err());
        assert!(read(Some("a"), Some("YQ==")).is_err());
        assert!(read(None, None).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let read_again = match write(&bytes) {
                Written::Text(text) => read(Some(text), None).unwrap().into_owned(),
                Written::Base64(base64) => read(None, Some(&base64)).unwrap().into_owned(),
            };
            prop_assert_eq!(read_again, bytes);
        }
    }
}
