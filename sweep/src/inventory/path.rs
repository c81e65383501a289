//! The exact path of a file, in the order in which the inventory keeps them: all files of a folder stand together.

/// The longest folder and the longest name that are kept, in bytes. A file deeper down is read each time.
pub(super) const COMPONENT_BYTES_MAX: usize = 32 * 1024;

/// A file's path: the folder, and the name in it. Any bytes that the system allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FilePath<'a> {
    /// Without a slash at the end; empty for `/` itself.
    pub(super) folder: &'a [u8],
    pub(super) name: &'a [u8],
}

impl<'a> FilePath<'a> {
    /// Makes the path of `name` in the absolute `folder`.
    pub fn new(folder: &'a [u8], name: &'a [u8]) -> Self {
        Self {
            folder: folder.strip_suffix(b"/").unwrap_or(folder),
            name,
        }
    }

    /// Splits an absolute path.
    pub fn split(path: &'a [u8]) -> Self {
        match path.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => Self::new(&path[..slash], &path[slash + 1..]),
            None => Self::new(b"", path),
        }
    }

    /// Returns the whole path.
    pub fn join(&self) -> Vec<u8> {
        let mut path = Vec::with_capacity(self.folder.len() + 1 + self.name.len());
        path.extend_from_slice(self.folder);
        path.push(b'/');
        path.extend_from_slice(self.name);
        path
    }

    /// Tells whether the file is `root`, or lies below it.
    pub(super) fn lies_in(self, root: &[u8]) -> bool {
        let root = root.strip_suffix(b"/").unwrap_or(root);
        let below = |folder: &[u8]| {
            folder
                .strip_prefix(root)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        };
        below(self.folder) || FilePath::split(root) == self
    }

    /// Tells whether it is short enough to be kept, and is a path at all.
    pub(super) fn is_kept(&self) -> bool {
        !self.name.is_empty()
            && self.name.len() <= COMPONENT_BYTES_MAX
            && self.folder.len() <= COMPONENT_BYTES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_and_joins_what_the_system_names() {
        for path in [&b"/a"[..], b"/usr/lib/\xff", b"/a/b/c"] {
            assert_eq!(FilePath::split(path).join(), path);
        }
        assert_eq!(FilePath::new(b"/", b"a"), FilePath::split(b"/a"));
        assert_eq!(FilePath::new(b"/usr/", b"a"), FilePath::split(b"/usr/a"));
    }

    #[test]
    fn knows_what_lies_below_a_root_and_what_only_looks_so() {
        let path = FilePath::split(b"/usr/lib/a");
        for root in [
            &b"/"[..],
            b"",
            b"/usr",
            b"/usr/",
            b"/usr/lib",
            b"/usr/lib/a",
        ] {
            assert!(path.lies_in(root), "{root:?}");
        }
        for root in [
            &b"/us"[..],
            b"/usr/li",
            b"/usr/lib/a/b",
            b"/usr/lib/",
            b"/var",
        ] {
            assert_eq!(path.lies_in(root), root == b"/usr/lib/", "{root:?}");
        }
    }

    #[test]
    fn keeps_the_files_of_a_folder_together() {
        let mut paths =
            [&b"/a/b/x"[..], b"/a/c", b"/a/b.c", b"/a/a", b"/a/b/y"].map(FilePath::split);
        paths.sort_unstable();
        let folders: Vec<_> = paths.iter().map(|path| path.folder).collect();
        assert_eq!(folders, [b"/a".as_slice(), b"/a", b"/a", b"/a/b", b"/a/b"]);
    }
}
