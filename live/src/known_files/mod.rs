//! What the system's own package databases say its files are.
//!
//! Somebody who is root can write these databases. So a known digest lowers a finding, and never hides it.

mod table;

mod dpkg;

mod apk;

mod loading;

use std::path::Path;

use domain::{Algorithm, Digest};

use crate::known_files::table::{Packages, Table};
use crate::unread::Unread;

/// The digests of all packaged files, in 32 bytes for each MD5 and 36 for each SHA-1. Loading reads some ten megabytes:
/// worth it only once something was found.
#[derive(Debug, Default)]
pub struct KnownFiles {
    packages: Packages,
    md5: Table<16>,
    sha1: Table<20>,
    /// Folders that are another name of one below `/usr`.
    merged: Vec<(Vec<u8>, Vec<u8>)>,
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
    pub fn load(root: &Path) -> Self {
        loading::load(root)
    }

    /// Returns the package whose file has one of `digests`: the one that has it at `path`, else any other.
    /// `path` is absolute from the system's root.
    pub fn known(&self, path: &[u8], digests: &[Digest]) -> Option<PackageFile> {
        let path = self.plain_path(path);
        let found = digests.iter().filter_map(|digest| match digest {
            Digest::Md5(md5) => self.md5.find(&path, md5),
            Digest::Sha1(sha1) => self.sha1.find(&path, sha1),
            Digest::Sha256(_) => None,
        });
        let (package, place) = found.min_by_key(|(_, place)| *place != Place::Same)?;
        self.packages.describe(package, place)
    }

    /// Returns the package that has a file at `path`, whatever its content is now. With [`Self::known`] denying it, the
    /// file is not what the package brought.
    pub fn listed(&self, path: &[u8]) -> Option<PackageFile> {
        let path = self.plain_path(path);
        let package = self.md5.listed(&path).or_else(|| self.sha1.listed(&path))?;
        self.packages.describe(package, Place::Same)
    }

    /// Returns the digests that are needed to ask.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let md5 = (self.md5.len() > 0).then_some(Algorithm::Md5);
        let sha1 = (self.sha1.len() > 0).then_some(Algorithm::Sha1);
        md5.into_iter().chain(sha1).collect()
    }

    /// Returns how many files are known.
    pub fn file_count(&self) -> usize {
        self.md5.len() + self.sha1.len()
    }

    /// Returns the bytes of memory that it takes.
    pub fn memory_bytes(&self) -> usize {
        self.md5.memory_bytes() + self.sha1.memory_bytes() + self.packages.memory_bytes()
    }

    /// Returns what could not be read, and databases of kinds that are not.
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    /// Databases write `/bin/sh` or `/usr/bin/sh`, whichever was built; where both are one, one is used.
    fn plain_path(&self, path: &[u8]) -> Vec<u8> {
        for (name, real) in &self.merged {
            if let Some(rest) = path.strip_prefix(name.as_slice())
                && rest.starts_with(b"/")
            {
                return [real.as_slice(), rest].concat();
            }
        }
        path.to_vec()
    }
}

#[cfg(test)]
mod tests;
