//! Digests as they stand in a text: words of hexadecimal digits of exactly the right length.

use std::collections::HashMap;

use domain::digest::parse_hex;
use domain::{Algorithm, Digest};

use crate::notation::word_start;

/// The digests sought.
pub type Digests = HashMap<Digest, Vec<u32>>;

/// A digest that stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandingDigest {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The digest.
    pub digest: Digest,
}

/// Reads the digest of which the byte at `at` is a part. The second value is where the next could begin.
pub fn read_digest(text: &[u8], at: usize) -> (Option<StandingDigest>, usize) {
    /// The longest digest has 64 digits, and an escape in front adds up to five.
    const LOOKED_AT_MAX: usize = 70;
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric();
    let left = text[..at]
        .iter()
        .rev()
        .take(LOOKED_AT_MAX)
        .take_while(is_part);
    let right = text[at..].iter().take(LOOKED_AT_MAX).take_while(is_part);
    let (first, end) = (at - left.count(), at + right.count());
    if at - first == LOOKED_AT_MAX || end - at == LOOKED_AT_MAX {
        return (None, end.max(at + 1));
    }
    let start = word_start(text, first, end).start;
    let digest = digest_in(&text[start..end]);
    let standing = digest.map(|digest| StandingDigest { start, end, digest });
    (standing, end.max(at + 1))
}

fn digest_in(word: &[u8]) -> Option<Digest> {
    let word = std::str::from_utf8(word).ok()?;
    let algorithm = Algorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.byte_count() * 2 == word.len())?;
    match algorithm {
        Algorithm::Md5 => parse_hex(word).map(Digest::Md5),
        Algorithm::Sha1 => parse_hex(word).map(Digest::Sha1),
        Algorithm::Sha256 => parse_hex(word).map(Digest::Sha256),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "c52464e9df8b3d08fc612a0f11fe53b2";

    fn read(text: &str) -> Option<String> {
        let at = text.to_lowercase().find("64e9").expect("it is there");
        read_digest(text.as_bytes(), at)
            .0
            .map(|found| found.digest.to_string())
    }

    #[test]
    fn whole_digests_are_read_in_either_case() {
        for text in [
            MD5.to_owned(),
            MD5.to_uppercase(),
            format!("MD5={MD5},SHA1="),
            format!("md5_{MD5}_x"),
            format!("%3D{MD5}"),
            format!("\\n{MD5}\\n"),
        ] {
            assert_eq!(read(&text).as_deref(), Some(MD5), "{text}");
        }
    }

    #[test]
    fn parts_of_longer_words_are_no_digests() {
        for text in [
            format!("{MD5}0"),
            format!("0{MD5}"),
            format!("g{MD5}"),
            MD5[..31].to_owned(),
            MD5.repeat(3),
            MD5.repeat(40),
        ] {
            assert_eq!(read(&text), None, "{text}");
        }
    }
}
