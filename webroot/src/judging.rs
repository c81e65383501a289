//! One thing on the disk against what is signed of it.

use std::cell::OnceCell;
use std::ffi::CStr;
use std::io::{self, Read as _};
use std::sync::Arc;

use domain::digest::to_hex;
use sha2::{Digest as _, Sha256};

use crate::finding::{Finding, State, What};
use crate::free_folders::{
    BEGINNING_BYTES, FreeRule, Program, is_program_content, is_program_name,
};
use crate::manifest::{EntryKind, Manifest, Owner};
use crate::memory::Memory;
use crate::passing::Reading;
use crate::path::SitePath;
use crate::platform::folders::{kernel_seconds, stat_of};
use crate::platform::{FileKind, Folder, Stat, is_absent};
use crate::stopping::{Pace, Stop};

/// Bytes read at once.
pub(crate) const BUFFER_BYTES: usize = 128 * 1024;
/// Bytes of a file that the manifest does not know which are read for its digest, 64 MiB: whoever puts a larger one there must not
/// decide what the watch does meanwhile.
const STRANGER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What is accepted: the manifest in force, and for some minutes the one before it, while its files are being replaced.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) current: Arc<Manifest>,
    pub(crate) previous: Option<Arc<Manifest>>,
}

/// A thing to be judged.
pub(crate) struct Subject<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) name: &'a CStr,
    pub(crate) path: &'a [u8],
    pub(crate) stat: Stat,
}

/// Compares things with what is accepted.
pub(crate) struct Judge<'a> {
    pub(crate) accepted: &'a Accepted,
    pub(crate) memory: &'a Memory,
    pub(crate) reading: Reading,
    pub(crate) pace: &'a Pace,
    pub(crate) stop: &'a Stop,
}

/// What was found of one thing, and how much was read for it.
pub(crate) struct Judgement {
    pub(crate) finding: Option<Finding>,
    pub(crate) read_bytes: u64,
}

/// What is read of a thing at most once.
struct Content<'a> {
    subject: &'a Subject<'a>,
    judge: &'a Judge<'a>,
    digest: OnceCell<Option<[u8; 32]>>,
    target: OnceCell<Vec<u8>>,
    read_bytes: std::cell::Cell<u64>,
}

