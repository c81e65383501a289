//! The doors through which engines come in: a [`Detector`] matches contents, an [`Unpacker`] opens containers, a
//! [`LiveSystem`] tells of processes and connections, [`Packages`] of the system's own files. This crate links none.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek};
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::path::Path;

use domain::{CheckKind, ItemKind, Reason};
use thiserror::Error;

/// Bytes of a beginning that is enough for whoever wants to see one: the first volume descriptor of an ISO image
/// ends there.
pub const HEAD_BYTES: usize = 36 * 1024;

/// Stands for everything that a verdict on an unchanged content depends on: source, engine and its version.
pub type Fingerprint = [u8; 32];

/// Matches contents for one alert: rules, or what else an alert seeks in logs, hives and event logs. Shared by all
/// threads of a sweep.
pub trait Detector: Send + Sync {
    /// Returns the checks of the alert that it makes. A rule of the alert that no detector makes is reported as not
    /// available, and the sweep as incomplete.
    fn checks(&self) -> Vec<Check>;

    /// Returns the values that it cannot seek, of checks that it makes with others: each is reported as not available, and
    /// the sweep as incomplete.
    fn unsought(&self) -> Vec<Unsought> {
        Vec::new()
    }

    /// Returns the fingerprint of each of its parts: what can be asked alone. Verdicts are remembered by them.
    fn parts(&self) -> Vec<Fingerprint>;

    /// Stands for how it tells by name, size and beginning which contents are of its kind, where that is the same for
    /// every alert: of a content for which it then wants nothing, no alert's detector of this kind will want anything.
    /// Nothing where what it wants depends on the alert.
    fn kind(&self) -> Option<Fingerprint> {
        None
    }

    /// Tells what it wants of an item, at first by its name and size alone, and where it then asks for
    /// [`Interest::Head`], again with its beginning. May say [`Interest::Nothing`] only where no part of `parts` can match.
    fn interest(&self, item: &ItemFacts<'_>, parts: &PartSet, head: Option<&[u8]>) -> Interest;

    /// Tells what it still wants of an item that nobody has opened yet, of which only the first bytes are remembered:
    /// sixteen, or the whole of a shorter content.
    fn interest_from_memory(
        &self,
        item: &ItemFacts<'_>,
        parts: &PartSet,
        remembered_head: &[u8],
    ) -> Interest {
        let _ = remembered_head;
        self.interest(item, parts, None)
    }

    /// Returns the check that a part's remembered match belongs to now: another alert may give the same part another id.
    fn check_of(&self, part: usize, remembered: &Check) -> Option<Check> {
        let _ = part;
        Some(remembered.clone())
    }

    /// Tells whether its sessions, given in pieces what they want whole, can tell that nothing in it matches: see
    /// [`DetectorSession::needs_whole`].
    fn filters_pieces(&self) -> bool {
        false
    }

    /// Makes a sample for each check, matches it as any content is matched, and says what came of it.
    fn self_test(&self) -> Vec<(Check, Proof)> {
        let untested = |check| (check, Proof::NoSample);
        self.checks().into_iter().map(untested).collect()
    }

    /// Makes what one thread needs to match one content after another.
    fn session(&self) -> Box<dyn DetectorSession + '_>;
}

/// One thread's matcher. After an error or a panic it is thrown away and a new one is made.
pub trait DetectorSession {
    /// Matches one whole content with `parts` of the detector and returns what matched.
    fn scan(
        &mut self,
        item: &ItemFacts<'_>,
        parts: &PartSet,
        content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        self.start(item, parts)?;
        self.push(content)?;
        self.finish()
    }

    /// Begins a content that comes in pieces: because that was wanted, or because the content is too large to be held.
    /// Forgets what came before.
    fn start(&mut self, item: &ItemFacts<'_>, parts: &PartSet) -> Result<(), DetectorError> {
        let _ = (item, parts);
        Err(DetectorError::because(Reason::TooLarge, ""))
    }

    /// Takes the next piece.
    fn push(&mut self, piece: &[u8]) -> Result<(), DetectorError> {
        let _ = piece;
        Err(DetectorError::of("it takes no content in pieces"))
    }

    /// Tells, after all pieces of a content that it wants whole, whether it still does; otherwise [`Self::finish`] ends it.
    fn needs_whole(&mut self) -> bool {
        true
    }

    /// Matches as [`Self::scan`] does the whole content of which it was given all pieces just before.
    fn scan_after_pieces(
        &mut self,
        item: &ItemFacts<'_>,
        parts: &PartSet,
        content: &[u8],
    ) -> Result<Vec<Match>, DetectorError> {
        self.scan(item, parts, content)
    }

    /// Tells whether the verdict on the content that was scanned last rests on more than the item itself, such as a file
    /// beside it. It is not remembered then.
    fn looked_elsewhere(&self) -> bool {
        false
    }

