//! What became of a file that a process uses. The kernel marks a deleted file by ` (deleted)` behind its path, which is
//! also a possible end of a name; so the path is looked up, in the file tree that the process sees.

use std::io;

use rustix::fs::OFlags;

use crate::platform::linux::folder::ProcessFolder;
use crate::platform::linux::tree::{Stat, Tree};
use crate::processes::FileState;

const DELETED: &[u8] = b" (deleted)";
/// Files that the kernel keeps outside every folder, by the names that it gives them.
const MEMORY_ONLY: [&[u8]; 4] = [b"/memfd:", b"/SYSV", b"/dev/zero", b"/anon_hugepage"];

/// The file tree that a process sees.
#[derive(Debug)]
pub(super) struct Surroundings {
    /// None where we may not look.
    root: Option<Tree>,
}

impl Surroundings {
    /// Opens the tree of a process.
    pub(super) fn of(folder: &ProcessFolder) -> Self {
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        Self {
            root: folder.open_entry("root", flags).ok().map(Tree::of),
        }
    }

    /// Returns the path without the kernel's mark, and what became of the file there.
    pub(super) fn judge(&self, link: &[u8], same: &dyn Fn(&Stat) -> bool) -> (Vec<u8>, FileState) {
        judge(link, same, &|path| {
            let root = self.root.as_ref().ok_or(io::ErrorKind::PermissionDenied)?;
            root.stat(path)
        })
    }
}

/// Judges by `look_up`, and by `same`, which tells whether what was found is the file in use.
fn judge(
    link: &[u8],
    same: &dyn Fn(&Stat) -> bool,
    look_up: &dyn Fn(&[u8]) -> io::Result<Stat>,
) -> (Vec<u8>, FileState) {
    let at = |path: &[u8]| match look_up(path) {
        Ok(found) if same(&found) => FileState::Present,
        Ok(_) => FileState::Replaced,
        Err(error) if is_absent(&error) => FileState::Deleted,
        Err(_) => FileState::Unknown,
    };
    let Some(unmarked) = link.strip_suffix(DELETED) else {
        // Without the mark the file is linked somewhere; where its path leads elsewhere, something covers it.
        let state = match at(link) {
            FileState::Deleted => FileState::Replaced,
            state => state,
        };
        return (link.to_vec(), state);
    };
    if at(link) == FileState::Present {
        return (link.to_vec(), FileState::Present);
    }
    if MEMORY_ONLY.iter().any(|name| unmarked.starts_with(name)) {
        return (unmarked.to_vec(), FileState::MemoryOnly);
    }
    let state = match at(unmarked) {
        // The mark alone says that it is gone; only what is there instead is not known.
        FileState::Unknown => FileState::Deleted,
        state => state,
    };
    (unmarked.to_vec(), state)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustix::fs::FileType;

    use super::judge;
    use crate::platform::linux::tree::Stat;
    use crate::processes::FileState;

    const OURS: Stat = Stat {
        kind: FileType::RegularFile,
        device: 1,
        inode: 10,
    };
    const ANOTHER: Stat = Stat { inode: 11, ..OURS };

    fn judged(link: &str, there: &[(&str, Stat)]) -> (String, FileState) {
        let look_up = |path: &[u8]| {
            there
                .iter()
                .find(|(name, _)| name.as_bytes() == path)
                .map(|&(_, stat)| stat)
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        };
        let (path, state) = judge(link.as_bytes(), &|found| *found == OURS, &look_up);
        (String::from_utf8(path).unwrap(), state)
    }

    #[test]
    fn tells_deleted_from_replaced_and_from_a_name_that_only_says_so() {
        let cases = [
            ("/a", vec![("/a", OURS)], "/a", FileState::Present),
            ("/a", vec![("/a", ANOTHER)], "/a", FileState::Replaced),
            ("/a", vec![], "/a", FileState::Replaced),
            ("/a (deleted)", vec![], "/a", FileState::Deleted),
            (
                "/a (deleted)",
                vec![("/a", ANOTHER)],
                "/a",
                FileState::Replaced,
            ),
            (
                "/a (deleted)",
                vec![("/a (deleted)", OURS)],
                "/a (deleted)",
                FileState::Present,
            ),
            (
                "/a (deleted)",
                vec![("/a (deleted)", ANOTHER)],
                "/a",
                FileState::Deleted,
            ),
            (
                "/memfd:x (deleted)",
                vec![],
                "/memfd:x",
                FileState::MemoryOnly,
            ),
            (
                "/memfd:x",
                vec![("/memfd:x", OURS)],
                "/memfd:x",
                FileState::Present,
            ),
        ];
        for (link, there, path, state) in cases {
            assert_eq!(judged(link, &there), (path.to_owned(), state), "{link}");
        }
    }
}
