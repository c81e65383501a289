//! Reads what the command line names: never more than what such a file may hold, and with an error that says what to do.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use documents::Kind;
use fs_err as fs;

/// Largest key file that is read, in bytes. Ours have less than 1 KiB.
const KEY_BYTES_MAX: usize = 64 * 1024;
/// Largest file or input with one line (a passphrase, an invitation, an offset) that is read, in bytes.
pub const LINE_BYTES_MAX: usize = 64 * 1024;

/// Reads a signed alert or a draft.
pub fn read_alert(file: &Path) -> anyhow::Result<Vec<u8>> {
    read(file, Kind::Alert.envelope_bytes_max())
}

/// Reads a root document.
pub fn read_root(file: &Path) -> anyhow::Result<Vec<u8>> {
    read(file, Kind::Root.envelope_bytes_max())
}

/// Reads a catalogue.
pub fn read_catalogue(file: &Path) -> anyhow::Result<Vec<u8>> {
    read(file, Kind::Catalogue.envelope_bytes_max())
}

/// Reads a key file.
pub fn read_key(file: &Path) -> anyhow::Result<Vec<u8>> {
    read(file, KEY_BYTES_MAX)
}

/// Reads a source that an alert is drafted from.
pub fn read_source(file: &Path) -> anyhow::Result<Vec<u8>> {
    read(file, drafting::FILE_BYTES_MAX)
}

/// Reads a file with one line of text.
pub fn read_text(file: &Path) -> anyhow::Result<String> {
    String::from_utf8(read(file, LINE_BYTES_MAX)?)
        .with_context(|| format!("'{}' is not UTF-8 text", file.display()))
}

/// Reads a file of at most `bytes_max` bytes. What is larger is refused after so much of it.
pub fn read(file: &Path, bytes_max: usize) -> anyhow::Result<Vec<u8>> {
    let opened = fs::File::open(file)?;
    if opened.metadata()?.is_dir() {
        bail!("'{}' is a folder: name a file in it", file.display());
    }
    let bytes = read_all(opened, bytes_max)
        .with_context(|| format!("could not read '{}'", file.display()))?;
    if bytes.is_empty() {
        bail!("'{}' is empty", file.display());
    }
    Ok(bytes)
}

/// Reads at most `bytes_max` bytes, and fails where there are more.
pub fn read_all(from: impl Read, bytes_max: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One more than allowed tells that there is more.
    let limit = u64::try_from(bytes_max)?.saturating_add(1);
    from.take(limit).read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max {
        bail!("it has more than the {bytes_max} bytes that such a file may have");
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_up_to_the_limit_and_not_a_byte_more() {
        assert_eq!(read_all(&b"1234"[..], 4).expect("fits"), b"1234");
        let refused = read_all(&b"12345"[..], 4).expect_err("too large");
        assert!(refused.to_string().contains("4 bytes"), "{refused}");
        // Never the whole of what has no end.
        assert!(read_all(std::io::repeat(0), 1024).is_err());
    }

    #[test]
    fn says_what_is_wrong_with_a_folder_and_an_empty_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let said = read(folder.path(), 10).expect_err("a folder").to_string();
        assert!(said.contains("is a folder"), "{said}");
        let empty = folder.path().join("empty.json");
        fs::write(&empty, "").expect("written");
        let said = read(&empty, 10).expect_err("empty").to_string();
        assert!(said.ends_with("empty.json' is empty"), "{said}");
    }
}
