//! One record as bytes: the state of the file, when it was read, and what is known of it.
//!
//! A record begins with 68 bytes that always stand at the same place: whoever only looks, or rewrites a verdict, need
//! not read the rest.

use domain::Reason;

use super::bytes::{Source, put_length, put_short_list, put_text};
use super::facts::{
    Contents, FACT_BYTES_MAX, Facts, HITS_MAX, Head, Inner, KnownDigests, KnownHit, MEMBERS_MAX,
    Member, NotOpened, Opener,
};
use super::judging::Judged;
use super::trust::{FileIdentity, Trust};

/// Names that lead to one member; `unpack` stops far earlier.
const MEMBER_DEPTH_MAX: usize = 64;
const PREFIX_BYTES: usize = 68;
const SEEN_DAY_AT: usize = 56;
const JUDGED_AT: usize = 60;

const HAS_MD5: u16 = 1;
const HAS_SHA1: u16 = 1 << 1;
const HAS_SHA256: u16 = 1 << 2;
const HAS_HEAD: u16 = 1 << 3;
const HAS_HITS: u16 = 1 << 4;
const IS_PLAIN: u16 = 1 << 5;
const IS_CONTAINER: u16 = 1 << 6;
const FOR_NOW: u16 = 1 << 7;
const ALL_FLAGS: u16 = (1 << 8) - 1;

/// What is known of one state of one file, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) file: FileIdentity,
    /// When reading it began, in seconds since 1970.
    pub(super) read_at: i64,
    /// The day on which it was last seen to be there, counted from 1970.
    pub(super) seen_day: u16,
    pub(super) trust: Trust,
    pub(super) facts: Facts,
}

/// The beginning of an encoded record, which always stands at the same places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) file: FileIdentity,
    pub(super) read_at: i64,
    pub(super) seen_day: u16,
    flags: u16,
    pub(super) judged: Judged,
}

impl Prefix {
    /// Reads the beginning of an encoded record.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        Self::from_source(&mut Source::new(body))
    }

    pub(super) fn trust(&self) -> Trust {
        if self.has(FOR_NOW) {
            Trust::ForNow
        } else {
            Trust::Lasting
        }
    }

    fn from_source(source: &mut Source<'_>) -> Option<Self> {
        let prefix = Self {
            file: FileIdentity {
                device: (source.u32()?, source.u32()?),
                inode: source.u64()?,
                size_bytes: source.u64()?,
                modified: (source.i64()?, source.u32()?),
                changed: (source.i64()?, source.u32()?),
            },
            read_at: source.i64()?,
            seen_day: source.u16()?,
            flags: source.u16()?,
            judged: Judged(source.u64()?),
        };
        (prefix.flags & !ALL_FLAGS == 0).then_some(prefix)
    }

    fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

/// Changes in an encoded record when it was last seen, and by whom it was judged.
pub(super) fn patch(body: &mut [u8], seen_day: u16, judged: Judged) {
    body[SEEN_DAY_AT..SEEN_DAY_AT + 2].copy_from_slice(&seen_day.to_le_bytes());
    body[JUDGED_AT..JUDGED_AT + 8].copy_from_slice(&judged.0.to_le_bytes());
}

impl Record {
    /// Writes the record; nothing where it is larger than may be kept.
    pub(super) fn encode(&self) -> Option<Vec<u8>> {
        if !self.facts.fits() {
            return None;
        }
        let mut out = Vec::with_capacity(PREFIX_BYTES + 100);
        self.put_prefix(&mut out);
        let facts = &self.facts;
        put_digests(&mut out, &facts.digests);
        if let Some(head) = &facts.head {
            put_short_list(&mut out, head.as_bytes());
        }
        if !facts.hits.is_empty() {
            put_hits(&mut out, &facts.hits)?;
        }
        match &facts.contents {
            Contents::Unknown => {}
            Contents::Plain(opener) => out.extend_from_slice(&opener.0.to_le_bytes()),
            Contents::Container(opener, inner) => {
                out.extend_from_slice(&opener.0.to_le_bytes());
                put_length(&mut out, inner.len());
                for one in inner {
                    put_inner(&mut out, one)?;
                    if out.len() > FACT_BYTES_MAX {
                        return None;
                    }
                }
            }
        }
        (out.len() <= FACT_BYTES_MAX).then_some(out)
    }

