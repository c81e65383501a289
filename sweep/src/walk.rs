//! The walk: every folder below the roots once, by several threads, following no link and entering none of the
//! kernel's own file systems. Nothing here is recursive, and no path is ever too long.

use std::ffi::{CStr, CString};
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use domain::{ItemKind, Reason};

use crate::examine::Listed;
use crate::in_hand::{What, be_thread};
use crate::inventory::{Finder, Judged};
use crate::learning::Learning;
use crate::ledger::Ledger;
use crate::matching::Sessions;
use crate::names::NameEntry;
use crate::pipeline::Shared;
use crate::places::{FolderPath, Place};
use crate::platform::{
    EntryKind, FileSystem, FolderHandle, ListBuffer, Stat, file_system_of, path_bytes, stat_of,
};
use crate::queue::Job;
use crate::read::{Reader, reason_of};
use crate::recall::LeftOpen;

/// Files of one folder that are given to another thread at once.
const BATCH_FILES: usize = 32;
/// Entries of folders that are listed between two looks at the budget.
const PACE_FILES: u32 = 64;

/// One thread of a sweep.
pub(crate) struct Worker<'s, 'a> {
    pub(crate) shared: &'s Shared<'s, 'a>,
    pub(crate) ledger: Ledger<'s>,
    pub(crate) reader: Reader,
    pub(crate) sessions: Sessions<'s>,
    /// Asks the inventory, where there is one.
    pub(crate) finder: Option<Finder<'s>>,
    pub(crate) folder_path: FolderPath,
    /// What those who judged a content leave open, as it was asked last.
    pub(crate) left_open: Vec<(Judged, Rc<LeftOpen>)>,
    /// What is being learned of the present file.
    pub(crate) learning: Option<Learning>,
    /// What the present file is sought for by its name.
    pub(crate) named: Vec<NameEntry<'a>>,
    /// Where the present item is left out: more about why.
    pub(crate) why_skipped: String,
    buffer: Option<ListBuffer>,
    /// The folder listed last: its subfolders are opened from it.
    last: Option<(Arc<Place>, Arc<FolderHandle>)>,
    seen_count: u32,
    /// What the progress has been told.
    told: (u64, u64, u64),
}

/// A folder while it is listed.
struct Listing {
    place: Arc<Place>,
    handle: Arc<FolderHandle>,
    subfolders: Vec<CString>,
    /// Files to be read by whoever is idle.
    batch: Vec<(CString, Stat)>,
}

impl<'s, 'a> Worker<'s, 'a> {
    pub(crate) fn new(shared: &'s Shared<'s, 'a>, number: usize) -> Self {
        be_thread(number);
        Self {
            shared,
            ledger: Ledger::new(shared.plan, shared.surroundings.not_examined),
            reader: Reader::new(shared.options.rule_bytes_max, Arc::clone(&shared.room)),
            sessions: Sessions::new(shared.plan),
            finder: shared
                .memory
                .as_ref()
                .map(|memory| memory.inventory.finder()),
            folder_path: FolderPath::default(),
            left_open: Vec::new(),
            learning: None,
            named: Vec::new(),
            why_skipped: String::new(),
            buffer: Some(ListBuffer::new()),
            last: None,
            seen_count: 0,
            told: (0, 0, 0),
        }
    }

