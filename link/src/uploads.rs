//! One upload of each peer at a time: what is read shares one memory, and a peer that holds many slow uploads open would
//! hold it all.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use documents::PublicKey;

/// Who is uploading now.
#[derive(Clone, Default)]
pub(crate) struct Uploads(Arc<Mutex<BTreeSet<PublicKey>>>);

/// The one upload of a peer, until it is dropped.
pub(crate) struct Uploading {
    uploads: Uploads,
    key: PublicKey,
}

impl Uploads {
    /// Begins the upload of `key`, unless one is under way.
    pub(crate) fn begin(&self, key: PublicKey) -> Option<Uploading> {
        self.locked().insert(key).then(|| Uploading {
            uploads: self.clone(),
            key,
        })
    }

    fn locked(&self) -> MutexGuard<'_, BTreeSet<PublicKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Uploading {
    fn drop(&mut self) {
        self.uploads.locked().remove(&self.key);
    }
}
