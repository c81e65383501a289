//! Digests of content, and the ones that mean nothing because every empty file has them.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The algorithms that alerts use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// MD5, RFC 1321. Published alerts still use it; alone it deserves a warning.
    Md5,
    /// SHA-1, FIPS 180-4. As MD5.
    Sha1,
    /// SHA-256, FIPS 180-4.
    Sha256,
}

impl Algorithm {
    /// All of them, shortest first.
    pub const ALL: [Self; 3] = [Self::Md5, Self::Sha1, Self::Sha256];

    /// Returns the length of a digest in bytes.
    pub const fn byte_count(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Returns the usual name: `MD5`, `SHA-1`, `SHA-256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
        }
    }
}

/// Why a text is not a digest.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DigestError {
    /// The text has the wrong number of digits for its algorithm.
    #[error("{} has {} digits, not {found}", algorithm.name(), algorithm.byte_count() * 2)]
    Length {
        /// The algorithm it was given as.
        algorithm: Algorithm,
        /// How many characters were found.
        found: usize,
    },
    /// A character is not a hexadecimal digit.
    #[error("'{0}' is not a hexadecimal digit")]
    Alphabet(char),
}

/// A digest with its algorithm. Written in lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Digest {
    /// An MD5 digest.
    Md5([u8; 16]),
    /// A SHA-1 digest.
    Sha1([u8; 20]),
    /// A SHA-256 digest.
    Sha256([u8; 32]),
}

impl Digest {
    /// Parses hexadecimal digits of either case as a digest of `algorithm`.
    pub fn parse(algorithm: Algorithm, text: &str) -> Result<Self, DigestError> {
        if let Some(stranger) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(DigestError::Alphabet(stranger));
        }
        let length = DigestError::Length {
            algorithm,
            found: text.len(),
        };
        match algorithm {
            Algorithm::Md5 => parse_hex(text).map(Self::Md5),
            Algorithm::Sha1 => parse_hex(text).map(Self::Sha1),
            Algorithm::Sha256 => parse_hex(text).map(Self::Sha256),
        }
        .ok_or(length)
    }

    /// Returns which algorithm made it.
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Md5(_) => Algorithm::Md5,
            Self::Sha1(_) => Algorithm::Sha1,
            Self::Sha256(_) => Algorithm::Sha256,
        }
    }

    /// Returns the raw bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Md5(bytes) => bytes,
            Self::Sha1(bytes) => bytes,
            Self::Sha256(bytes) => bytes,
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(self.as_bytes()))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({self})", self.algorithm().name())
    }
}

/// Writes bytes as lower-case hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Reads exactly `N` bytes of hexadecimal digits of either case.
pub fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = byte_of(pair)?;
    }
    Some(bytes)
}

/// Reads exactly `N` bytes of lower-case hexadecimal digits: where one value has one writing only.
pub fn parse_lower_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let has_capitals = text.bytes().any(|byte| byte.is_ascii_uppercase());
    parse_hex(text).filter(|_| !has_capitals)
}

/// Reads hexadecimal digits of either case, however many pairs there are.
pub fn parse_hex_bytes(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(byte_of).collect()
}

/// Reads two digits as a byte. A sign is no digit.
fn byte_of(pair: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*pair.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(bytes: [u8; 20]) {
            let digest = Digest::Sha1(bytes);
            prop_assert_eq!(Digest::parse(Algorithm::Sha1, &digest.to_string()), Ok(digest));
            prop_assert_eq!(Digest::parse(Algorithm::Sha1, &digest.to_string().to_uppercase()), Ok(digest));
        }

        #[test]
        fn digits_come_back_as_they_were_written(bytes: Vec<u8>) {
            prop_assert_eq!(parse_hex_bytes(&to_hex(&bytes)), Some(bytes));
        }

        #[test]
        fn whatever_is_read_is_what_would_be_written(text in "[0-9a-fA-F+ -]{8}") {
            let read = parse_hex::<4>(&text);
            prop_assert_eq!(read.is_some(), text.bytes().all(|byte| byte.is_ascii_hexdigit()));
            prop_assert_eq!(parse_hex_bytes(&text), read.map(|bytes| bytes.to_vec()));
            let lower = parse_lower_hex::<4>(&text);
            prop_assert_eq!(lower, read.filter(|bytes| to_hex(bytes) == text));
        }
    }

    #[test]
    fn says_which_length_was_expected() {
        let error = Digest::parse(Algorithm::Md5, "29E65E1256FC998B7CE8494656B3EF8");
        assert_eq!(
            error.map_err(|e| e.to_string()),
            Err("MD5 has 32 digits, not 31".to_owned())
        );
    }
}