    /// Works until nothing is left, and returns what was counted.
    pub(crate) fn run(mut self) -> Ledger<'s> {
        while let Some(mut taken) = self.shared.queue.take() {
            self.shared.stop.is_now_after_waiting();
            match taken.job() {
                Some(Job::Files {
                    place,
                    handle,
                    names,
                }) => self.examine_batch(&place, &handle, names),
                Some(Job::Folder {
                    parent,
                    name,
                    root,
                    share,
                }) => self.walk_folder(parent, &name, root, share),
                Some(Job::Live) => self.look_at_what_runs(),
                None => {}
            }
            drop(taken);
            self.tell_progress();
        }
        self.ledger
    }

    fn walk_folder(&mut self, parent: Option<Arc<Place>>, name: &CStr, root: usize, share: u64) {
        let shared = self.shared;
        let path = || self.path_of(parent.as_ref(), name, root);
        let _held = match shared.hands.take(What::Place, &path) {
            Ok(held) => held,
            Err(skip) => {
                self.note_folder(parent.as_ref(), name, root, skip.reason, &skip.detail);
                return self.shared.finish_share(share);
            }
        };
        let handle = match self.open_folder(parent.as_ref(), name, root) {
            Ok(handle) => handle,
            Err(error) => {
                let reason = reason_of(&error);
                self.note_folder(parent.as_ref(), name, root, reason, "");
                return self.shared.finish_share(share);
            }
        };
        let place = match self.enter(parent.as_ref(), name, root, &handle) {
            Ok(place) => Arc::new(place),
            Err(reason) => {
                self.note_folder(parent.as_ref(), name, root, reason, "");
                return self.shared.finish_share(share);
            }
        };
        drop(parent);
        self.list(place, Arc::new(handle), share);
    }

    fn open_folder(
        &self,
        parent: Option<&Arc<Place>>,
        name: &CStr,
        root: usize,
    ) -> io::Result<FolderHandle> {
        let root = &self.shared.roots[root].handle;
        match (parent, &self.last) {
            (None, _) => root.open_below(b""),
            (Some(parent), Some((place, handle))) if Arc::ptr_eq(parent, place) => {
                handle.open_folder(name)
            }
            (Some(parent), _) => root.open_below(&parent.join_below_root(name.to_bytes())),
        }
    }

    /// Decides whether an open folder is walked.
    fn enter(
        &self,
        parent: Option<&Arc<Place>>,
        name: &CStr,
        root: usize,
        handle: &FolderHandle,
    ) -> Result<Place, Reason> {
        if self.shared.stop.is_now() {
            return Err(Reason::Time);
        }
        let stat = stat_of(handle).map_err(|error| reason_of(&error))?;
        let identity = (stat.device, stat.inode);
        let Some(parent) = parent else {
            return Ok(Place::root(&self.shared.roots[root].path, identity, root));
        };
        if stat.device != parent.identity.0 {
            match file_system_of(handle) {
                Ok(FileSystem::Ordinary) => {}
                Ok(FileSystem::Kernel) => return Err(Reason::SpecialFile),
                Err(error) => return Err(reason_of(&error)),
            }
        }
        // A folder that is mounted inside itself: what is in it is examined where it really is.
        if stat.may_be_mount && parent.has_ancestor(identity) {
            return Err(Reason::ExcludedByPlan);
        }
        Ok(Place::below(parent, name.to_bytes(), identity))
    }

    fn list(&mut self, place: Arc<Place>, handle: Arc<FolderHandle>, share: u64) {
        self.ledger.folder_count += 1;
        let only = self.shared.roots[place.root].only_file.as_deref();
        let mut listing = Listing {
            place,
            handle,
            subfolders: Vec::new(),
            batch: Vec::new(),
        };
        if let Some(name) = only {
            self.see(&mut listing, name, EntryKind::Unknown);
        } else {
            let mut buffer = self.buffer.take().unwrap_or_else(ListBuffer::new);
            let handle = Arc::clone(&listing.handle);
            let listed = handle.list(&mut buffer, &mut |name, kind| {
                self.see(&mut listing, name, kind)
            });
            self.buffer = Some(buffer);
            if let Err(error) = listed {
                self.ledger.note_unlisted();
                let place = &listing.place;
                self.ledger
                    .note(reason_of(&error), || place.item_path(b""), "");
            }
        }
        self.share_batch(&mut listing);
        self.add_subfolders(&mut listing, share);
        self.last = Some((listing.place, listing.handle));
    }

    /// Takes one entry of a folder; returns false when it is time to stop.
    fn see(&mut self, listing: &mut Listing, name: &CStr, kind: EntryKind) -> bool {
        self.seen_count = self.seen_count.wrapping_add(1);
        let stop = &self.shared.stop;
        let is_time = if self.seen_count.is_multiple_of(PACE_FILES) {
            stop.is_now_after_waiting()
        } else {
            stop.is_now()
        };
        if is_time {
            let place = &listing.place;
            self.ledger.note(Reason::Time, || place.item_path(b""), "");
            return false;
        }
        if self.is_excluded(listing, name) {
            let place = &listing.place;
            let path = || place.item_path(name.to_bytes());
            self.ledger.note(Reason::ExcludedByPlan, path, "");
            return true;
        }
        match kind {
            EntryKind::Folder => listing.subfolders.push(name.to_owned()),
            EntryKind::Link => {}
            EntryKind::File | EntryKind::Special | EntryKind::Unknown => {
                self.see_stat(listing, name);
            }
        }
        true
    }

    fn see_stat(&mut self, listing: &mut Listing, name: &CStr) {
        let place = &listing.place;
        let stat = match listing.handle.stat(name) {
            Ok(stat) => stat,
            Err(error) => {
                let path = || place.item_path(name.to_bytes());
                return self.ledger.note(reason_of(&error), path, "");
            }
        };
        match stat.kind {
            EntryKind::File => self.see_file(listing, name, stat),
            EntryKind::Folder => listing.subfolders.push(name.to_owned()),
            EntryKind::Link => {}
            EntryKind::Special | EntryKind::Unknown => {
                let path = || place.item_path(name.to_bytes());
                self.ledger.note(Reason::SpecialFile, path, "");
            }
        }
    }

    fn see_file(&mut self, listing: &mut Listing, name: &CStr, stat: Stat) {
        self.ledger.count_item(ItemKind::File, stat.size_bytes);
        let item = Listed {
            place: &listing.place,
            folder: &listing.handle,
            name,
            stat,
        };
        if !self.is_worth_opening(&item) || self.is_settled_by_memory(&item) {
            return;
        }
        if self.shared.queue.is_somebody_idle() {
            listing.batch.push((name.to_owned(), stat));
            if listing.batch.len() >= BATCH_FILES {
                self.share_batch(listing);
            }
            return;
        }
        self.examine(Listed {
            place: &listing.place,
            folder: &listing.handle,
            name,
            stat,
        });
        self.tell_progress();
    }

    fn share_batch(&self, listing: &mut Listing) {
        if !listing.batch.is_empty() {
            self.shared.queue.add(&mut vec![Job::Files {
                place: Arc::clone(&listing.place),
                handle: Arc::clone(&listing.handle),
                names: std::mem::take(&mut listing.batch),
            }]);
        }
    }

    fn examine_batch(
        &mut self,
        place: &Arc<Place>,
        folder: &Arc<FolderHandle>,
        names: Vec<(CString, Stat)>,
    ) {
        for (name, stat) in names {
            self.examine(Listed {
                place,
                folder,
                name: &name,
                stat,
            });
            self.tell_progress();
        }
    }

    fn add_subfolders(&self, listing: &mut Listing, share: u64) {
        // The last is taken first.
        let likelihood = &self.shared.likelihood;
        listing
            .subfolders
            .sort_by_cached_key(|name| likelihood.of(name.to_bytes()));
        let each = share / (listing.subfolders.len() as u64 + 1);
        let mut jobs: Vec<Job> = listing
            .subfolders
            .iter()
            .map(|name| Job::Folder {
                parent: Some(Arc::clone(&listing.place)),
                name: name.clone(),
                root: listing.place.root,
                share: each,
            })
            .collect();
        let given = each * listing.subfolders.len() as u64;
        self.shared.queue.add(&mut jobs);
        self.shared.finish_share(share - given);
    }

    fn is_excluded(&self, listing: &Listing, name: &CStr) -> bool {
        let mut same_name = self.shared.excluded.iter().filter(|excluded| {
            excluded
                .file_name()
                .is_some_and(|last| last.as_encoded_bytes() == name.to_bytes())
        });
        same_name.any(|excluded| path_bytes(excluded) == listing.place.join(name.to_bytes()))
    }

    fn note_folder(
        &mut self,
        parent: Option<&Arc<Place>>,
        name: &CStr,
        root: usize,
        reason: Reason,
        detail: &str,
    ) {
        self.ledger.note_unlisted();
        let path = self.path_of(parent, name, root);
        let path = || domain::ItemPath::from_bytes(&path);
        self.ledger.note(reason, path, detail);
    }

    fn path_of(&self, parent: Option<&Arc<Place>>, name: &CStr, root: usize) -> Vec<u8> {
        match parent {
            Some(parent) => parent.join(name.to_bytes()),
            None => self.shared.roots[root].path.clone(),
        }
    }

    /// Adds what was counted since the last time to what all threads have counted.
    pub(crate) fn tell_progress(&mut self) {
        let now = (
            self.ledger.folder_count,
            self.ledger.item_count,
            self.ledger.read_bytes,
        );
        self.shared.tell_progress((
            now.0.wrapping_sub(self.told.0),
            now.1.wrapping_sub(self.told.1),
            now.2.wrapping_sub(self.told.2),
        ));
        self.told = now;
    }
}
