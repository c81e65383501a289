//! The vault: takes confirmed malware out of its place, and puts it back exactly as it was.

mod manifest;

mod vault;

pub use manifest::{EntryState, VaultEntry};
pub use vault::{IsolateError, Restore, RestoreError, Vault, VaultError};
