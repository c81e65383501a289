//! The tree: everything in it is legal, and nothing in it is ordinary.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// What the rule looks for.
pub const MARK: &str = "tocsin-hostile-mark";
/// The name of the file at the bottom of the deepest folder.
pub const BOTTOM: &str = "bottom.txt";
/// Folders inside each other; their path is longer than the system allows.
const LEVELS: usize = 5_000;
/// Names of one file.
const LINKS: usize = 2_000;
/// Size of a file that has no content.
const SPARSE_BYTES: u64 = 4 << 40;
/// Small files with `--millions`, and without.
const SMALL_FILES: (usize, usize) = (1_000_000, 1_000);

/// What was built.
pub struct Built {
    /// FIFOs, sockets, devices.
    pub special_count: u64,
    /// Files that hold the mark, each name counted.
    pub marked_count: usize,
}

/// Builds the tree in a folder that is not there yet.
pub fn build(tree: &Path, millions: bool) -> Result<Built> {
    fs_err::create_dir_all(tree)?;
    let special_count = special(&tree.join("special"))?;
    names(&tree.join("names"))?;
    deep(&tree.join("deep"))?;
    links(&tree.join("links"))?;
    let sparse = fs_err::File::create(tree.join("sparse"))?;
    if let Err(error) = sparse.set_len(SPARSE_BYTES) {
        println!("  no sparse file of 4 TiB here: {error}");
    }
    fs_err::create_dir_all(tree.join("changing"))?;
    small(
        &tree.join("small"),
        if millions {
            SMALL_FILES.0
        } else {
            SMALL_FILES.1
        },
    )?;
    Ok(Built {
        special_count,
        marked_count: 3 + LINKS,
    })
}

fn special(folder: &Path) -> Result<u64> {
    fs_err::create_dir_all(folder)?;
    let mut count = 0;
    drop(UnixListener::bind(folder.join("socket"))?);
    count += 1;
    for words in [
        &["fifo", "p"][..],
        &["zero", "c", "1", "5"],
        &["block", "b", "7", "200"],
    ] {
        let made = Command::new("mknod")
            .arg(folder.join(words[0]))
            .args(&words[1..])
            .stderr(Stdio::null())
            .status()
            .context("start mknod")?;
        if made.success() {
            count += 1;
        } else {
            println!("  no special file '{}' here: it needs root", words[0]);
        }
    }
    std::os::unix::fs::symlink("loop", folder.join("loop"))?;
    std::os::unix::fs::symlink("..", folder.join("up"))?;
    Ok(count)
}

fn names(folder: &Path) -> Result<()> {
    fs_err::create_dir_all(folder)?;
    fs_err::write(folder.join("n".repeat(255)), MARK)?;
    fs_err::write(
        folder.join(OsStr::from_bytes(b"invalid \xff\xfe\x80")),
        MARK,
    )?;
    for name in [
        &b"line\nbreak"[..],
        b"\x1b[2Jclear",
        "\u{202e}txt.exe".as_bytes(),
        b"-rf",
        b" ",
    ] {
        fs_err::write(folder.join(OsStr::from_bytes(name)), "")?;
    }
    Ok(())
}

/// Goes into each folder as it is made: no path is that long.
fn deep(folder: &Path) -> Result<()> {
    fs_err::create_dir_all(folder)?;
    let before = std::env::current_dir()?;
    std::env::set_current_dir(folder)?;
    let mut outcome = Ok(());
    for _ in 0..LEVELS {
        outcome = fs_err::create_dir("d").and_then(|()| std::env::set_current_dir("d"));
        if outcome.is_err() {
            break;
        }
    }
    let outcome = outcome.and_then(|()| fs_err::write(BOTTOM, MARK));
    std::env::set_current_dir(before)?;
    outcome.context("make folders inside each other")
}

fn links(folder: &Path) -> Result<()> {
    fs_err::create_dir_all(folder)?;
    fs_err::write(folder.join("0"), MARK)?;
    for number in 1..LINKS {
        fs_err::hard_link(folder.join("0"), folder.join(number.to_string()))?;
    }
    Ok(())
}

fn small(folder: &Path, count: usize) -> Result<()> {
    for number in 0..count {
        let folder = folder.join((number / 1_000).to_string());
        if number % 1_000 == 0 {
            fs_err::create_dir_all(&folder)?;
        }
        fs_err::write(folder.join(number.to_string()), number.to_string())?;
    }
    Ok(())
}