impl Judge<'_> {
    /// Judges a thing where the manifest speaks.
    pub(crate) fn judge(&self, subject: &Subject<'_>, buffer: &mut [u8]) -> io::Result<Judgement> {
        let current = &self.accepted.current;
        let number = current.find(subject.path);
        let content = Content::new(subject, self);
        let finding = match number {
            Some(number) => {
                let kind = current.entry(number).kind;
                self.memory.remember_inode(number, &subject.stat);
                let is_known =
                    self.reading == Reading::Changed && self.memory.knows(number, &subject.stat);
                if is_known {
                    return Ok(content.judgement(None));
                }
                match content.differs(kind, current.head().owner, buffer)? {
                    None => {
                        self.remember(number, subject)?;
                        None
                    }
                    Some(what) => {
                        self.memory.forget(number);
                        Some((what, Some(State::expected(kind, current.head().owner))))
                    }
                }
            }
            None => Some((What::Added, None)),
        };
        let Some((what, expected)) = finding else {
            return Ok(content.judgement(None));
        };
        // What cannot be read was not accepted: that it is there, or so large, is known.
        let was_accepted = self.was_accepted(&content, buffer);
        if was_accepted.or_else(|error| unreadable(error).map(|()| false))? {
            return Ok(content.judgement(None));
        }
        let finding = Finding {
            path: SitePath::of_walk(subject.path.to_vec()),
            what,
            program: None,
            expected,
            found: Some(content.state(buffer)?),
        };
        Ok(content.judgement(Some(finding)))
    }

    /// Judges a thing in a folder that is left free.
    pub(crate) fn judge_free(
        &self,
        subject: &Subject<'_>,
        rule: FreeRule,
        buffer: &mut [u8],
    ) -> io::Result<Judgement> {
        let content = Content::new(subject, self);
        let is_known = self.reading == Reading::Changed
            && subject.stat.kind == FileKind::File
            && self.memory.knows_free(subject.path, &subject.stat);
        if rule == FreeRule::Anything || subject.stat.kind == FileKind::Folder || is_known {
            return Ok(content.judgement(None));
        }
        let Some(program) = content.program(buffer)? else {
            if content.is_still()? {
                self.memory
                    .remember_free(subject.path, &subject.stat, kernel_seconds());
            }
            return Ok(content.judgement(None));
        };
        let finding = Finding {
            path: SitePath::of_walk(subject.path.to_vec()),
            what: What::Program,
            program: Some(program),
            expected: None,
            found: Some(content.state(buffer)?),
        };
        Ok(content.judgement(Some(finding)))
    }

    /// Returns what is found where nothing is: the numbers of entries that are gone.
    pub(crate) fn gone(&self, number: usize) -> Option<Finding> {
        let current = &self.accepted.current;
        let entry = current.entry(number);
        self.memory.forget(number);
        let was_absent = |previous: &Arc<Manifest>| previous.find(entry.path).is_none();
        if self.accepted.previous.as_ref().is_some_and(was_absent) {
            return None;
        }
        Some(Finding {
            path: SitePath::of_walk(entry.path.to_vec()),
            what: What::Removed,
            program: None,
            expected: Some(State::expected(entry.kind, current.head().owner)),
            found: None,
        })
    }

    fn was_accepted(&self, content: &Content<'_>, buffer: &mut [u8]) -> io::Result<bool> {
        let Some(previous) = &self.accepted.previous else {
            return Ok(false);
        };
        let Some(number) = previous.find(content.subject.path) else {
            return Ok(false);
        };
        let differs =
            content.differs(previous.entry(number).kind, previous.head().owner, buffer)?;
        Ok(differs.is_none())
    }

    /// Remembers an entry that is right, if it did not change while it was read.
    fn remember(&self, number: usize, subject: &Subject<'_>) -> io::Result<()> {
        let after = subject.folder.stat(subject.name)?;
        if after == subject.stat {
            self.memory.remember(number, &after, kernel_seconds());
        } else {
            self.memory.forget(number);
        }
        Ok(())
    }
}

impl<'a> Content<'a> {
    fn new(subject: &'a Subject<'a>, judge: &'a Judge<'a>) -> Self {
        Self {
            subject,
            judge,
            digest: OnceCell::new(),
            target: OnceCell::new(),
            read_bytes: std::cell::Cell::new(0),
        }
    }

    fn judgement(&self, finding: Option<Finding>) -> Judgement {
        Judgement {
            finding,
            read_bytes: self.read_bytes.get(),
        }
    }

    /// Tells in which way the thing differs from an entry.
    fn differs(
        &self,
        kind: EntryKind<'_>,
        owner: Option<Owner>,
        buffer: &mut [u8],
    ) -> io::Result<Option<What>> {
        let stat = &self.subject.stat;
        let mode = match (kind, stat.kind) {
            (EntryKind::File { mode, size, sha256 }, FileKind::File) => {
                if size != stat.size {
                    return Ok(Some(What::Changed));
                }
                match self.digest(size, buffer) {
                    Ok(found) if found == Some(*sha256) => mode,
                    Ok(_) => return Ok(Some(What::Changed)),
                    // Made unreadable for us, and that is seen.
                    Err(error) if mode != stat.mode => {
                        return unreadable(error).map(|()| Some(What::Mode));
                    }
                    Err(error) => return Err(error),
                }
            }
            (EntryKind::Folder { mode }, FileKind::Folder) => mode,
            (EntryKind::Link { target }, FileKind::Link) => {
                if self.target()? != target {
                    return Ok(Some(What::Changed));
                }
                stat.mode
            }
            _ => return Ok(Some(What::Type)),
        };
        if mode != stat.mode {
            return Ok(Some(What::Mode));
        }
        let found = Owner {
            user: stat.user,
            group: stat.group,
        };
        Ok(owner.filter(|owner| *owner != found).map(|_| What::Owner))
    }

