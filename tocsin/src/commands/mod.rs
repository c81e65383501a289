//! The commands, one file each. They read files and arguments, call one crate, and print.

pub mod agent;
pub mod alert;
mod budget;
pub mod inventory;
pub mod key;
pub mod node;
pub mod not_examined;
pub mod quarantine;
pub mod root;
pub mod sweep;
pub mod sweep_worker;
pub mod watch;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;
use domain::{Clock, Language};
use fs_err as fs;
use link::Invitation;
use serde::Serialize;
use texts::{TextValue, Texts};

use crate::input;

/// What every command needs to know.
pub struct Context {
    /// The language of what people read.
    pub language: Language,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The global options, for processes of this program that work for this one.
    pub global: Vec<std::ffi::OsString>,
}

/// `--lang`. The variants have no help of their own, so that the choice takes one line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LanguageArgument {
    En,
    Vi,
}

impl From<LanguageArgument> for Language {
    fn from(argument: LanguageArgument) -> Self {
        match argument {
            LanguageArgument::En => Self::En,
            LanguageArgument::Vi => Self::Vi,
        }
    }
}

/// Returns a text with values.
pub fn say(context: &Context, key: &str, values: &[(&str, &str)]) -> String {
    let values: Vec<(&str, TextValue<'_>)> = values
        .iter()
        .map(|(name, value)| (*name, TextValue::from(*value)))
        .collect();
    Texts::of(context.language).text_with(key, &values)
}

/// Prints one object for programs.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    println!(
        "{}",
        verdicts::visible_json(&serde_json::to_string_pretty(value)?)
    );
    Ok(())
}

/// Reads an invitation from the command line, from a file, or from standard input.
fn read_invitation(text: &str) -> anyhow::Result<Invitation> {
    let line = match text {
        "-" => String::from_utf8(input::read_all(std::io::stdin(), input::LINE_BYTES_MAX)?)?,
        text if text.starts_with("tocsin-invitation:") => text.to_owned(),
        file => input::read_text(Path::new(file))?,
    };
    Ok(line.trim().parse()?)
}

/// Writes to a file, or to standard output where none is given. An existing file is replaced only whole; what is no file, such
/// as `/dev/null` or a pipe, is written to and never replaced.
fn write_output(file: Option<&Path>, bytes: &[u8]) -> anyhow::Result<()> {
    let Some(file) = file else {
        let mut out = std::io::stdout().lock();
        out.write_all(bytes)?;
        return Ok(out.flush()?);
    };
    if fs::metadata(file).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        let mut out = fs::OpenOptions::new().write(true).open(file)?;
        return Ok(out.write_all(bytes)?);
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = file.with_file_name(name);
    fs::write(&new, bytes)?;
    Ok(fs::rename(&new, file)?)
}

/// Reads a word exactly as documents write it, so that the command line and the formats cannot drift apart.
fn from_document_word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|error| error.to_string())
}
