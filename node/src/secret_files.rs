//! Files that nobody but the node's user may read: written once, whole, and on disk before anything relies on them.

use std::io::{self, Write as _};
use std::path::Path;

use fs_err::os::unix::fs::OpenOptionsExt as _;

/// Bytes of the longest file that is read back.
const BYTES_MAX: u64 = 64 * 1024;

/// Writes a file, readable by its owner only. One that a run before left behind is written anew.
pub(crate) fn save_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs_err::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    match path.parent() {
        Some(folder) => fs_err::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Reads a file.
pub(crate) fn read_secret(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read as _;

    let mut bytes = Vec::new();
    fs_err::File::open(path)?
        .take(BYTES_MAX)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}
