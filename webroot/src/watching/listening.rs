//! From events to places: which of a file system's events are about the site, whatever name and mount they came through.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::places::Places;
use super::process::Processes;
use crate::events::{Event, Handle, read_events};
use crate::manifest::Manifest;
use crate::passing::Place;
use crate::path::{self, PATH_BYTES_MAX};
use crate::platform::Folder;
use crate::platform::folders::{file_system_of, path_of, stat_of};
use crate::platform::linux::{EVENTS_BYTES, Events, open_handle};
use crate::stopping::Stop;

/// Handles whose meaning is remembered.
const HANDLES_MAX: usize = 100_000;
/// Bytes of the paths that are their meaning.
const PATHS_BYTES_MAX: usize = 32 * 1024 * 1024;
/// How long is waited for events before looking whether to end.
const WAIT: Duration = Duration::from_millis(200);

/// What the listener must know of the site; the watch keeps it true.
pub(super) struct Ground {
    events: Events,
    /// Something open on each file system that the site is on.
    file_systems: Mutex<HashMap<[u8; 8], Arc<Folder>>>,
    /// The root, and where it is now.
    root: Mutex<Option<(Arc<Folder>, Vec<u8>)>>,
    inodes: Mutex<Arc<Inodes>>,
    /// Grows when what was learned of handles is no longer true.
    epoch: AtomicU64,
}

/// Which entries are which inodes: a file may be written through another name that lies outside the site.
#[derive(Default)]
pub(super) struct Inodes {
    pub(super) sorted: Vec<(u64, u32)>,
    pub(super) manifest: Option<Arc<Manifest>>,
}

impl Ground {
    /// Begins to listen, for nothing yet.
    pub(super) fn begin() -> io::Result<Self> {
        Ok(Self {
            events: Events::begin()?,
            file_systems: Mutex::default(),
            root: Mutex::default(),
            inodes: Mutex::default(),
            epoch: AtomicU64::new(0),
        })
    }

    /// Listens to the file system of an open folder as well.
    pub(super) fn listen_on(&self, folder: &Arc<Folder>) -> io::Result<()> {
        let id = file_system_of(&**folder)?;
        let mut file_systems = self
            .file_systems
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Entry::Vacant(vacant) = file_systems.entry(id) {
            self.events.mark(&**folder)?;
            vacant.insert(Arc::clone(folder));
        }
        Ok(())
    }

    /// Says which folder the root is now, and where.
    pub(super) fn set_root(&self, folder: Arc<Folder>, path: Vec<u8>) {
        *self.lock_root() = Some((folder, path));
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    fn lock_root(&self) -> MutexGuard<'_, Option<(Arc<Folder>, Vec<u8>)>> {
        self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which entries are which inodes now.
    pub(super) fn set_inodes(&self, inodes: Inodes) {
        *self.inodes.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(inodes);
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// Turns events into places until it is asked to end. `lost` is called when the kernel says that events were lost.
    pub(super) fn listen(&self, places: &Places, stop: &Stop, lost: &dyn Fn()) -> io::Result<()> {
        let mut listener = Listener {
            ground: self,
            places,
            folders: HashMap::new(),
            objects: HashMap::new(),
            bytes: 0,
            epoch: 0,
            processes: Processes::default(),
            own_pid: i32::try_from(std::process::id()).unwrap_or(0),
        };
        let mut buffer = vec![0; EVENTS_BYTES];
        while !stop.is_stopped() {
            if !self.events.wait(WAIT)? {
                continue;
            }
            let bytes = self.events.read(&mut buffer)?;
            listener.processes.next_batch();
            let mut is_overflow = false;
            let is_understood = read_events(bytes, &mut |event| {
                is_overflow |= event.is_overflow();
                listener.take(&event);
            });
            if is_overflow || !is_understood {
                lost();
                places.add_everything();
            }
        }
        Ok(())
    }
}

struct Listener<'a> {
    ground: &'a Ground,
    places: &'a Places,
    /// Where in the site a folder is, or that it is not.
    folders: HashMap<Handle, Option<Vec<u8>>>,
    /// Which entries a file is that was met under a name outside the site.
    objects: HashMap<Handle, Vec<Vec<u8>>>,
    /// Bytes of the paths in both.
    bytes: usize,
    epoch: u64,
    processes: Processes,
    own_pid: i32,
}

impl Listener<'_> {
    fn take(&mut self, event: &Event<'_>) {
        let epoch = self.ground.epoch.load(Ordering::Acquire);
        if epoch != self.epoch || event.moves_folder() {
            self.forget();
            self.epoch = epoch;
            if event.moves_folder() {
                self.find_root();
            }
        }
        if event.is_overflow() {
            return;
        }
        if let Some((handle, name)) = &event.place
            && let Some(folder) = self.folder(handle)
        {
            let path = if *name == b"." {
                folder
            } else {
                path::join(&folder, name)
            };
            if !path.is_empty() {
                self.add(path, event);
            }
            return;
        }
        if let Some(object) = &event.object {
            for path in self.names_of(object) {
                self.add(path, event);
            }
        }
    }

