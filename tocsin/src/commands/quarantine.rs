//! `tocsin quarantine`: what was isolated on this host, and how it is put back.

use std::path::PathBuf;

use agent::AgentPaths;
use clap::{Args, Subcommand};
use serde::Serialize;
use sweep::quarantine::EntryState;
use sweep::{Restore, Vault, VaultEntry};

use super::Context;
use crate::exit_code::{self, Code};

/// `tocsin quarantine …`
#[derive(Subcommand)]
pub enum QuarantineCommand {
    /// List the files in the vault.
    #[command(after_help = "Examples:\n  tocsin quarantine list\n  tocsin quarantine list --json")]
    List {
        #[command(flatten)]
        place: Place,
        /// For programs: one object with `entries`.
        #[arg(long)]
        json: bool,
    },
    /// Put a file back where it was, bit for bit, with its times, owner and mode.
    #[command(after_help = RESTORE_EXAMPLES)]
    Restore {
        #[command(flatten)]
        place: Place,
        /// The id that `list` and the report show.
        id: String,
        /// Put it here instead. Nothing is ever overwritten.
        #[arg(long, value_name = "PATH")]
        to: Option<PathBuf>,
    },
}

const RESTORE_EXAMPLES: &str = "\
Examples:
  tocsin quarantine restore 20160803-4be1
  tocsin quarantine restore 20160803-4be1 --to /root/evidence/dtshow.dll";

/// Where the vault is.
#[derive(Args)]
pub struct Place {
    /// The agent's folder.
    #[arg(long, value_name = "FOLDER", default_value = "/var/lib/tocsin/agent")]
    folder: PathBuf,
}

/// What `list --json` prints.
#[derive(Serialize)]
struct Listing {
    schema: u32,
    entries: Vec<VaultEntry>,
}

/// Runs `tocsin quarantine …`.
pub fn run(command: QuarantineCommand, context: &Context) -> anyhow::Result<Code> {
    match command {
        QuarantineCommand::List { place, json } => {
            let entries = open(&place)?.list()?;
            if json {
                println!(
                    "{}",
                    serde_json::to_string_pretty(&Listing { schema: 1, entries })?
                );
            } else {
                list(&entries, context);
            }
        }
        QuarantineCommand::Restore { place, id, to } => {
            let to = match to {
                Some(path) => Restore::To(std::path::absolute(path)?),
                None => Restore::Original,
            };
            let entry = open(&place)?.restore(&id, &to)?;
            let path = entry.restored_to.as_ref().unwrap_or(&entry.item);
            println!("{path}");
        }
    }
    Ok(exit_code::DONE)
}

fn open(place: &Place) -> anyhow::Result<Vault> {
    Ok(Vault::open(&AgentPaths::new(&place.folder).vault())?)
}

fn list(entries: &[VaultEntry], context: &Context) {
    let texts = texts::Texts::of(context.language);
    if entries.is_empty() {
        println!("{}", texts.text("quarantine-empty"));
    }
    for entry in entries {
        let state = texts.text(match entry.state {
            EntryState::Copying | EntryState::Stored | EntryState::Restoring => {
                "quarantine-unfinished"
            }
            EntryState::Isolated => "quarantine-isolated",
            EntryState::Restored => "quarantine-restored",
        });
        let when = texts::when(entry.isolated_at, context.language);
        let size = texts::byte_size(entry.size_bytes, context.language);
        println!(
            "{}  {state}  {when}  {size}\n    {}\n    SHA-256 {}",
            entry.id, entry.item, entry.sha256
        );
    }
}
