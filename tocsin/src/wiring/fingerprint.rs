//! What a verdict depends on, as one number: what is sought, and the version of whatever seeks it.

use sha2::{Digest as _, Sha256};
use sweep::Fingerprint;

/// Returns what stands for how an engine of this version tells which contents are of its kind.
pub fn of_kind(engine: &str) -> Fingerprint {
    of(&format!("{engine}: kind"), std::iter::empty())
}

/// Returns the fingerprint of an engine of this version that seeks these values, whatever their order.
pub fn of(engine: &str, sought: impl Iterator<Item = String>) -> Fingerprint {
    let mut sought: Vec<String> = sought.collect();
    sought.sort_unstable();
    let mut hasher = Sha256::new();
    hasher.update(engine.as_bytes());
    for value in sought {
        hasher.update((value.len() as u64).to_le_bytes());
        hasher.update(value.as_bytes());
    }
    hasher.finalize().into()
}
