//! Asks for passphrases, from a file or at the terminal, without showing them.

use std::path::Path;

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use crate::input;

/// Shortest passphrase accepted for a new key, in characters.
const CHARS_MIN: usize = 12;

/// Reads the passphrase of an existing key.
pub fn read(file: Option<&Path>, what: &str) -> anyhow::Result<Zeroizing<String>> {
    match file {
        Some(file) => from_file(file),
        None => ask(&format!("Passphrase of {what}: ")),
    }
}

/// Reads the passphrase of a new key; at the terminal, twice.
pub fn read_new(file: Option<&Path>, what: &str) -> anyhow::Result<Zeroizing<String>> {
    let passphrase = read(file, what)?;
    if passphrase.chars().count() < CHARS_MIN {
        bail!("the passphrase of {what} has fewer than {CHARS_MIN} characters; use several words");
    }
    if file.is_none() && *ask("The same again: ")? != *passphrase {
        bail!("the two passphrases differ; nothing was written");
    }
    Ok(passphrase)
}

fn from_file(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = Zeroizing::new(input::read_text(file)?);
    // The line alone: a passphrase may begin or end with a space.
    Ok(Zeroizing::new(text.lines().next().unwrap_or("").to_owned()))
}

fn ask(prompt: &str) -> anyhow::Result<Zeroizing<String>> {
    let answer = rpassword::prompt_password(prompt)
        .context("could not ask for a passphrase: there is no terminal; give --passphrase-file")?;
    Ok(Zeroizing::new(answer))
}