    fn add(&mut self, path: Vec<u8>, event: &Event<'_>) {
        // What this program itself puts back is looked at, but nobody is to be blamed for it.
        let process = if event.process == self.own_pid {
            None
        } else {
            self.processes.find(event.process)
        };
        let place = Place {
            path,
            is_deep: event.brings_folder(),
        };
        self.places.add(place, event.is_being_written(), process);
    }

    /// A folder was moved, maybe one above the root: the root's path is asked again.
    fn find_root(&self) {
        let mut root = self.ground.lock_root();
        if let Some((folder, path)) = &mut *root
            && let Ok(found) = path_of(&**folder)
        {
            *path = found;
        }
    }

    /// Returns where in the site a folder is.
    fn folder(&mut self, handle: &Handle) -> Option<Vec<u8>> {
        if let Some(known) = self.folders.get(handle) {
            return known.clone();
        }
        let opened = self.open(handle)?;
        let found = path_of(&opened).ok()?;
        let below = {
            let root = self.ground.lock_root();
            let (_, root) = root.as_ref()?;
            below(root, &found).map(<[u8]>::to_vec)
        };
        self.make_room(below.as_ref().map_or(0, Vec::len));
        self.folders.insert(handle.clone(), below.clone());
        below
    }

    /// Returns the entries that a file is which was met under a name outside the site.
    fn names_of(&mut self, object: &Handle) -> Vec<Vec<u8>> {
        if let Some(known) = self.objects.get(object) {
            return known.clone();
        }
        let inodes = Arc::clone(
            &self
                .ground
                .inodes
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let Some(manifest) = &inodes.manifest else {
            return Vec::new();
        };
        let Some(inode) = self
            .open(object)
            .and_then(|opened| stat_of(&opened).ok())
            .map(|stat| stat.inode)
        else {
            return Vec::new();
        };
        let begin = inodes.sorted.partition_point(|(one, _)| *one < inode);
        let names = inodes.sorted[begin..]
            .iter()
            .take_while(|(one, _)| *one == inode);
        let names: Vec<Vec<u8>> = names
            .map(|(_, number)| manifest.entry(*number as usize).path.to_vec())
            .collect();
        self.make_room(names.iter().map(Vec::len).sum());
        self.objects.insert(object.clone(), names.clone());
        names
    }

    /// Makes room for one more handle with paths of so many bytes.
    fn make_room(&mut self, bytes: usize) {
        let count = self.folders.len().max(self.objects.len());
        if count >= HANDLES_MAX || self.bytes >= PATHS_BYTES_MAX {
            self.forget();
        }
        self.bytes += bytes;
    }

    fn forget(&mut self) {
        self.folders.clear();
        self.objects.clear();
        self.bytes = 0;
    }

    fn open(&self, handle: &Handle) -> Option<std::os::fd::OwnedFd> {
        let file_systems = self
            .ground
            .file_systems
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mounted = Arc::clone(file_systems.get(&handle.file_system)?);
        drop(file_systems);
        open_handle(&*mounted, handle.kind, &handle.bytes).ok()
    }
}

/// Returns the path below the root, if it is there.
fn below<'p>(root: &[u8], path: &'p [u8]) -> Option<&'p [u8]> {
    if root.is_empty() || path.len() > PATH_BYTES_MAX {
        return None;
    }
    let rest = path.strip_prefix(root)?;
    match rest {
        [] => Some(rest),
        [b'/', below @ ..] => Some(below),
        _ if root == b"/" => Some(rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn what_lies_beside_the_root_is_not_below_it() {
        assert_eq!(below(b"/srv/www", b"/srv/www"), Some(&b""[..]));
        assert_eq!(below(b"/srv/www", b"/srv/www/a/b"), Some(&b"a/b"[..]));
        assert_eq!(below(b"/srv/www", b"/srv/www2/a"), None);
        assert_eq!(below(b"/", b"/a"), Some(&b"a"[..]));
        assert_eq!(below(b"", b"/a"), None);
    }
}