    fn program(&self, buffer: &mut [u8]) -> io::Result<Option<Program>> {
        let stat = &self.subject.stat;
        match stat.kind {
            FileKind::Link => return Ok(Some(Program::Link)),
            FileKind::Special => return Ok(Some(Program::Special)),
            FileKind::File | FileKind::Folder => {}
        }
        if is_program_name(self.subject.name.to_bytes()) {
            return Ok(Some(Program::Name));
        }
        if stat.mode & 0o111 != 0 {
            return Ok(Some(Program::Executable));
        }
        let beginning = &mut buffer[..BEGINNING_BYTES];
        let mut file = self.open()?;
        let mut filled = 0;
        while filled < beginning.len() {
            match file.read(&mut beginning[filled..])? {
                0 => break,
                count => filled += count,
            }
        }
        self.spent(filled as u64);
        Ok(is_program_content(&beginning[..filled]).then_some(Program::Content))
    }

    fn state(&self, buffer: &mut [u8]) -> io::Result<State> {
        let stat = &self.subject.stat;
        let is_file = stat.kind == FileKind::File;
        let target = match stat.kind {
            FileKind::Link => Some(SitePath::of_walk(self.target()?.to_vec())),
            _ => None,
        };
        let sha256 = if is_file && stat.size <= STRANGER_BYTES_MAX {
            let digest = self.digest(stat.size, buffer);
            digest.or_else(|error| unreadable(error).map(|()| None))?
        } else {
            None
        };
        Ok(State {
            kind: stat.kind,
            mode: (stat.kind != FileKind::Link).then_some(stat.mode),
            owner: Some(Owner {
                user: stat.user,
                group: stat.group,
            }),
            size: is_file.then_some(stat.size),
            sha256: sha256.map(|digest| to_hex(&digest)),
            target,
        })
    }

    /// Returns the digest of a content that has exactly `size` bytes, else nothing.
    fn digest(&self, size: u64, buffer: &mut [u8]) -> io::Result<Option<[u8; 32]>> {
        if let Some(digest) = self.digest.get() {
            return Ok(*digest);
        }
        let mut file = self.open()?.take(size.saturating_add(1));
        let mut sha256 = Sha256::new();
        let mut total = 0_u64;
        loop {
            let count = match file.read(buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            sha256.update(&buffer[..count]);
            total += count as u64;
            self.spent(count as u64);
            if self.judge.stop.is_stopped() {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
        let digest = (total == size).then(|| sha256.finalize().into());
        Ok(*self.digest.get_or_init(|| digest))
    }

    fn target(&self) -> io::Result<&[u8]> {
        if let Some(target) = self.target.get() {
            return Ok(target);
        }
        let target = self.subject.folder.read_link(self.subject.name)?;
        Ok(self.target.get_or_init(|| target))
    }

    /// Opens the file that was stated, and no other that took its place.
    fn open(&self) -> io::Result<std::fs::File> {
        let file = self.subject.folder.open_file(self.subject.name)?;
        let stat = stat_of(&file)?;
        if stat.kind != FileKind::File {
            return Err(io::Error::other("it was replaced while it was looked at"));
        }
        Ok(file)
    }

    fn is_still(&self) -> io::Result<bool> {
        Ok(self.subject.folder.stat(self.subject.name)? == self.subject.stat)
    }

    fn spent(&self, bytes: u64) {
        self.read_bytes.set(self.read_bytes.get() + bytes);
        self.judge.pace.spent(bytes, self.judge.stop);
    }
}

/// Lets an error pass that is one of reading: what is known without it is told all the same, or an intruder would only have to keep us
/// from reading a file. That it went, or that we are to end, is another matter.
fn unreadable(error: io::Error) -> io::Result<()> {
    if is_absent(&error) || error.kind() == io::ErrorKind::Interrupted {
        return Err(error);
    }
    Ok(())
}
