//! The name of a thing that was examined, as exact as the system that named it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of thing an item is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// A connection or a listening socket of the running system.
    Connection,
    /// A regular file on a disk. Only these can be isolated.
    #[default]
    File,
    /// A name that the running system resolves by itself: a line of its hosts file, or of a resolver's memory.
    HostEntry,
    /// A thing inside a container. Its path is `a.zip » b.tar » c.dll`.
    Member,
    /// A running process: its memory, its executable, the files that it has open.
    Process,
}

impl ItemKind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self::Connection,
        Self::File,
        Self::HostEntry,
        Self::Member,
        Self::Process,
    ];

    /// Tells whether it is a file on a disk.
    pub fn is_file(&self) -> bool {
        *self == Self::File
    }
}

/// A path as the operating system gave it. Names that are not UTF-8 keep their bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemPath {
    /// The path for people: what is not UTF-8 is shown as U+FFFD.
    pub text: String,
    /// The exact bytes in hexadecimal, only where `text` could not hold them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact_hex: Option<String>,
}

impl ItemPath {
    /// Makes the path from its bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self {
                text: text.to_owned(),
                exact_hex: None,
            },
            Err(_) => Self {
                text: String::from_utf8_lossy(bytes).into_owned(),
                exact_hex: Some(crate::digest::to_hex(bytes)),
            },
        }
    }

    /// Returns the last component, for tables that have no room for the path.
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or(&self.text)
    }
}

impl fmt::Display for ItemPath {
    /// Writes the path with control characters escaped: a file name must not be able to move the cursor.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.text.chars() {
            if c.is_control() || is_direction_control(c) {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

/// Right-to-left overrides and their kin make `gpj.exe` read as `exe.jpg`.
fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_bytes_of_a_name_that_is_not_utf8() {
        let path = ItemPath::from_bytes(b"/tmp/\xff.dll");
        assert_eq!(path.exact_hex.as_deref(), Some("2f746d702fff2e646c6c"));
        assert_eq!(ItemPath::from_bytes("/tmp/đ".as_bytes()).exact_hex, None);
    }

    #[test]
    fn shows_no_name_that_could_deceive_a_terminal() {
        let shown = ItemPath::from_bytes("a\u{1b}[2J\u{202e}gpj.exe\n".as_bytes()).to_string();
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\n']), "{shown}");
    }
}
