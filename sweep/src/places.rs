//! Folders on the way of a walk: each knows its parent, so that a path exists only where somebody wants to see it.

use std::sync::Arc;

use domain::ItemPath;

/// One folder that is walked.
#[derive(Debug)]
pub(crate) struct Place {
    /// Nothing for a root.
    parent: Option<Arc<Place>>,
    /// The name in the parent; of a root, its absolute path.
    name: Box<[u8]>,
    /// Device and inode, to notice a tree that was mounted inside itself.
    pub(crate) identity: ((u32, u32), u64),
    /// Which root it lies under.
    pub(crate) root: usize,
}

impl Place {
    pub(crate) fn root(path: &[u8], identity: ((u32, u32), u64), root: usize) -> Self {
        Self {
            parent: None,
            name: path.into(),
            identity,
            root,
        }
    }

    pub(crate) fn below(parent: &Arc<Self>, name: &[u8], identity: ((u32, u32), u64)) -> Self {
        Self {
            parent: Some(Arc::clone(parent)),
            name: name.into(),
            identity,
            root: parent.root,
        }
    }

    /// Returns the path from `/`.
    pub(crate) fn path(&self) -> Vec<u8> {
        self.join(&[])
    }

    /// Returns the path from `/` of something in this folder.
    pub(crate) fn join(&self, name: &[u8]) -> Vec<u8> {
        let mut parts = vec![name];
        let mut place = self;
        loop {
            parts.push(&place.name);
            match &place.parent {
                Some(parent) => place = parent,
                None => break,
            }
        }
        join_reversed(&parts)
    }

    /// Returns the path from the root that it lies under, of something in this folder.
    pub(crate) fn join_below_root(&self, name: &[u8]) -> Vec<u8> {
        let mut parts = vec![name];
        let mut place = self;
        while let Some(parent) = &place.parent {
            parts.push(&place.name);
            place = parent;
        }
        join_reversed(&parts)
    }

    pub(crate) fn item_path(&self, name: &[u8]) -> ItemPath {
        ItemPath::from_bytes(&self.join(name))
    }

    /// Tells whether this folder or one above it is the folder of this identity.
    pub(crate) fn has_ancestor(&self, identity: ((u32, u32), u64)) -> bool {
        let mut place = Some(self);
        while let Some(here) = place {
            if here.identity == identity {
                return true;
            }
            place = here.parent.as_deref();
        }
        false
    }
}

/// The path of the folder asked about last: the files of a folder come one after another.
#[derive(Debug, Default)]
pub(crate) struct FolderPath {
    place: Option<Arc<Place>>,
    path: Vec<u8>,
}

impl FolderPath {
    /// Returns the path of a folder from `/`.
    pub(crate) fn of(&mut self, place: &Arc<Place>) -> &[u8] {
        let is_same = self
            .place
            .as_ref()
            .is_some_and(|last| Arc::ptr_eq(last, place));
        if !is_same {
            self.path = place.path();
            self.place = Some(Arc::clone(place));
        }
        &self.path
    }
}

impl Drop for Place {
    /// Lets go of a chain of parents one by one: a tree thousands of levels deep must not overflow the stack.
    fn drop(&mut self) {
        let mut parent = self.parent.take();
        while let Some(place) = parent {
            parent = Arc::into_inner(place).and_then(|mut place| place.parent.take());
        }
    }
}

fn join_reversed(parts: &[&[u8]]) -> Vec<u8> {
    let mut path = Vec::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for part in parts.iter().rev().filter(|part| !part.is_empty()) {
        if !path.is_empty() && !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(part);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: ((u32, u32), u64) = ((0, 0), 0);

    #[test]
    fn joins_paths_below_any_root() {
        let root = Arc::new(Place::root(b"/", HERE, 0));
        let usr = Arc::new(Place::below(&root, b"usr", HERE));
        assert_eq!(root.join(b"a"), b"/a");
        assert_eq!(usr.join(b"a"), b"/usr/a");
        assert_eq!(usr.path(), b"/usr");
        assert_eq!(usr.join_below_root(b"a"), b"usr/a");
        assert_eq!(usr.join_below_root(b""), b"usr");
        assert_eq!(root.join_below_root(b""), b"");
        let mounted = Place::root(b"/mnt/disk", HERE, 0);
        assert_eq!(mounted.join(b"a"), b"/mnt/disk/a");
    }

    #[test]
    fn lets_go_of_a_very_deep_chain() {
        let mut place = Arc::new(Place::root(b"/", HERE, 0));
        for _ in 0..1_000_000 {
            place = Arc::new(Place::below(&place, b"d", HERE));
        }
        drop(place);
    }
}
