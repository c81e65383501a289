//! Identifiers, each of its own type, so that a host's can never be passed for an alert's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a text is not an identifier.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum IdError {
    /// An organisation's id is empty, over-long or has a character that is not allowed.
    #[error(
        "'{0}' is not an organisation id: 1 to 64 of a-z, 0-9, '.' and '-', beginning with a letter"
    )]
    Organisation(String),
    /// A hexadecimal id has the wrong length or alphabet.
    #[error("'{value}' is not an id of {expected} lower-case hexadecimal digits")]
    Hexadecimal {
        /// What was given.
        value: String,
        /// How many digits were expected.
        expected: usize,
    },
}

/// A place in the tree, written like a reversed domain name: `vn.mot.vna`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationId(String);

impl OrganisationId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrganisationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let allowed =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        let valid = text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(allowed)
            && !text.ends_with(['.', '-'])
            && !text.contains("..");
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Organisation(text.to_owned()))
        }
    }
}

impl TryFrom<String> for OrganisationId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<OrganisationId> for String {
    fn from(id: OrganisationId) -> Self {
        id.0
    }
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes an id of `$bytes` bytes that is written in lower-case hexadecimal.
macro_rules! hexadecimal_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// Makes the id from its bytes.
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// Returns the id's bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// Returns the first eight digits, for people to tell ids apart by.
            pub fn short(&self) -> String {
                crate::digest::to_hex(&self.0)[..8].to_owned()
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = || IdError::Hexadecimal { value: text.to_owned(), expected: $bytes * 2 };
                crate::digest::parse_lower_hex(text).map(Self).ok_or_else(error)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&crate::digest::to_hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

hexadecimal_id! {
    /// A document: the SHA-256 of its exact payload bytes. Signatures added later do not change it.
    DocumentId, 32
}

hexadecimal_id! {
    /// An alert: the id of the document that it is.
    AlertId, 32
}

hexadecimal_id! {
    /// A line of a watch's evidence: the SHA-256 that chains it to the lines before.
    EvidenceId, 32
}

hexadecimal_id! {
    /// A host: 16 random bytes, drawn when its agent enrols. Host names change and repeat; this does not.
    HostId, 16
}

impl From<DocumentId> for AlertId {
    fn from(id: DocumentId) -> Self {
        Self(id.0)
    }
}

impl From<AlertId> for DocumentId {
    fn from(id: AlertId) -> Self {
        Self(id.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_plain_organisation_ids() {
        for good in ["vn", "vn.mot.vna", "vn.acv-tsn", "a1"] {
            assert!(good.parse::<OrganisationId>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "VN",
            "1a",
            "vn.",
            "vn..mot",
            "vn/mot",
            "vn mot",
            "đ",
            "-a",
            &"a".repeat(65),
        ] {
            assert!(bad.parse::<OrganisationId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn refuses_a_hexadecimal_id_of_another_length_or_case() {
        let good = "0f".repeat(16);
        assert_eq!(
            good.parse::<HostId>().map(|id| id.to_string()),
            Ok(good.clone())
        );
        assert!(good[1..].parse::<HostId>().is_err());
        assert!(good.to_uppercase().parse::<HostId>().is_err());
        assert!(good.parse::<AlertId>().is_err());
    }
}
