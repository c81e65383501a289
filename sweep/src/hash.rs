//! Digests of contents: only those in use, all in one pass.

use domain::{Algorithm, Digest};
use md5::{Digest as _, Md5};
use sha1::Sha1;
use sha2::Sha256;

/// A set of digest algorithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlgorithmSet(u8);

impl AlgorithmSet {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(7);

    pub(crate) const fn of(algorithm: Algorithm) -> Self {
        Self(match algorithm {
            Algorithm::Md5 => 1,
            Algorithm::Sha1 => 2,
            Algorithm::Sha256 => 4,
        })
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Takes content piece by piece.
#[derive(Default)]
pub(crate) struct Hasher {
    md5: Option<Md5>,
    sha1: Option<Sha1>,
    sha256: Option<Sha256>,
}

impl Hasher {
    pub(crate) fn new(algorithms: AlgorithmSet) -> Self {
        let has = |algorithm| algorithms.contains(AlgorithmSet::of(algorithm));
        Self {
            md5: has(Algorithm::Md5).then(Md5::new),
            sha1: has(Algorithm::Sha1).then(Sha1::new),
            sha256: has(Algorithm::Sha256).then(Sha256::new),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(sha1) = &mut self.sha1 {
            sha1.update(bytes);
        }
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }

    pub(crate) fn finish(self) -> Digests {
        Digests {
            md5: self.md5.map(|md5| Digest::Md5(md5.finalize().into())),
            sha1: self.sha1.map(|sha1| Digest::Sha1(sha1.finalize().into())),
            sha256: self
                .sha256
                .map(|sha256| Digest::Sha256(sha256.finalize().into())),
        }
    }
}

/// The digests of one content, as far as they were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digests {
    pub(crate) md5: Option<Digest>,
    pub(crate) sha1: Option<Digest>,
    pub(crate) sha256: Option<Digest>,
}

impl Digests {
    pub(crate) fn of(content: &[u8], algorithms: AlgorithmSet) -> Self {
        let mut hasher = Hasher::new(algorithms);
        hasher.update(content);
        hasher.finish()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Digest> {
        [self.md5, self.sha1, self.sha256].into_iter().flatten()
    }

    /// Returns which digests are there.
    pub(crate) fn algorithms(&self) -> AlgorithmSet {
        self.iter().fold(AlgorithmSet::NONE, |set, digest| {
            set.with(AlgorithmSet::of(digest.algorithm()))
        })
    }

    /// Tells whether all digests are there.
    pub(crate) fn have(&self, algorithms: AlgorithmSet) -> bool {
        self.algorithms().contains(algorithms)
    }

    pub(crate) fn are_complete(&self) -> bool {
        self.iter().count() == Algorithm::ALL.len()
    }

    /// Tells whether `other` has every digest that is here.
    pub(crate) fn agree_with(&self, other: &Self) -> bool {
        self.iter()
            .all(|digest| other.iter().any(|theirs| theirs == digest))
    }
}
