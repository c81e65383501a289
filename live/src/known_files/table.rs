//! Files by the hash of their path and by their digest, without any path in memory.

use std::hash::{DefaultHasher, Hasher};

use crate::known_files::{Database, PackageFile, Place};

/// Files with digests of one length, sorted by the hash of their path.
#[derive(Debug)]
pub(super) struct Table<const N: usize> {
    paths: Vec<u64>,
    digests: Vec<[u8; N]>,
    packages: Vec<u32>,
    /// The rows in the order of their digests.
    by_digest: Vec<u32>,
}

/// Rows that are not yet sorted.
#[derive(Debug)]
pub(super) struct TableBuilder<const N: usize>(Vec<(u64, [u8; N], u32)>);

/// Names and versions of packages.
#[derive(Debug, Default)]
pub(super) struct Packages(Vec<(String, String, Database)>);

impl<const N: usize> Default for Table<N> {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            digests: Vec::new(),
            packages: Vec::new(),
            by_digest: Vec::new(),
        }
    }
}

impl<const N: usize> Table<N> {
    /// Returns the package of a file with that content: at that path if there is one, else anywhere.
    pub(super) fn find(&self, path: &[u8], digest: &[u8; N]) -> Option<(u32, Place)> {
        // Two paths of one hash do no harm: the content is that of a package in any case.
        let here = self
            .rows_of(path)
            .find(|&row| self.digests[row] == *digest)
            .map(|row| (self.packages[row], Place::Same));
        here.or_else(|| {
            let first = self
                .by_digest
                .partition_point(|&row| self.digests[row as usize] < *digest);
            let row = *self.by_digest.get(first)? as usize;
            (self.digests[row] == *digest).then(|| (self.packages[row], Place::Other))
        })
    }

    /// Returns the package that has a file at that path.
    pub(super) fn listed(&self, path: &[u8]) -> Option<u32> {
        self.rows_of(path).next().map(|row| self.packages[row])
    }

    pub(super) fn len(&self) -> usize {
        self.paths.len()
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.paths.capacity() * 8
            + self.digests.capacity() * N
            + self.packages.capacity() * 4
            + self.by_digest.capacity() * 4
    }

    fn rows_of(&self, path: &[u8]) -> impl Iterator<Item = usize> {
        let hash = hash_of(path);
        let first = self.paths.partition_point(|&other| other < hash);
        (first..self.paths.len()).take_while(move |&row| self.paths[row] == hash)
    }
}

impl<const N: usize> TableBuilder<N> {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn add(&mut self, path: &[u8], digest: [u8; N], package: u32) {
        self.0.push((hash_of(path), digest, package));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn build(mut self) -> Table<N> {
        self.0.sort_unstable();
        self.0.dedup_by(|a, b| (a.0, a.1) == (b.0, b.1));
        let count = u32::try_from(self.0.len()).expect("the loader stops far below");
        let mut by_digest: Vec<u32> = (0..count).collect();
        by_digest.sort_unstable_by_key(|&row| self.0[row as usize].1);
        Table {
            paths: self.0.iter().map(|row| row.0).collect(),
            digests: self.0.iter().map(|row| row.1).collect(),
            packages: self.0.iter().map(|row| row.2).collect(),
            by_digest,
        }
    }
}

impl Packages {
    /// Adds a package and returns its number.
    pub(super) fn add(&mut self, name: String, version: String, database: Database) -> u32 {
        let number = u32::try_from(self.0.len()).expect("the loader stops far below");
        self.0.push((name, version, database));
        number
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn describe(&self, number: u32, place: Place) -> Option<PackageFile> {
        let (package, version, database) = self.0.get(number as usize)?;
        Some(PackageFile {
            package: package.clone(),
            version: version.clone(),
            database: *database,
            place,
        })
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let row = size_of::<(String, String, Database)>();
        let texts = self.0.iter().map(|row| row.0.capacity() + row.1.capacity());
        self.0.capacity() * row + texts.sum::<usize>()
    }
}

fn hash_of(path: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(path);
    hasher.finish()
}
