//! What is inside containers: each member is an item like a file, examined from memory. What could not be opened is
//! noted, and where its name is known it is an item whose content is not known.

use std::collections::HashSet;
use std::io::{Cursor, Seek as _};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::{ItemKind, Reason};
use sha2::{Digest as _, Sha256};

use crate::conclude::{Content, Examined};
use crate::detector::{HEAD_BYTES, MemberContent, ReadSeek, Unpacked};
use crate::hash::Digests;
use crate::inventory::NotOpened;
use crate::ledger::Outcomes;
use crate::matching::{Interests, Verdict};
use crate::read::{ItemRead, reason_of};
use crate::subject::{Subject, Whereabouts};
use crate::walk::Worker;

/// What one container has shown so far. Names are kept as digests: a million members are 32 MB at most, whatever they are
/// called, and no allocation for each stays between those of their contents.
#[derive(Default)]
struct Seen {
    members: HashSet<PathDigest>,
    noted: HashSet<(PathDigest, Reason)>,
}

/// Stands for the names of a member: nobody finds two that share it.
type PathDigest = [u8; 16];

fn digest_of(path: &[Vec<u8>]) -> PathDigest {
    let mut hasher = Sha256::new();
    for name in path {
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}

impl Worker<'_, '_> {
    /// Opens a file that is a container and examines what is in it. The file itself has been accounted for.
    pub(crate) fn open_container(&mut self, outer: &Subject<'_>, read: &mut ItemRead) {
        let Some(unpacker) = self.shared.surroundings.unpacker else {
            return;
        };
        let outer_path = outer.path();
        let name = outer_path
            .rsplit(|byte| *byte == b'/')
            .next()
            .unwrap_or(&[]);
        let head = self.reader.head().to_vec();
        let content = self.reader.take_content();
        let mut in_memory = Cursor::new(&content);
        let source: &mut dyn ReadSeek = if read.has_content {
            &mut in_memory
        } else {
            // Whoever hashed it has read to its end.
            if let Err(error) = read.file.rewind() {
                let path = || outer.item_path();
                return self.ledger.note(reason_of(&error), path, "");
            }
            &mut read.file
        };
        let shared = self.shared;
        let stop = || shared.stop.is_now_after_waiting();
        let mut seen = Seen::default();
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let mut each = |unpacked: Unpacked<'_>| {
                self.take_unpacked(outer, &outer_path, &mut seen, unpacked);
                if shared.stop.is_now() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            let size = outer.size_bytes;
            unpacker.unpack(name, &head, size, source, &stop, &mut each);
        }));
        self.reader.put_back(content);
        let path = || outer.item_path();
        if opened.is_err() || shared.stop.is_now() {
            self.unlearn();
        }
        if opened.is_err() {
            let detail = "the program that opens it failed";
            self.ledger.note(Reason::Damaged, path, detail);
        } else if shared.stop.is_now() {
            self.ledger.note(Reason::Time, path, "");
        } else if read.has_changed() {
            // What was shown may be of neither state.
            self.unlearn();
            self.ledger.note(Reason::ChangedWhileRead, path, "");
        }
    }

    fn take_unpacked(
        &mut self,
        outer: &Subject<'_>,
        outer_path: &[u8],
        seen: &mut Seen,
        unpacked: Unpacked<'_>,
    ) {
        let member = |path, kind, size_bytes| Subject {
            kind: ItemKind::Member,
            whereabouts: Whereabouts::Container {
                outer: outer_path,
                members: path,
                kind,
            },
            size_bytes,
            owner_id: outer.owner_id,
            modified: outer.modified,
        };
        match unpacked {
            Unpacked::Member {
                path,
                container,
                content,
            } => {
                seen.members.insert(digest_of(path));
                let subject = |size_bytes| member(path, container, size_bytes);
                match content {
                    MemberContent::Stream(stream) => self.examine_stream(&subject, stream),
                    MemberContent::Whole(content) => {
                        self.examine_member(&subject(content.len() as u64), content);
                    }
                }
            }
            // A container whose own bytes have been examined: what is in it is not known.
            Unpacked::NotOpened {
                path,
                reason,
                detail,
            } if path.is_empty() || seen.members.contains(&digest_of(path)) => {
                // A container counts once for each reason, whatever its parser has to say.
                if seen.noted.insert((digest_of(path), reason)) {
                    self.learn_unopened(path, reason, detail);
                    let subject = member(path, "", 0);
                    let path = || subject.item_path();
                    self.ledger.note(reason, path, detail);
                }
            }
            Unpacked::NotOpened {
                path,
                reason,
                detail,
            } => {
                seen.members.insert(digest_of(path));
                self.learn_unopened(path, reason, detail);
                self.lose_member(&member(path, "", 0), reason);
            }
        }
        self.tell_progress();
    }

    pub(crate) fn examine_member(&mut self, subject: &Subject<'_>, content: &[u8]) {
        self.ledger.count_item(subject.kind, subject.size_bytes);
        self.ledger.read_count += 1;
        let path = subject.path();
        let need = self.plan_member(subject);
        let plan = self.shared.plan;
        let facts = subject.facts(&path);
        let head = &content[..content.len().min(HEAD_BYTES)];
        let mut interests = Interests::of(plan, &facts, Some(head));
        let fits = subject.size_bytes <= self.shared.options.rule_bytes_max;
        if !fits {
            interests.take_pieces();
        }
        let mut pieces = self.sessions.start(&facts, &interests);
        self.sessions.push(&mut pieces, content);
        let whole = fits.then_some(content);
        let verdicts = self
            .sessions
            .conclude(plan, &facts, &interests, &mut pieces, whole);
        let algorithms = match &self.shared.memory {
            Some(memory) => need.algorithms.with(memory.algorithms),
            None => need.algorithms,
        };
        let digests = Digests::of(content, algorithms);
        self.learn_member(subject, &digests, &interests, &verdicts);
        let examined = Examined {
            subject,
            digests,
            failure: None,
            was_wanted: true,
            content: Content::InMemory(content),
        };
        self.conclude(examined, verdicts);
    }

    /// Accounts for a member of which only the name is known.
    fn lose_member(&mut self, subject: &Subject<'_>, reason: Reason) {
        self.ledger.count_item(subject.kind, 0);
        let path = subject.path();
        self.plan_member(subject);
        let plan = self.shared.plan;
        let interests = Interests::of(plan, &subject.facts(&path), None);
        let verdicts = plan.targets.iter().enumerate().map(|(number, target)| {
            let mut outcomes = Outcomes::none(target);
            outcomes.fail(interests.of_target(number));
            Verdict::unread(outcomes)
        });
        let examined = Examined {
            subject,
            digests: Digests::default(),
            failure: Some(reason),
            was_wanted: true,
            content: Content::Nothing,
        };
        let verdicts = verdicts.collect();
        self.conclude(examined, verdicts);
    }

    /// Accounts for what an earlier sweep could not open in a container that is still the same.
    pub(crate) fn account_unopened(
        &mut self,
        outer: &Subject<'_>,
        outer_path: &[u8],
        not_opened: &NotOpened,
        is_item: bool,
    ) {
        let subject = Subject {
            kind: ItemKind::Member,
            whereabouts: Whereabouts::Container {
                outer: outer_path,
                members: &not_opened.path,
                kind: "",
            },
            size_bytes: 0,
            owner_id: outer.owner_id,
            modified: outer.modified,
        };
        if is_item {
            self.lose_member(&subject, not_opened.reason);
        } else {
            let path = || subject.item_path();
            self.ledger
                .note(not_opened.reason, path, &not_opened.detail);
        }
    }

    /// Looks up what a member is sought for by its name; its path is only put together where one is sought.
    pub(crate) fn plan_member(&mut self, subject: &Subject<'_>) -> crate::plan::Need {
        // Windows programs write backslashes into archives, whatever the format says.
        let is_between = |byte: &u8| matches!(byte, b'/' | b'\\');
        let last: &[u8] = match subject.whereabouts {
            Whereabouts::Container { outer, members, .. } => {
                members.last().map_or(outer, |one| one)
            }
            Whereabouts::Disk { .. } | Whereabouts::Running { .. } => &[],
        };
        let name = last.rsplit(is_between).next().unwrap_or(&[]);
        let path = || {
            let bytes = subject.path().into_iter();
            bytes
                .map(|byte| if byte == b'\\' { b'/' } else { byte })
                .collect()
        };
        self.plan_item(&path, name, subject.size_bytes)
    }
}
