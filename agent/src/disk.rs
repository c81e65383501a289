//! Writes files so that after a crash there is the old content or the new, never half of either, and so that nobody but
//! the agent's own user may read them.

use std::fs::Permissions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use fs_err as fs;

/// Replaces `path` by `bytes`, readable by its owner only, and returns once it is on the disk.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let new = path.with_extension("new");
    let mut file = open_private(&new)?;
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(folder)
}

/// Opens a file for writing, or makes it; either way only its owner may read it from then on. A link is not followed.
pub fn open_private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options
        .options_mut()
        .mode(0o600)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    let file = options.open(path)?;
    // The mode above counts for new files only; this one may be left from before.
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

/// Makes a folder, and those above it, for its owner only, and returns once their names are on the disk. One that is
/// there stays as it is: it may be `/`.
pub fn make_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    make_folder(parent)?;
    let mut builder = std::fs::DirBuilder::new();
    match builder.mode(0o700).create(folder) {
        // Another thread needed it too.
        Err(_) if folder.is_dir() => {}
        Err(error) => {
            let message = format!("failed to make '{}': {error}", folder.display());
            return Err(std::io::Error::new(error.kind(), message));
        }
        Ok(()) => {}
    }
    sync_folder(parent)
}

/// Reads `path`, or nothing where there is no such file.
pub fn read_if_there(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Lists the files of a folder by name; a folder that is not there has none. Unfinished writes are passed over, and so
/// is what is no regular file: a pipe that somebody left there would never be read to its end.
pub fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        if is_json && entry.file_type()?.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Makes the names in a folder as durable as the files.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("is there").permissions().mode() & 0o7777
    }

    #[test]
    fn what_is_written_is_for_its_owner_only_whatever_lay_there_before() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let below = folder.path().join("a").join("b");
        let path = below.join("c.json");
        replace(&path, b"first")?;
        // A crash left a longer file with an open mode.
        fs::write(below.join("c.new"), b"left by a crash, and long")?;
        fs::set_permissions(below.join("c.new"), Permissions::from_mode(0o666))?;
        replace(&path, b"second")?;
        assert_eq!(fs::read(&path)?, b"second");
        assert_eq!((mode(&path), mode(&below)), (0o600, 0o700));
        assert_eq!(mode(below.parent().expect("a")), 0o700);
        Ok(())
    }

    #[test]
    fn a_link_in_the_place_of_an_unfinished_write_is_not_followed() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let victim = folder.path().join("victim");
        fs::write(&victim, b"precious")?;
        fs_err::os::unix::fs::symlink(&victim, folder.path().join("c.new"))?;
        assert!(replace(&folder.path().join("c.json"), b"ours").is_err());
        assert_eq!(fs::read(&victim)?, b"precious");
        Ok(())
    }

    #[test]
    fn lists_regular_finished_files_only() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("b.json"), b"b")?;
        fs::write(folder.path().join("a.json"), b"a")?;
        fs::write(folder.path().join("half.new"), b"h")?;
        fs::create_dir_all(folder.path().join("folder.json"))?;
        fs_err::os::unix::fs::symlink("/dev/zero", folder.path().join("endless.json"))?;
        let names: Vec<_> = list(folder.path())?
            .iter()
            .filter_map(|path| path.file_name().map(ToOwned::to_owned))
            .collect();
        assert_eq!(names, ["a.json", "b.json"]);
        assert!(list(&folder.path().join("nowhere"))?.is_empty());
        Ok(())
    }
}
