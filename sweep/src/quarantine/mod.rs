//! The vault: takes confirmed malware out of its place, and puts it back exactly as it was.
//!
//! Each step is on the disk before the next begins, and [`Vault::open`] goes on from whichever was the last. At every
//! moment the content is complete in its place or in the vault. `docs/decisions/0006-vault.md` has the reasons.

mod manifest;

mod cipher;

mod vault;

mod isolating;
mod recovering;
mod restoring;

pub use isolating::IsolateError;
pub use manifest::{EntryState, VaultEntry};
pub use restoring::{Restore, RestoreError};
pub use vault::{FILES_PER_ALERT_MAX, Vault, VaultError};

#[cfg(test)]
mod tests;
