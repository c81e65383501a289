//! Whether something was mounted over a part of the site: that makes no event, and changes what is there.

use std::hash::{BuildHasher, RandomState};
use std::io::Read as _;

use fs_err as fs;

/// Bytes of the list of mounts that are read, 4 MiB.
const LIST_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Remembers which mounts there were below a root.
#[derive(Default)]
pub(super) struct Mounts {
    keys: RandomState,
    last: Option<u64>,
}

impl Mounts {
    /// Tells whether mounts below the root have changed since it was last asked.
    pub(super) fn have_changed(&mut self, root: &[u8]) -> bool {
        let mut list = Vec::new();
        let read = fs::File::open("/proc/self/mountinfo")
            .and_then(|file| file.take(LIST_BYTES_MAX).read_to_end(&mut list));
        if read.is_err() {
            return false;
        }
        let root = escape(root);
        let is_below = |line: &&[u8]| {
            let point = line.split(|byte| *byte == b' ').nth(4).unwrap_or_default();
            point.starts_with(&root)
        };
        let lines: Vec<&[u8]> = list.split(|byte| *byte == b'\n').filter(is_below).collect();
        let print = self.keys.hash_one(&lines);
        self.last.replace(print).is_some_and(|last| last != print)
    }
}

/// Writes a path as that list does.
fn escape(path: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(path.len());
    for byte in path {
        match byte {
            b' ' | b'\t' | b'\n' | b'\\' => escaped.extend(format!("\\{byte:03o}").bytes()),
            _ => escaped.push(*byte),
        }
    }
    escaped
}
