//! What can be known of a file: digests, a beginning, verdicts, matches, and what is inside it.

use domain::{Algorithm, Digest, Reason};

use super::judging::Judged;
use crate::detector::Fingerprint;
use crate::hash::Digests;

/// Matches of one content that are kept. A content with more is judged again each time.
pub const HITS_MAX: usize = 64;
/// Members of one container that are listed. A container with more is opened again each time.
pub const MEMBERS_MAX: usize = 100_000;
/// Bytes of everything that is kept of one file, 32 MiB.
pub const FACT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// What is known of one state of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The digests that were computed.
    pub digests: KnownDigests,
    /// The beginning of the content.
    pub head: Option<Head>,
    /// By what the content *and everything listed in `contents`* was judged completely.
    pub judged: Judged,
    /// What those judges found in the content itself.
    pub hits: Vec<KnownHit>,
    /// What is inside.
    pub contents: Contents,
}

/// The digests of one content that were computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownDigests {
    /// MD5.
    pub md5: Option<[u8; 16]>,
    /// SHA-1.
    pub sha1: Option<[u8; 20]>,
    /// SHA-256.
    pub sha256: Option<[u8; 32]>,
}

/// The first bytes of a content, sixteen at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    bytes: [u8; Self::BYTES_MAX],
    length: u8,
}

/// One match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownHit {
    /// Of the part of a detector that found it.
    pub fingerprint: Fingerprint,
    /// The kind of check, as documents write it.
    pub kind: String,
    /// The indicator's or the rule's id in the alert of that time. Another alert may call the same part otherwise.
    pub indicator: String,
    /// What stands there.
    pub value: String,
    /// Where inside the item.
    pub place: Option<String>,
}

/// Names the version of whatever opens containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opener(pub(super) u32);

/// What is inside a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Contents {
    /// Nobody looked.
    #[default]
    Unknown,
    /// This opener takes it for no container.
    Plain(Opener),
    /// Everything that this opener found in it, and could not open in it.
    Container(Opener, Vec<Inner>),
}

/// Something inside a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inner {
    /// A content that was examined.
    Member(Member),
    /// What was not.
    NotOpened(NotOpened),
}

/// A content inside a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its names from the outermost container inwards.
    pub path: Vec<Vec<u8>>,
    /// The kind of container that it lies in.
    pub container: String,
    /// Its size.
    pub size_bytes: u64,
    /// Its digests, as far as they were computed.
    pub digests: KnownDigests,
    /// What was found in it.
    pub hits: Vec<KnownHit>,
}

/// Something inside a container that was not examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotOpened {
    /// Its names; none for the container itself.
    pub path: Vec<Vec<u8>>,
    /// Why.
    pub reason: Reason,
    /// More, for people.
    pub detail: String,
}

impl Facts {
    /// Returns what is inside, if it was this opener that looked.
    pub fn contents_by(&self, opener: Opener) -> &Contents {
        match &self.contents {
            Contents::Plain(by) | Contents::Container(by, _) if *by == opener => &self.contents,
            _ => &Contents::Unknown,
        }
    }

    /// Tells whether it is within all limits. What is not must not be kept in part: a list that was cut would say
    /// that the rest is clean.
    pub(super) fn fits(&self) -> bool {
        let inner_fits = match &self.contents {
            Contents::Unknown | Contents::Plain(_) => true,
            Contents::Container(_, inner) => {
                inner.len() <= MEMBERS_MAX
                    && inner.iter().all(|one| match one {
                        Inner::Member(member) => member.hits.len() <= HITS_MAX,
                        Inner::NotOpened(_) => true,
                    })
            }
        };
        inner_fits && self.hits.len() <= HITS_MAX
    }

    /// Puts together what is known of the same state of a file from before, and what was learned since.
    pub(super) fn absorb(self, newer: Self) -> Self {
        if !self.digests.agree_with(&newer.digests) {
            return newer;
        }
        let digests = self.digests.with(&newer.digests);
        let head = newer.head.or(self.head);
        let (judged, hits, contents) = absorb_verdicts(
            (self.judged, self.hits, self.contents),
            (newer.judged, newer.hits, newer.contents),
        );
        let together = Self {
            digests,
            head,
            judged,
            hits,
            contents,
        };
        if together.fits() {
            together
        } else {
            // Forgets verdicts rather than matches.
            Self {
                judged: Judged::NOTHING,
                hits: Vec::new(),
                contents: Contents::Unknown,
                ..together
            }
        }
    }
}

