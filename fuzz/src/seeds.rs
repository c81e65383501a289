//! What targets begin with: the kept corpus, the samples of the crates, and what was found before.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::targets::Target;

/// Longest seed; a larger one leaves no time for many.
const BYTES_MAX: usize = 160 * 1024;
/// Most bytes that a packed seed becomes.
const UNPACKED_MAX: u64 = 4 << 20;

/// Returns the folder of this crate.
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Makes the target's own seeds, and reads its own folder and the folders of the repository that it names.
pub fn load(target: &Target) -> Result<Vec<Vec<u8>>> {
    let own = [
        folder().join("corpus").join(target.name),
        folder().join("found").join(target.name),
    ];
    let root = folder().parent().unwrap_or(folder());
    let mut seeds = vec![Vec::new()];
    seeds.extend((target.made_seeds)());
    for folder in own
        .into_iter()
        .chain(target.seeds.iter().map(|name| root.join(name)))
    {
        for file in files(&folder) {
            let mut bytes = fs_err::read(&file)?;
            if file.extension().is_some_and(|end| end == "gz") && target.name != "unpack" {
                bytes = unpacked(&bytes);
            }
            bytes.truncate(BYTES_MAX.max(if target.name == "artefacts" {
                1 << 21
            } else {
                0
            }));
            seeds.push(bytes);
        }
    }
    Ok(seeds)
}

/// Returns the folder's files in the order of their names; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut source = packed;
    let mut bytes = Vec::new();
    if let Some(stream) = unpack::open_stream(unpack::Kind::Gzip, &mut source) {
        // What could be unpacked is a seed all the same.
        let _ =
            std::io::Read::read_to_end(&mut std::io::Read::take(stream, UNPACKED_MAX), &mut bytes);
    }
    bytes
}
