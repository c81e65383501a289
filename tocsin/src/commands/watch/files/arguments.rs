//! What can be asked about the files of a site.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use webroot::Owner;

use super::comparing::{check, go_on};
use super::restoring::{Wish, beside, restore};
use super::signing::sign;
use crate::commands::Context;
use crate::exit_code::Code;

/// `tocsin watch files …`
#[derive(Subcommand)]
pub enum FilesCommand {
    /// Sign a folder as it is: the publisher does this where the site is made, not where it is served.
    #[command(after_help = SIGN_EXAMPLES)]
    Sign(Sign),
    /// Compare a folder with its signed manifest once, and read every file for it.
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        #[command(flatten)]
        believed: Believed,
        #[command(flatten)]
        effort: Effort,
        /// For programs: one object a line, for each finding, and one at the end.
        #[arg(long)]
        json: bool,
    },
    /// Go on comparing until the program is ended: by events, and by passes for what they miss.
    #[command(after_help = RUN_EXAMPLES)]
    Run {
        #[command(flatten)]
        believed: Believed,
        #[command(flatten)]
        rhythm: Rhythm,
        /// For programs: one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show what would be put back as it was signed; with `--now`, put it back.
    #[command(after_help = RESTORE_EXAMPLES)]
    Restore {
        #[command(flatten)]
        believed: Believed,
        #[command(flatten)]
        effort: Effort,
        /// The store of contents that signing has filled.
        #[arg(long, value_name = "FOLDER")]
        store: PathBuf,
        /// Where what is moved out of the site is kept; beside it by default, with `.removed` behind its name.
        #[arg(long, value_name = "FOLDER")]
        removed: Option<PathBuf>,
        /// Do it. Without this word nothing is changed.
        #[arg(long)]
        now: bool,
        /// For programs: one object a line.
        #[arg(long)]
        json: bool,
    },
}

const SIGN_EXAMPLES: &str = "\
Examples:
  tocsin watch files sign site/ --site syt.example.gov.vn --key publisher.key --store store/ --out site.manifest
  tocsin watch files sign site/ --site syt.example.gov.vn --key publisher.key --store store/ --out site.manifest \\
    --free 'uploads' --free 'sites/*/files' --free-anything cache --owner 33:33 --valid-days 90";

const CHECK_EXAMPLES: &str = "\
Example:
  tocsin watch files check /var/www/site --manifest site.manifest --root-key publisher.pub

Exit codes: 0 everything is as it was signed; 1 something differs; 2 nothing differs, but not everything could be read;
3 could not run, or the manifest is not believed.";

const RUN_EXAMPLES: &str = "\
Example:
  tocsin watch files run /var/www/site --manifest site.manifest --root-key publisher.pub --json

A newer manifest in the same place is taken within a second; for some minutes what the one before says is accepted as well.";

const RESTORE_EXAMPLES: &str = "\
Examples:
  tocsin watch files restore /var/www/site --manifest site.manifest --root-key publisher.pub --store store/
  tocsin watch files restore /var/www/site --manifest site.manifest --root-key publisher.pub --store store/ --now

Nothing is deleted: what is not signed is moved into a folder beside the site.

Exit codes: 0 nothing differs, or all of it was put back; 1 something differs, or could not be put back; 2 not everything could be
read; 3 could not run.";