    /// Ends the content and returns what matched.
    fn finish(&mut self) -> Result<Vec<Match>, DetectorError> {
        Err(DetectorError::of("it takes no content in pieces"))
    }
}

/// One check of an alert.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Check {
    /// Of which kind.
    pub kind: CheckKind,
    /// The indicator's or the rule's id.
    pub indicator: String,
}

/// One value of a check that cannot be sought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsought {
    /// Of which check.
    pub check: Check,
    /// The value, as the alert states it.
    pub value: String,
}

/// What became of the sample for one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The sample was not found: this check says nothing here.
    Fails(String),
    /// No sample can be made for it.
    NoSample,
    /// There was no time to try.
    NotTried,
    /// The sample was found.
    Works,
}

/// What a detector wants of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interest {
    /// It cannot match.
    Nothing,
    /// To see up to [`HEAD_BYTES`] of its beginning, and then to be asked again.
    Head,
    /// Its content in pieces, whatever its size.
    Pieces,
    /// Its whole content at once.
    Whole,
}

/// Some of a detector's parts, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartSet {
    bits: Box<[u64]>,
    count: usize,
}

impl PartSet {
    /// Returns all of `count` parts.
    pub fn all(count: usize) -> Self {
        let mut set = Self::none(count);
        for part in 0..count {
            set.add(part);
        }
        set
    }

    /// Returns none of `count` parts.
    pub fn none(count: usize) -> Self {
        Self {
            bits: vec![0; count.div_ceil(64)].into(),
            count,
        }
    }

    /// Adds a part.
    pub fn add(&mut self, part: usize) {
        self.bits[part / 64] |= 1 << (part % 64);
    }

    /// Tells whether a part is in the set.
    pub fn contains(&self, part: usize) -> bool {
        self.bits
            .get(part / 64)
            .is_some_and(|bits| bits & (1 << (part % 64)) != 0)
    }

    /// Tells whether no part is in the set.
    pub fn is_empty(&self) -> bool {
        self.bits.iter().all(|bits| *bits == 0)
    }

    /// Tells whether every part is in the set.
    pub fn is_all(&self) -> bool {
        let present: u32 = self.bits.iter().map(|bits| bits.count_ones()).sum();
        usize::try_from(present).is_ok_and(|present| present == self.count)
    }

    /// Returns how many parts the detector has.
    pub fn part_count(&self) -> usize {
        self.count
    }

    /// Returns the parts in the set.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        (0..self.count).filter(|part| self.contains(*part))
    }
}

/// What is known about an item beside its content. Rules may ask for it.
#[derive(Clone, Copy, Debug)]
pub struct ItemFacts<'a> {
    /// What kind of thing it is.
    pub kind: ItemKind,
    /// The path as the system has it, from `/`. A member's continues inside its container: `/srv/a.zip/b/c.dll`.
    pub path: &'a Path,
    /// Its size in bytes; of a region of memory, the region's.
    pub size_bytes: u64,
    /// The numeric id of its owner; a member's is its outer file's.
    pub owner_id: u32,
    /// When its content was last changed, in seconds since 1970.
    pub modified: Option<i64>,
    /// The kind of container that it is a member of, in lower case.
    pub container: Option<&'a str>,
}

/// One match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// Which part of the detector found it.
    pub part: usize,
    /// Which check it belongs to.
    pub check: Check,
    /// What stands there: the name of the rule inside its source, the full name found for `*.example.org`.
    pub value: String,
    /// Where inside the item, for people.
    pub place: Option<String>,
}

/// Why a content could not be matched: a time limit, or a defect of the engine.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("match the content: {message}")]
pub struct DetectorError {
    /// What it means for the ledger.
    pub reason: Reason,
    /// What the engine said.
    pub message: String,
    /// What had matched before: it is found all the same.
    pub matches: Vec<Match>,
}

impl DetectorError {
    /// Says that the engine failed.
    pub fn of(message: impl Into<String>) -> Self {
        Self {
            reason: Reason::DetectorFailed,
            message: message.into(),
            matches: Vec::new(),
        }
    }

    /// Says why, where it is not a defect of the engine.
    pub fn because(reason: Reason, message: impl Into<String>) -> Self {
        Self {
            reason,
            ..Self::of(message)
        }
    }

    /// Adds what had matched before.
    #[must_use]
    pub fn with_matches(self, matches: Vec<Match>) -> Self {
        Self { matches, ..self }
    }
}

/// Something that can be read from any place.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Opens containers. Shared by all threads of a sweep.
pub trait Unpacker: Send + Sync {
    /// Stands for what it opens: a newer one opens again what an older one could not.
    fn fingerprint(&self) -> Fingerprint;

