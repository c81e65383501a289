//! Every path that a node reads or writes. Nothing else in the crate invents one.

use std::path::{Path, PathBuf};

/// The files in a node's folder. The database is beside them, named by `store`.
#[derive(Clone, Debug)]
pub(crate) struct NodePaths {
    folder: PathBuf,
}

impl NodePaths {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder itself, which is also the database's.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The settings.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("node.toml")
    }

    /// The key that signs documents and TLS handshakes, PKCS #8.
    pub(crate) fn node_key(&self) -> PathBuf {
        self.folder.join("node.key")
    }

    /// The certificate of the authority for this node's children.
    pub(crate) fn authority_certificate(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// That authority's key.
    pub(crate) fn authority_key(&self) -> PathBuf {
        self.folder.join("authority.key")
    }

    /// The key that signs catalogues, PKCS #8; only where alerts are issued.
    pub(crate) fn catalogue_key(&self) -> PathBuf {
        self.folder.join("catalogue.key")
    }
}