type Verdicts = (Judged, Vec<KnownHit>, Contents);

/// Verdicts speak for what is listed inside as well, so they add up only where both are about the same list.
fn absorb_verdicts(older: Verdicts, newer: Verdicts) -> Verdicts {
    let says_nothing = |(judged, hits, contents): &Verdicts| {
        *judged == Judged::NOTHING && hits.is_empty() && *contents == Contents::Unknown
    };
    if says_nothing(&newer) {
        return older;
    }
    if says_nothing(&older) {
        return newer;
    }
    let contents = match (older.2, newer.2) {
        (Contents::Unknown, plain @ (Contents::Unknown | Contents::Plain(_)))
        | (plain @ Contents::Plain(_), Contents::Unknown)
        | (Contents::Plain(_), plain @ Contents::Plain(_)) => plain,
        (Contents::Container(one, listed), Contents::Container(other, found))
            if one == other && is_same_list(&listed, &found) =>
        {
            Contents::Container(other, absorb_lists(listed, found))
        }
        (_, contents) => return (newer.0, newer.1, contents),
    };
    let judged = older.0.and(newer.0);
    (judged, absorb_hits(older.1, newer.1), contents)
}

fn is_same_list(one: &[Inner], other: &[Inner]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|pair| match pair {
            (Inner::Member(one), Inner::Member(other)) => {
                one.path == other.path
                    && one.container == other.container
                    && one.size_bytes == other.size_bytes
                    && one.digests.agree_with(&other.digests)
            }
            (Inner::NotOpened(one), Inner::NotOpened(other)) => one == other,
            _ => false,
        })
}

fn absorb_lists(older: Vec<Inner>, newer: Vec<Inner>) -> Vec<Inner> {
    let pairs = older.into_iter().zip(newer);
    pairs
        .map(|pair| match pair {
            (Inner::Member(one), Inner::Member(other)) => Inner::Member(Member {
                digests: one.digests.with(&other.digests),
                hits: absorb_hits(one.hits, other.hits),
                ..other
            }),
            (_, newer) => newer,
        })
        .collect()
}

fn absorb_hits(older: Vec<KnownHit>, newer: Vec<KnownHit>) -> Vec<KnownHit> {
    let mut hits = older;
    for hit in newer {
        if !hits.contains(&hit) {
            hits.push(hit);
        }
    }
    hits
}

impl KnownDigests {
    /// Returns the digest of an algorithm, where it is known.
    pub fn digest(&self, algorithm: Algorithm) -> Option<Digest> {
        match algorithm {
            Algorithm::Md5 => self.md5.map(Digest::Md5),
            Algorithm::Sha1 => self.sha1.map(Digest::Sha1),
            Algorithm::Sha256 => self.sha256.map(Digest::Sha256),
        }
    }

    /// Adds a digest.
    #[must_use]
    pub fn with_digest(mut self, digest: Digest) -> Self {
        match digest {
            Digest::Md5(bytes) => self.md5 = Some(bytes),
            Digest::Sha1(bytes) => self.sha1 = Some(bytes),
            Digest::Sha256(bytes) => self.sha256 = Some(bytes),
        }
        self
    }

    fn agree_with(&self, other: &Self) -> bool {
        Algorithm::ALL.iter().all(|algorithm| {
            match (self.digest(*algorithm), other.digest(*algorithm)) {
                (Some(one), Some(other)) => one == other,
                _ => true,
            }
        })
    }

    fn with(self, other: &Self) -> Self {
        Self {
            md5: other.md5.or(self.md5),
            sha1: other.sha1.or(self.sha1),
            sha256: other.sha256.or(self.sha256),
        }
    }
}

impl From<Digests> for KnownDigests {
    fn from(digests: Digests) -> Self {
        digests.iter().fold(Self::default(), Self::with_digest)
    }
}

