//! What the system's own package databases say its files are.
//!
//! Somebody who is root can write these databases. So a known digest lowers a finding, and never hides it.

use std::path::Path;

use domain::{Algorithm, Digest};

use crate::unread::Unread;

/// The digests of all packaged files, held in about 35 bytes each.
#[derive(Debug, Default)]
pub struct KnownFiles {
    unread: Vec<Unread>,
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFile {
    /// The package's name.
    pub package: String,
    /// Its version, where the database tells it.
    pub version: String,
    /// Who says so.
    pub database: Database,
    /// Whether the package has it at that path.
    pub place: Place,
}

/// Where the package has the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// At another path: somebody copied or moved it.
    Other,
    /// At that path.
    Same,
}

/// A package database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Database {
    /// Alpine's, SHA-1.
    Apk,
    /// Debian's, MD5.
    Dpkg,
}

impl KnownFiles {
    /// Loads the databases of the system below `root`: `/`, or a mounted disk.
    pub fn load(_root: &Path) -> Self {
        Self::default()
    }

    /// Returns the package whose file has one of `digests`: the one that has it at `path`, else any other.
    /// `path` is absolute from the system's root.
    pub fn known(&self, _path: &[u8], _digests: &[Digest]) -> Option<PackageFile> {
        None
    }

    /// Returns the package that has a file at `path`, whatever its content is now.
    pub fn listed(&self, _path: &[u8]) -> Option<PackageFile> {
        None
    }

    /// Returns the digests that are needed to ask.
    pub fn algorithms(&self) -> &[Algorithm] {
        &[]
    }

    /// Returns how many files are known.
    pub fn file_count(&self) -> usize {
        0
    }

    /// Returns what could not be read, and databases of kinds that are not.
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }
}
