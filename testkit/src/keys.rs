//! Keys that are the same in every run.

use documents::SigningKey;

/// Returns the key of `name`, at most 32 bytes: the same name always has the same key.
///
/// # Panics
/// When the name is longer.
pub fn signing_key(name: &str) -> SigningKey {
    assert!(name.len() <= 32, "'{name}' is longer than a seed");
    let mut seed = [0; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    SigningKey::from_seed(&seed)
}
