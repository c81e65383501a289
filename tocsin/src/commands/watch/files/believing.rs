//! Which manifest is believed, and how much may be spent on a comparison with it.

use std::path::Path;

use anyhow::{Context as _, bail};
use documents::PublicKey;
use fs_err as fs;
use jiff::Timestamp;
use webroot::{CheckOptions, Floor, Manifest, read_manifest};

use super::arguments::{Believed, Effort};
use crate::commands::{Context, key};

impl Believed {
    /// Reads the manifest, and accepts it if it is not older than one before.
    pub(super) fn load(&self, context: &Context) -> anyhow::Result<Manifest> {
        let manifest = self.read(context.clock.now())?;
        let floor = Floor::new(&self.state);
        floor.bind(&self.folder, &manifest)?;
        floor.accept(&manifest)?;
        Ok(manifest)
    }

    fn read(&self, now: Timestamp) -> anyhow::Result<Manifest> {
        let keys: anyhow::Result<Vec<PublicKey>> =
            self.root_key.iter().map(|text| read_key(text)).collect();
        let mut file = open_file(&self.manifest)?;
        let what = || format!("could not believe '{}'", self.manifest.display());
        read_manifest(&mut file, &keys?, now).with_context(what)
    }
}

impl Effort {
    pub(super) fn options(&self) -> CheckOptions {
        CheckOptions {
            threads: self.threads,
            bytes_per_second: self
                .rate
                .map(|rate| rate.max(1).saturating_mul(1024 * 1024)),
        }
    }
}

/// Opens a file without waiting: a pipe in its place would hold the watch up for ever.
fn open_file(path: &Path) -> anyhow::Result<fs::File> {
    use fs_err::os::unix::fs::OpenOptionsExt as _;

    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits())?;
    let file = fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    if !file.metadata()?.is_file() {
        bail!("could not read '{}': it is no file", path.display());
    }
    Ok(file)
}

/// Reads a public key: its digits, or a file with them, or a key file.
pub fn read_key(text: &str) -> anyhow::Result<PublicKey> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    let file = Path::new(text);
    match crate::input::read_text(file)?.trim().parse() {
        Ok(key) => Ok(key),
        Err(_) => key::read_public(file),
    }
}