/// `sign`
#[derive(Args)]
pub struct Sign {
    /// The folder.
    #[arg(value_name = "FOLDER")]
    pub(super) folder: PathBuf,
    /// The name of the site, the same for all its versions.
    #[arg(long, value_name = "NAME")]
    pub(super) site: String,
    /// The publisher's key, of `tocsin key new`.
    #[arg(long, value_name = "FILE")]
    pub(super) key: PathBuf,
    /// Take the passphrase from the first line of this file instead of asking.
    #[arg(long, value_name = "FILE")]
    pub(super) passphrase_file: Option<PathBuf>,
    /// Where contents are kept, for restoring.
    #[arg(long, value_name = "FOLDER")]
    pub(super) store: PathBuf,
    /// The manifest to write.
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// The version; by default one more than that of the manifest that is there.
    #[arg(long, value_name = "NUMBER")]
    pub(super) version: Option<u64>,
    /// How long it is valid; for ever by default.
    #[arg(long, value_name = "DAYS")]
    pub(super) valid_days: Option<u32>,
    /// To whom every file must belong, by number.
    #[arg(long, value_name = "USER:GROUP", value_parser = parse_owner)]
    pub(super) owner: Option<Owner>,
    /// A folder that is left free for anything but programs; `*` for any letters. May be given several times.
    #[arg(long, value_name = "PATTERN")]
    pub(super) free: Vec<String>,
    /// A folder that is left free for anything. May be given several times.
    #[arg(long, value_name = "PATTERN")]
    pub(super) free_anything: Vec<String>,
}

/// Which folder, and whom to believe about it.
#[derive(Args)]
pub struct Believed {
    /// The folder.
    #[arg(value_name = "FOLDER")]
    pub(super) folder: PathBuf,
    /// Its signed manifest.
    #[arg(long, value_name = "FILE")]
    pub(super) manifest: PathBuf,
    /// The publisher's public key: 64 digits, or a file with them, or a key file. May be given several times.
    #[arg(long, required = true, value_name = "KEY")]
    pub(super) root_key: Vec<String>,
    /// Where it is remembered which version was accepted: an older one is refused.
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/var/lib/tocsin/watch/files"
    )]
    pub(super) state: PathBuf,
}

/// How much may be spent on one comparison.
#[derive(Args)]
pub struct Effort {
    /// How many threads look.
    #[arg(long, value_name = "NUMBER", default_value = "2")]
    pub(super) threads: NonZeroUsize,
    /// How fast files are read at most.
    #[arg(long, value_name = "MEBIBYTES A SECOND")]
    pub(super) rate: Option<u64>,
}

/// How often `run` looks.
#[derive(Args)]
pub struct Rhythm {
    /// How many threads look.
    #[arg(long, value_name = "NUMBER", default_value = "2")]
    pub(super) threads: NonZeroUsize,
    /// How fast the slow pass reads.
    #[arg(long, value_name = "MEBIBYTES A SECOND", default_value_t = 20)]
    pub(super) slow_rate: u64,
    /// The pause between two slow passes.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub(super) slow_pause: u64,
    /// How often everything is looked at by what the file system says of it.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(super) look_every: u64,
    /// How long the manifest before is accepted as well, when a new one comes.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(super) settling: u64,
}

/// Runs `tocsin watch files …`.
pub fn run(command: FilesCommand, context: &Context) -> anyhow::Result<Code> {
    match command {
        FilesCommand::Sign(arguments) => sign(&arguments, context),
        FilesCommand::Check {
            believed,
            effort,
            json,
        } => check(&believed, &effort, json, context),
        FilesCommand::Run {
            believed,
            rhythm,
            json,
        } => go_on(&believed, &rhythm, json, context),
        FilesCommand::Restore {
            believed,
            effort,
            store,
            removed,
            now,
            json,
        } => {
            let removed = removed.map_or_else(|| beside(&believed.folder), Ok)?;
            let wish = Wish {
                store,
                removed,
                now,
                json,
            };
            restore(&believed, &effort, &wish, context)
        }
    }
}

fn parse_owner(text: &str) -> Result<Owner, String> {
    let parse = |number: &str| {
        number
            .parse()
            .map_err(|_| "write it as two numbers: 33:33".to_owned())
    };
    let (user, group) = text
        .split_once(':')
        .ok_or("write it as two numbers: 33:33")?;
    Ok(Owner {
        user: parse(user)?,
        group: parse(group)?,
    })
}
