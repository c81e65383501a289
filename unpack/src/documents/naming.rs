//! Names of members that come out of documents and mail: the last part of what was stated, or one that we give.

use std::collections::HashMap;

use crate::member::MemberName;

/// Gives names to the members of one container that have none.
#[derive(Default)]
pub(crate) struct Naming {
    used: HashMap<(&'static str, &'static str), u32>,
}

impl Naming {
    /// Returns the stated name without its folders, or the next of ours: `stem.ext`, `stem-2.ext`.
    pub(crate) fn name(
        &mut self,
        stated: &[u8],
        stem: &'static str,
        extension: &'static str,
    ) -> MemberName {
        match last_part(stated) {
            b"" => self.next(stem, extension),
            name => MemberName::from_bytes(name),
        }
    }

    /// Returns the next of our own names: `stem.ext`, `stem-2.ext`.
    pub(crate) fn next(&mut self, stem: &'static str, extension: &'static str) -> MemberName {
        let count = self.used.entry((stem, extension)).or_default();
        *count = count.saturating_add(1);
        let dot = if extension.is_empty() { "" } else { "." };
        if *count == 1 {
            MemberName::from(format!("{stem}{dot}{extension}").as_str())
        } else {
            MemberName::from(format!("{stem}-{count}{dot}{extension}").as_str())
        }
    }
}

/// Returns what follows the last slash, backslash or NUL-terminated beginning, without white space around it.
pub(crate) fn last_part(stated: &[u8]) -> &[u8] {
    let end = stated
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(stated.len());
    let stated = stated.get(..end).unwrap_or_default().trim_ascii();
    stated
        .rsplit(|byte| matches!(byte, b'/' | b'\\'))
        .map(<[u8]>::trim_ascii)
        .find(|part| !part.is_empty())
        .unwrap_or_default()
}

/// Reads little-endian UTF-16 up to its first NUL.
pub(crate) fn utf16_text(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|unit| u16::from_le_bytes(*unit))
        .take_while(|unit| *unit != 0)
        .collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::{Naming, last_part, utf16_text};

    #[test]
    fn keeps_the_last_part_of_a_stated_path_whichever_system_wrote_it() {
        assert_eq!(last_part(br"C:\Users\a\..\evil.exe"), b"evil.exe");
        assert_eq!(last_part(b"../../etc/passwd\0.txt"), b"passwd");
        assert_eq!(last_part(b" a.exe / "), b"a.exe");
        assert_eq!(last_part(b"//\\\\"), b"");
    }

    #[test]
    fn counts_its_own_names_and_leaves_stated_ones_alone() {
        let mut naming = Naming::default();
        assert_eq!(naming.name(b"", "text", "txt"), "text.txt".into());
        assert_eq!(naming.name(b"/", "text", "txt"), "text-2.txt".into());
        assert_eq!(naming.name(b"a", "text", "txt"), "a".into());
        assert_eq!(naming.name(b"a", "text", "txt"), "a".into());
        assert_eq!(naming.next("object", ""), "object".into());
    }

    #[test]
    fn reads_utf16_to_its_end_even_when_it_is_odd() {
        assert_eq!(utf16_text(b"a\0\x01\x1e\0\0b\0c"), "aḁ");
        assert_eq!(utf16_text(b""), "");
    }
}