    /// Reads a record; nothing where it is damaged in any way.
    pub(super) fn decode(body: &[u8]) -> Option<Self> {
        let mut source = Source::new(body);
        let prefix = Prefix::from_source(&mut source)?;
        let digests = read_digests(&mut source, prefix.flags)?;
        let head = if prefix.has(HAS_HEAD) {
            let bytes = source.short_list()?;
            Some((bytes.len() <= Head::BYTES_MAX).then(|| Head::of(bytes))?)
        } else {
            None
        };
        let hits = if prefix.has(HAS_HITS) {
            read_hits(&mut source)?
        } else {
            Vec::new()
        };
        let contents = read_contents(&mut source, &prefix)?;
        source.is_empty().then(|| Self {
            file: prefix.file,
            read_at: prefix.read_at,
            seen_day: prefix.seen_day,
            trust: prefix.trust(),
            facts: Facts {
                digests,
                head,
                judged: prefix.judged,
                hits,
                contents,
            },
        })
    }

    /// Puts together what is known of a file from before and what was learned since. Of another state of the file,
    /// what is older means nothing.
    pub(super) fn absorb(self, newer: Self) -> Self {
        if self.file != newer.file {
            return newer;
        }
        // What was added to a record that is only believed for now is believed no longer than that record.
        let (trust, read_at) = match (self.trust, newer.trust) {
            (Trust::Lasting, Trust::Lasting) => (Trust::Lasting, newer.read_at),
            (Trust::ForNow, Trust::Lasting) => return newer,
            _ => (Trust::ForNow, self.read_at.min(newer.read_at)),
        };
        Self {
            read_at,
            trust,
            facts: self.facts.absorb(newer.facts),
            ..newer
        }
    }

    fn put_prefix(&self, out: &mut Vec<u8>) {
        let file = &self.file;
        out.extend_from_slice(&file.device.0.to_le_bytes());
        out.extend_from_slice(&file.device.1.to_le_bytes());
        out.extend_from_slice(&file.inode.to_le_bytes());
        out.extend_from_slice(&file.size_bytes.to_le_bytes());
        for (seconds, nanoseconds) in [file.modified, file.changed] {
            out.extend_from_slice(&seconds.to_le_bytes());
            out.extend_from_slice(&nanoseconds.to_le_bytes());
        }
        out.extend_from_slice(&self.read_at.to_le_bytes());
        out.extend_from_slice(&self.seen_day.to_le_bytes());
        out.extend_from_slice(&self.flags().to_le_bytes());
        out.extend_from_slice(&self.facts.judged.0.to_le_bytes());
    }

    fn flags(&self) -> u16 {
        let facts = &self.facts;
        let mut flags = digest_flags(&facts.digests);
        let mut set = |flag, is_set: bool| flags |= if is_set { flag } else { 0 };
        set(HAS_HEAD, facts.head.is_some());
        set(HAS_HITS, !facts.hits.is_empty());
        set(IS_PLAIN, matches!(facts.contents, Contents::Plain(_)));
        set(
            IS_CONTAINER,
            matches!(facts.contents, Contents::Container(..)),
        );
        set(FOR_NOW, self.trust == Trust::ForNow);
        flags
    }
}

fn digest_flags(digests: &KnownDigests) -> u16 {
    let flag = |flag, is_set: bool| if is_set { flag } else { 0 };
    flag(HAS_MD5, digests.md5.is_some())
        | flag(HAS_SHA1, digests.sha1.is_some())
        | flag(HAS_SHA256, digests.sha256.is_some())
}

fn put_digests(out: &mut Vec<u8>, digests: &KnownDigests) {
    out.extend(digests.md5.iter().flatten());
    out.extend(digests.sha1.iter().flatten());
    out.extend(digests.sha256.iter().flatten());
}

fn read_digests(source: &mut Source<'_>, flags: u16) -> Option<KnownDigests> {
    let mut digests = KnownDigests::default();
    if flags & HAS_MD5 != 0 {
        digests.md5 = Some(source.array()?);
    }
    if flags & HAS_SHA1 != 0 {
        digests.sha1 = Some(source.array()?);
    }
    if flags & HAS_SHA256 != 0 {
        digests.sha256 = Some(source.array()?);
    }
    Some(digests)
}