    /// Tells by name and beginning whether a content is a container that it opens, or would have to list as unopened.
    fn recognises(&self, name: &[u8], head: &[u8]) -> bool;

    /// Opens a container and hands out everything in it, nested containers included, until it is told to stop.
    fn unpack(
        &self,
        name: &[u8],
        head: &[u8],
        size_bytes: u64,
        content: &mut dyn ReadSeek,
        stop: &dyn Fn() -> bool,
        each: &mut dyn FnMut(Unpacked<'_>) -> ControlFlow<()>,
    );
}

/// What an [`Unpacker`] hands out.
#[derive(Debug)]
pub enum Unpacked<'a> {
    /// A thing in the container.
    Member {
        /// Its names from the outermost container inwards: `b.tar`, `lib/c.dll`.
        path: &'a [Vec<u8>],
        /// The kind of container that it lies in, in lower case.
        container: &'a str,
        /// Its bytes.
        content: MemberContent<'a>,
    },
    /// What could not be opened, or not be read out.
    NotOpened {
        /// Its names; none for the container itself.
        path: &'a [Vec<u8>],
        /// Why.
        reason: Reason,
        /// More, for people.
        detail: &'a str,
    },
}

/// A member's bytes.
pub enum MemberContent<'a> {
    /// Too many to be held for nobody.
    Stream(&'a mut dyn MemberStream),
    /// All of them.
    Whole(&'a [u8]),
}

/// The bytes of a large member, while they come out of their container.
pub trait MemberStream {
    /// Returns the first bytes, which are more than [`HEAD_BYTES`].
    fn front(&self) -> &[u8];

    /// Returns the size that the container states; where that is wrong, the member is said to be damaged.
    fn stated_bytes(&self) -> Option<u64>;

    /// Holds all bytes and returns them, where they are no more than `bytes_max`. What it returns [`Self::pieces`] still
    /// gives.
    fn hold(&mut self, bytes_max: u64) -> Option<&[u8]>;

    /// Gives all bytes from the first to the last, once.
    fn pieces(&mut self, each: &mut dyn FnMut(&[u8]));
}

impl fmt::Debug for MemberContent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(stream) => write!(f, "more than {} bytes", stream.front().len()),
            Self::Whole(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

/// Tells of what runs on this machine.
pub trait LiveSystem: Send + Sync {
    /// Returns further places whose files belong to the running system: what starts with it, and what those name.
    fn persistence_points(&self) -> Vec<std::path::PathBuf>;

    /// Hands out everything that runs, until it is told to stop.
    fn visit(
        &self,
        stop: &dyn Fn() -> bool,
        each: &mut dyn FnMut(&mut LiveItem<'_>) -> ControlFlow<()>,
    );
}

/// Hands out the contents of a live item one after another: where it stands, and the bytes.
pub type LiveContents<'a> =
    dyn FnMut(&mut dyn FnMut(&str, &[u8]) -> ControlFlow<()>) -> Result<(), (Reason, String)> + 'a;

/// A process, a connection, a name that the system knows.
pub struct LiveItem<'a> {
    /// Which kind.
    pub kind: ItemKind,
    /// What people see: `process 812 /usr/sbin/sshd`.
    pub name: String,
    /// What can be compared with an alert.
    pub facts: Vec<LiveFact>,
    /// Who owns it.
    pub owner_id: u32,
    /// Its executable, where no walk would find it any more.
    pub executable: Option<File>,
    /// Its memory.
    pub memory: Option<&'a mut LiveContents<'a>>,
    /// What could not be learned of it.
    pub not_examined: Vec<(Reason, String)>,
}

/// One fact of a live item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveFact {
    /// It talks to, or listens at, this address.
    Address(IpAddr),
    /// It stands for this host name.
    HostName(String),
    /// It runs, or has open, the file of this path.
    Path(Vec<u8>),
}

/// Knows which files belong to the system's own packages.
pub trait Packages: Send + Sync {
    /// Returns the package that a file belongs to, where the package's own digest is one of these.
    fn package_of(&self, path: &Path, digests: &[domain::Digest]) -> Option<String>;
}

/// Takes what was not examined, all of it; a report carries only counts and examples.
pub trait NotExaminedSink: Send + Sync {
    /// Takes one item that was not examined for the alert of this number among the targets.
    fn note(&self, target: usize, reason: Reason, item: &domain::ItemPath, detail: &str);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_parts_knows_what_is_in_it() {
        let mut set = PartSet::none(130);
        assert!(set.is_empty() && !set.is_all());
        set.add(0);
        set.add(129);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 129]);
        assert!(set.contains(129) && !set.contains(128) && !set.contains(1_000));
        assert!(PartSet::all(130).is_all() && PartSet::all(0).is_empty());
    }
}
