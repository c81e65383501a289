//! The root: which keys speak for an authority, and how many of them it takes. Rotated as TUF rotates roots.

use std::collections::BTreeSet;

use domain::OrganisationId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys::PublicKey;
use crate::kind::{Document, Kind, check_line, check_schema};

/// Keys of one role: more than any duty roster has.
pub const ROLE_KEYS_MAX: usize = 64;
/// Characters of an authority's name.
const NAME_CHARS_MAX: usize = 200;
/// Alerts take two people, always.
const OFFICERS_THRESHOLD_MIN: u32 = 2;

/// Which keys speak for an authority. The first one is pinned by its id; each next one is signed by the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    /// Always [`crate::SCHEMA`].
    pub schema: u32,
    /// Whose root it is.
    pub authority: OrganisationId,
    /// The authority's name for people.
    pub name: String,
    /// 1, then exactly one more for each rotation.
    pub version: u64,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// From then on nothing that relies on it is accepted.
    pub expires_at: Timestamp,
    /// Who signs the next root.
    pub root: RoleKeys,
    /// Who signs alerts; at least two signatures.
    pub officers: RoleKeys,
    /// Who signs the catalogue: usually the authority's node, by itself.
    pub catalogue: RoleKeys,
}

/// The keys of one role, and how many of them must sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleKeys {
    /// The keys, each once.
    pub keys: Vec<PublicKey>,
    /// How many different ones must sign.
    pub threshold: u32,
}

impl RoleKeys {
    /// Tells whether `key` belongs to the role.
    pub fn contains(&self, key: &PublicKey) -> bool {
        self.keys.contains(key)
    }

    fn check(&self, role: &str, threshold_min: u32) -> Result<(), String> {
        if self.keys.len() > ROLE_KEYS_MAX {
            return Err(format!("role '{role}' has more than {ROLE_KEYS_MAX} keys"));
        }
        let distinct: BTreeSet<&PublicKey> = self.keys.iter().collect();
        if distinct.len() != self.keys.len() {
            return Err(format!("role '{role}' lists a key twice"));
        }
        let reachable =
            usize::try_from(self.threshold).is_ok_and(|needed| needed <= distinct.len());
        if self.threshold < threshold_min || !reachable {
            return Err(format!(
                "role '{role}' needs a threshold of {threshold_min} to {}, not {}",
                distinct.len(),
                self.threshold
            ));
        }
        Ok(())
    }
}

impl Document for Root {
    const KIND: Kind = Kind::Root;

    fn check(&self) -> Result<(), String> {
        check_schema(self.schema)?;
        check_line(&self.name, NAME_CHARS_MAX, "the name")?;
        if self.version == 0 {
            return Err("versions begin at 1".to_owned());
        }
        if self.issued_at >= self.expires_at {
            return Err("it expires before it is issued".to_owned());
        }
        self.root.check("root", 1)?;
        self.officers.check("officers", OFFICERS_THRESHOLD_MIN)?;
        self.catalogue.check("catalogue", 1)
    }
}
