//! `tocsin key`: officers' keys in files that a passphrase protects.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use documents::{PublicKey, SigningKey, key_file};
use fs_err as fs;

use crate::exit_code::{self, Code};
use crate::{input, passphrase};

/// `tocsin key …`
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Make a key. It never leaves its file unprotected, and an existing file is never overwritten.
    #[command(after_help = "Example:\n  tocsin key new --label 'Lan, duty officer' --out lan.key")]
    New {
        /// Whose key it is, for people.
        #[arg(long)]
        label: String,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Take the passphrase from the first line of this file instead of asking.
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Show the public half of a key, which is what a root document lists.
    #[command(after_help = "Example:\n  tocsin key show lan.key")]
    Show {
        /// The key's file.
        file: PathBuf,
    },
}

/// Runs `tocsin key …`.
pub fn run(command: KeyCommand) -> anyhow::Result<Code> {
    match command {
        KeyCommand::New {
            label,
            out,
            passphrase_file,
        } => new(&label, &out, passphrase_file.as_deref()),
        KeyCommand::Show { file } => {
            println!("{}", read_public(&file)?);
            Ok(exit_code::DONE)
        }
    }
}

/// Opens a key with its passphrase.
pub fn open(file: &Path, passphrase_file: Option<&Path>) -> anyhow::Result<SigningKey> {
    let bytes = input::read_key(file)?;
    let what = || format!("could not open the key '{}'", file.display());
    let label = key_file::read_label(&bytes).with_context(what)?.label;
    let passphrase = passphrase::read(passphrase_file, &format!("'{label}'"))?;
    key_file::decrypt(&bytes, &passphrase).with_context(what)
}

/// Reads the public half of a key file; no passphrase is needed for it.
pub fn read_public(file: &Path) -> anyhow::Result<PublicKey> {
    let label = key_file::read_label(&input::read_key(file)?);
    Ok(label
        .with_context(|| format!("could not read the key '{}'", file.display()))?
        .public_key)
}

fn new(label: &str, out: &Path, passphrase_file: Option<&Path>) -> anyhow::Result<Code> {
    let passphrase = passphrase::read_new(passphrase_file, &format!("the new key '{label}'"))?;
    let key = SigningKey::generate().context("could not draw random bytes")?;
    let bytes = key_file::encrypt(&key, label, &passphrase)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    options.options_mut().mode(0o600);
    let mut file = options
        .open(out)
        .context("a key is never overwritten; choose another name")?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    println!("{}  {label}", key.public_key());
    Ok(exit_code::DONE)
}
