//! What is signed: whose manifest it is, which version, what is left free, and the digest of all entries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::free_folders::{FREE_FOLDERS_MAX, FreeFolder};

/// The version of this format.
pub(crate) const SCHEMA: u32 = 1;
/// Characters of a site's name.
const SITE_CHARS_MAX: usize = 200;
/// Entries of one manifest: twice the million files that a large site has.
pub(crate) const ENTRIES_MAX: u64 = 2_000_000;

/// What the signature covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The version of the format.
    pub schema: u32,
    /// Which site it is: a manifest of one site says nothing about another.
    pub site: String,
    /// Grows with each manifest of the site.
    pub version: u64,
    /// When it was made.
    pub made_at: Timestamp,
    /// From when on it is no longer believed, if ever.
    pub expires_at: Option<Timestamp>,
    /// To whom everything must belong, if that matters.
    pub owner: Option<Owner>,
    /// What is left free.
    pub free: Vec<FreeFolder>,
    /// The entries that follow.
    pub entries: EntriesDigest,
}

/// A user and a group, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owner {
    /// The user.
    pub user: u32,
    /// The group.
    pub group: u32,
}

/// What the lines after the head must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntriesDigest {
    /// How many lines.
    pub count: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The SHA-256 of all these bytes, in lower-case hexadecimal.
    pub sha256: String,
}

impl Head {
    /// Checks what the types cannot. The message reads after "is refused: ".
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!(
                "format {} is not known; this program reads {SCHEMA}",
                self.schema
            ));
        }
        let chars = self.site.chars().count();
        if self.site.trim().is_empty()
            || chars > SITE_CHARS_MAX
            || self.site.chars().any(char::is_control)
        {
            return Err(
                "the name of the site is empty, too long or has control characters".to_owned(),
            );
        }
        if self.version == 0 {
            return Err("versions begin with 1".to_owned());
        }
        if self
            .expires_at
            .is_some_and(|expires_at| expires_at <= self.made_at)
        {
            return Err("it expires before it was made".to_owned());
        }
        if self.free.len() > FREE_FOLDERS_MAX {
            return Err(format!(
                "more than {FREE_FOLDERS_MAX} folders are left free"
            ));
        }
        for one in &self.free {
            FreeFolder::new(&one.path, one.rule).map_err(|error| format!("could not {error}"))?;
        }
        if self.entries.count > ENTRIES_MAX {
            return Err(format!("it has more than {ENTRIES_MAX} entries"));
        }
        Ok(())
    }
}
