//! `tocsin watch files sign`: the publisher's side.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use documents::PublicKey;
use fs_err as fs;
use jiff::{SignedDuration, Timestamp};
use webroot::{Contents, FreeFolder, FreeRule, SignSummary, Signing, read_manifest};

use super::super::output::say;
use super::arguments::Sign;
use crate::commands::{Context, key};
use crate::exit_code::{self, Code};

/// Signs a folder as it is.
pub(super) fn sign(arguments: &Sign, context: &Context) -> anyhow::Result<Code> {
    let key = key::open(&arguments.key, arguments.passphrase_file.as_deref())?;
    let made_at = context.clock.now();
    let version = match arguments.version {
        Some(version) => version,
        None => version_before(&arguments.out, key.public_key())? + 1,
    };
    let lasts = |days: u32| made_at.checked_add(SignedDuration::from_hours(24 * i64::from(days)));
    let pattern = |rule| move |path: &String| FreeFolder::new(path, rule);
    let free = arguments.free.iter().map(pattern(FreeRule::NoPrograms));
    let anything = arguments
        .free_anything
        .iter()
        .map(pattern(FreeRule::Anything));
    let signing = Signing {
        site: arguments.site.clone(),
        version,
        made_at,
        expires_at: arguments.valid_days.map(lasts).transpose()?,
        owner: arguments.owner,
        free: free.chain(anything).collect::<Result<_, _>>()?,
    };
    let root = fs::canonicalize(&arguments.folder)?;
    for inside in [&arguments.store, &arguments.out] {
        if std::path::absolute(inside)?.starts_with(&root) {
            bail!(
                "'{}' lies in the folder that is signed; choose another place",
                inside.display()
            );
        }
    }
    let store = Contents::open(&arguments.store)?;
    let new = with_behind(&arguments.out, ".new")?;
    let mut out = std::io::BufWriter::new(fs::File::create(&new)?);
    let SignSummary {
        files,
        folders,
        links,
        bytes,
    } = webroot::sign(&arguments.folder, signing, &key, Some(&store), &mut out)?;
    out.flush()?;
    out.get_ref().file().sync_all()?;
    fs::rename(&new, &arguments.out)?;
    let count = |number| texts::count(number, context.language);
    let values = [
        ("version", version.to_string()),
        ("files", count(files)),
        ("folders", count(folders)),
        ("links", count(links)),
        ("size", texts::byte_size(bytes, context.language)),
    ];
    let values = values
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    println!("{}", say(context, "files-signed", &values));
    Ok(exit_code::DONE)
}

/// Returns the version of the manifest that is replaced, or 0. It must be of the same key: the file may be somebody else's.
fn version_before(path: &Path, key: PublicKey) -> anyhow::Result<u64> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    let what = || {
        format!(
            "could not read '{}', which would be replaced; give --version",
            path.display()
        )
    };
    // It may have expired: that is why it is replaced.
    let manifest = read_manifest(&mut file, &[key], Timestamp::MIN).with_context(what)?;
    Ok(manifest.head().version)
}

/// Returns a path whose name goes on so.
pub(super) fn with_behind(path: &Path, end: &str) -> anyhow::Result<PathBuf> {
    let name = path
        .file_name()
        .with_context(|| format!("'{}' has no name", path.display()))?;
    let mut name = name.to_owned();
    name.push(end);
    Ok(path.with_file_name(name))
}
