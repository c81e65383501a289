//! The node itself: opened once in a process, cloned freely, safe to use from every thread.

use std::sync::Arc;

use domain::{Clock, OrganisationId};
use thiserror::Error;
use tokio::sync::watch;

/// Why the node's state could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The database failed.
    #[error("use the node's database: {0}")]
    Database(String),
}

/// One node.
#[derive(Clone)]
pub struct Node {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
}

impl Node {
    /// Returns the id of this node's organisation.
    pub fn organisation(&self) -> &OrganisationId {
        unimplemented!()
    }

    /// Returns the name of this node's organisation.
    pub fn organisation_name(&self) -> &str {
        unimplemented!()
    }

    /// Returns the clock that this node goes by.
    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    /// Returns a number that grows with each committed change, also those of other processes on the same folder.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        unimplemented!()
    }
}
