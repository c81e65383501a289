//! `tocsin quarantine`: what was isolated on this host, and how it is put back.

use std::path::{Path, PathBuf};

use agent::AgentPaths;
use anyhow::Context as _;
use clap::{Args, Subcommand};
use domain::{Judgement, SweepReport, chain};
use serde::{Deserialize, Serialize};
use sweep::quarantine::EntryState;
use sweep::{Restore, Vault, VaultEntry};

use texts::Texts;

use super::Context;
use crate::exit_code::{self, Code};
use crate::{input, layout};

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
    /// Show what of a sweep's report would be isolated; with `--now`, isolate it.
    #[command(after_help = ISOLATE_EXAMPLES)]
    Isolate {
        #[command(flatten)]
        place: Place,
        /// The report, as `tocsin sweep --format json` writes it.
        report: PathBuf,
        /// Only this file. May be given several times. Without it, every confirmed file.
        #[arg(long, value_name = "PATH")]
        item: Vec<String>,
        /// Do it. Without this word nothing is changed.
        #[arg(long)]
        now: bool,
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

const ISOLATE_EXAMPLES: &str = "\
Examples:
  tocsin sweep / --alert alert.json --root root.json --format json --report report.json
  tocsin quarantine isolate report.json            shows what would be done
  tocsin quarantine isolate report.json --now      does it

Only confirmed files are isolated, and only while their content is still what was found. At most 50 files for one alert: beyond
that the alert is wrong or the host is lost, and both need a person. What is inside a container or running is not isolated.

Exit codes: 0 all of it can be, or was, isolated; 1 some cannot; 3 could not run.";

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
        QuarantineCommand::Isolate {
            place,
            report,
            item,
            now,
        } => {
            let chosen = Chosen {
                report: &report,
                items: &item,
                now,
            };
            return isolate(&open(&place)?, &chosen, context);
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

/// What `isolate` is asked for.
struct Chosen<'a> {
    report: &'a Path,
    items: &'a [String],
    now: bool,
}

/// The reports of a sweep, as its JSON form has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportFile {
    #[serde(rename = "schema")]
    _schema: u32,
    reports: Vec<SweepReport>,
}

fn isolate(vault: &Vault, chosen: &Chosen<'_>, context: &Context) -> anyhow::Result<Code> {
    let texts = Texts::of(context.language);
    let what = || format!("could not use the report '{}'", chosen.report.display());
    let bytes = input::read_alert(chosen.report)?;
    let file: ReportFile = serde_json::from_slice(&bytes).with_context(what)?;
    let mut refused = 0;
    let mut count = 0;
    for report in &file.reports {
        report
            .check()
            .map_err(anyhow::Error::msg)
            .with_context(what)?;
        let Some(alert) = report.alert.id else {
            let number = &report.alert.number;
            anyhow::bail!(
                "the report is for the draft '{number}', which nobody has signed: nothing is isolated for it"
            );
        };
        for finding in &report.findings {
            let is_chosen = chosen.items.is_empty() || chosen.items.contains(&finding.item.text);
            if finding.judgement != Judgement::Confirmed || !is_chosen {
                continue;
            }
            count += 1;
            let (key, detail) = if chosen.now {
                match vault.isolate(finding, alert, &*context.clock) {
                    Ok(entry) => ("isolate-done", entry.id),
                    Err(error) => ("isolate-refused", chain(&error)),
                }
            } else {
                match vault.try_out(finding, alert) {
                    Ok(()) => ("isolate-would", String::new()),
                    Err(error) => ("isolate-refused", chain(&error)),
                }
            };
            refused += u64::from(key == "isolate-refused");
            let detail = layout::printable(&detail);
            println!("{}", texts.text_with(key, &[("detail", detail.into())]));
            println!("    {}", finding.item);
        }
    }
    let key = match (count, chosen.now) {
        (0, _) => "isolate-nothing",
        (_, true) => return Ok(code_of(refused)),
        (_, false) => "isolate-dry-run",
    };
    println!("{}", texts.text(key));
    Ok(code_of(refused))
}

const fn code_of(refused: u64) -> Code {
    if refused > 0 {
        exit_code::FOUND
    } else {
        exit_code::DONE
    }
}

fn open(place: &Place) -> anyhow::Result<Vault> {
    Ok(Vault::open(&AgentPaths::new(&place.folder).vault())?)
}

fn list(entries: &[VaultEntry], context: &Context) {
    let texts = Texts::of(context.language);
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
