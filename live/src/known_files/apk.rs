//! Alpine's package database (apk-tools, `lib/apk/db/installed`): one letter, a colon and a value on each line.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a line of the database tells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file of the package before, and its SHA-1.
    File(Vec<u8>, [u8; 20]),
    /// A package and its version.
    Package(String, String),
}

/// Calls `each` with every package, and then with its files.
pub(super) fn parse_installed(text: &[u8], each: &mut dyn FnMut(Entry)) {
    let mut name = String::new();
    let mut version = String::new();
    let mut told = false;
    let mut folder: &[u8] = b"";
    let mut file: Option<&[u8]> = None;
    for line in text.split(|&byte| byte == b'\n') {
        let Some((field, value)) = line.split_at_checked(2) else {
            // An empty line ends a package.
            name.clear();
            version.clear();
            (told, folder, file) = (false, b"", None);
            continue;
        };
        match field {
            b"P:" => name = String::from_utf8_lossy(value).into_owned(),
            b"V:" => version = String::from_utf8_lossy(value).into_owned(),
            b"F:" => (folder, file) = (value, None),
            b"R:" => file = Some(value),
            b"Z:" => {
                let (Some(file), Some(digest)) = (file.take(), parse_sha1(value)) else {
                    continue;
                };
                if !told {
                    each(Entry::Package(name.clone(), version.clone()));
                    told = true;
                }
                let path = if folder.is_empty() {
                    [b"/", file].concat()
                } else {
                    [b"/", folder, b"/", file].concat()
                };
                each(Entry::File(path, digest));
            }
            _ => {}
        }
    }
}

/// `Q1` and the digest in Base64; other digests have other marks.
fn parse_sha1(value: &[u8]) -> Option<[u8; 20]> {
    let digest = STANDARD.decode(value.strip_prefix(b"Q1")?).ok()?;
    digest.try_into().ok()
}