impl From<KnownDigests> for Digests {
    fn from(known: KnownDigests) -> Self {
        Self {
            md5: known.digest(Algorithm::Md5),
            sha1: known.digest(Algorithm::Sha1),
            sha256: known.digest(Algorithm::Sha256),
        }
    }
}

impl Head {
    /// How many bytes are kept.
    pub const BYTES_MAX: usize = 16;

    /// Takes as much of a content's beginning as is kept.
    pub fn of(content: &[u8]) -> Self {
        let length = content.len().min(Self::BYTES_MAX);
        let mut bytes = [0; Self::BYTES_MAX];
        bytes[..length].copy_from_slice(&content[..length]);
        Self {
            bytes,
            length: u8::try_from(length).expect("sixteen at most"),
        }
    }

    /// Returns the bytes. Fewer than [`Self::BYTES_MAX`] are the whole content.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl Opener {
    /// Names whatever has this fingerprint.
    pub fn of(fingerprint: &Fingerprint) -> Self {
        let [a, b, c, d, ..] = *fingerprint;
        Self(u32::from_le_bytes([a, b, c, d]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENER: Opener = Opener(7);

    fn hit(value: &str) -> KnownHit {
        KnownHit {
            fingerprint: [1; 32],
            kind: "yara".to_owned(),
            indicator: "r".to_owned(),
            value: value.to_owned(),
            place: None,
        }
    }

    fn judged(bit: u8) -> Judged {
        Judged::NOTHING.with_bit(bit)
    }

    fn container(judged: Judged, member_hit: &str) -> Facts {
        let member = Member {
            path: vec![b"a.txt".to_vec()],
            container: "zip".to_owned(),
            size_bytes: 4,
            digests: KnownDigests::default(),
            hits: vec![hit(member_hit)],
        };
        Facts {
            judged,
            contents: Contents::Container(OPENER, vec![Inner::Member(member)]),
            ..Facts::default()
        }
    }

    #[test]
    fn adds_verdicts_about_the_same_list_with_all_their_matches() {
        let both = container(judged(1), "one").absorb(container(judged(2), "two"));
        assert_eq!(both.judged, judged(1).with_bit(2));
        let Contents::Container(_, inner) = &both.contents else {
            panic!("{both:?}")
        };
        let Inner::Member(member) = &inner[0] else {
            panic!("{inner:?}")
        };
        assert_eq!(member.hits, [hit("one"), hit("two")]);
    }

    #[test]
    fn takes_no_verdict_on_a_content_for_one_on_what_is_inside_it() {
        let unopened = Facts {
            judged: judged(1),
            ..Facts::default()
        };
        let both = unopened.clone().absorb(container(judged(2), "two"));
        assert_eq!(both.judged, judged(2), "judge 1 never saw the member");
        let both = container(judged(2), "two").absorb(unopened);
        assert_eq!(
            (both.judged, &both.contents),
            (judged(1), &Contents::Unknown)
        );
    }

    #[test]
    fn drops_everything_older_when_the_content_was_another() {
        let older = Facts {
            digests: KnownDigests::default().with_digest(Digest::Md5([1; 16])),
            judged: judged(1),
            ..Facts::default()
        };
        let newer = Facts {
            digests: KnownDigests::default().with_digest(Digest::Md5([2; 16])),
            ..Facts::default()
        };
        assert_eq!(older.absorb(newer.clone()), newer);
    }

    #[test]
    fn forgets_verdicts_when_their_matches_are_too_many_to_keep() {
        let many = |from: usize| Facts {
            judged: judged(1),
            hits: (from..from + HITS_MAX)
                .map(|n| hit(&n.to_string()))
                .collect(),
            ..Facts::default()
        };
        assert_eq!(many(0).absorb(many(0)), many(0));
        let both = many(0).absorb(many(1));
        assert_eq!((both.judged, both.hits.len()), (Judged::NOTHING, 0));
    }

    #[test]
    fn what_an_older_opener_saw_is_unknown_to_a_newer_one() {
        let facts = container(judged(1), "one");
        assert_eq!(facts.contents_by(OPENER), &facts.contents);
        assert_eq!(facts.contents_by(Opener(8)), &Contents::Unknown);
    }
}