fn put_hits(out: &mut Vec<u8>, hits: &[KnownHit]) -> Option<()> {
    out.extend_from_slice(&u16::try_from(hits.len()).ok()?.to_le_bytes());
    for hit in hits {
        out.extend_from_slice(&hit.fingerprint);
        put_text(out, &hit.kind);
        put_text(out, &hit.indicator);
        put_text(out, &hit.value);
        out.push(hit.place.is_some().into());
        if let Some(place) = &hit.place {
            put_text(out, place);
        }
    }
    Some(())
}

fn read_hits(source: &mut Source<'_>) -> Option<Vec<KnownHit>> {
    let count = usize::from(source.u16()?);
    if count > HITS_MAX {
        return None;
    }
    let mut hits = Vec::with_capacity(count);
    for _ in 0..count {
        hits.push(KnownHit {
            fingerprint: source.array()?,
            kind: source.text()?,
            indicator: source.text()?,
            value: source.text()?,
            place: match source.u8()? {
                0 => None,
                1 => Some(source.text()?),
                _ => return None,
            },
        });
    }
    Some(hits)
}

fn read_contents(source: &mut Source<'_>, prefix: &Prefix) -> Option<Contents> {
    match (prefix.has(IS_PLAIN), prefix.has(IS_CONTAINER)) {
        (false, false) => Some(Contents::Unknown),
        (true, false) => Some(Contents::Plain(Opener(source.u32()?))),
        (false, true) => {
            let opener = Opener(source.u32()?);
            let count = usize::try_from(source.u32()?).ok()?;
            if count > MEMBERS_MAX {
                return None;
            }
            // Not reserved: the length is only what was told.
            let mut inner = Vec::new();
            for _ in 0..count {
                inner.push(read_inner(source)?);
            }
            Some(Contents::Container(opener, inner))
        }
        (true, true) => None,
    }
}

fn put_inner(out: &mut Vec<u8>, inner: &Inner) -> Option<()> {
    match inner {
        Inner::Member(member) => {
            out.push(0);
            put_names(out, &member.path)?;
            put_text(out, &member.container);
            out.extend_from_slice(&member.size_bytes.to_le_bytes());
            out.extend_from_slice(&digest_flags(&member.digests).to_le_bytes());
            put_digests(out, &member.digests);
            put_hits(out, &member.hits)
        }
        Inner::NotOpened(not_opened) => {
            out.push(1);
            put_names(out, &not_opened.path)?;
            put_text(out, &reason_word(not_opened.reason)?);
            put_text(out, &not_opened.detail);
            Some(())
        }
    }
}

fn read_inner(source: &mut Source<'_>) -> Option<Inner> {
    match source.u8()? {
        0 => Some(Inner::Member(Member {
            path: read_names(source)?,
            container: source.text()?,
            size_bytes: source.u64()?,
            digests: {
                let flags = source.u16()?;
                read_digests(source, flags)?
            },
            hits: read_hits(source)?,
        })),
        1 => Some(Inner::NotOpened(NotOpened {
            path: read_names(source)?,
            reason: reason_of_word(source.text()?)?,
            detail: source.text()?,
        })),
        _ => None,
    }
}

fn put_names(out: &mut Vec<u8>, names: &[Vec<u8>]) -> Option<()> {
    if names.len() > MEMBER_DEPTH_MAX {
        return None;
    }
    out.push(u8::try_from(names.len()).ok()?);
    for name in names {
        u16::try_from(name.len()).ok()?;
        put_short_list(out, name);
    }
    Some(())
}

fn read_names(source: &mut Source<'_>) -> Option<Vec<Vec<u8>>> {
    let count = usize::from(source.u8()?);
    if count > MEMBER_DEPTH_MAX {
        return None;
    }
    (0..count)
        .map(|_| source.short_list().map(<[u8]>::to_vec))
        .collect()
}

/// Reasons are kept as the words that documents use: a number would mean something else once one is added.
fn reason_word(reason: Reason) -> Option<String> {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(word)) => Some(word),
        _ => None,
    }
}

fn reason_of_word(word: String) -> Option<Reason> {
    serde_json::from_value(serde_json::Value::String(word)).ok()
}
