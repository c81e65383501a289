//! `tocsin inventory`: what is remembered of this host's files, whether it is right, and how to be rid of it.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::{Args, Subcommand};
use domain::{Algorithm, ItemPath};
use jiff::Timestamp;
use serde::Serialize;
use sweep::inventory::{self, Difference, KnownDigests, Note, Status, Verified};
use texts::Texts;

use super::{Context, print_json, say};
use crate::exit_code::{self, Code};
use crate::wiring::interrupt;

/// `tocsin inventory …`
#[derive(Subcommand)]
pub enum InventoryCommand {
    /// Say how many files are known, since when, and what is wrong with it.
    #[command(after_help = STATUS_EXAMPLES)]
    Status {
        #[command(flatten)]
        place: Place,
        /// For programs: one object.
        #[arg(long)]
        json: bool,
    },
    /// Read the files again, and name each that is another although nothing shows that it was changed.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify {
        #[command(flatten)]
        place: Place,
        /// Read only one file in so many.
        #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
        one_in: u64,
        /// For programs: one object.
        #[arg(long)]
        json: bool,
    },
    /// Forget everything: the next sweep reads every file again.
    #[command(after_help = "Example:\n  tocsin inventory drop")]
    Drop {
        #[command(flatten)]
        place: Place,
    },
}

const STATUS_EXAMPLES: &str = "\
Examples:
  tocsin inventory status
  tocsin inventory status --folder /var/lib/tocsin/inventory --json";

const VERIFY_EXAMPLES: &str = "\
Examples:
  tocsin inventory verify
  tocsin inventory verify --one-in 100

Exit codes: 0 all as remembered; 1 a file is another; 2 stopped, or something could not be read.";

/// Where the inventory is.
#[derive(Args)]
pub struct Place {
    /// The inventory's folder: the agent's, or what was given to `tocsin sweep --inventory`.
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "/var/lib/tocsin/agent/inventory"
    )]
    folder: PathBuf,
}

/// What `status --json` prints.
#[derive(Serialize)]
struct StatusListing<'a> {
    schema: u32,
    files: u64,
    files_with_digests: u64,
    bytes: u64,
    oldest_at: Option<Timestamp>,
    newest_at: Option<Timestamp>,
    algorithms: &'a [Algorithm],
    rules: usize,
    in_use: bool,
    notes: Vec<String>,
}

/// What `verify --json` prints.
#[derive(Serialize)]
struct VerifyListing {
    schema: u32,
    files: u64,
    same: u64,
    changed: u64,
    gone: u64,
    unread: u64,
    differing: u64,
    without_digest: u64,
    stopped: bool,
    differences: Vec<DifferenceListing>,
}

/// One file that is another.
#[derive(Serialize)]
struct DifferenceListing {
    item: ItemPath,
    remembered: Vec<String>,
    found: Vec<String>,
}

/// Runs `tocsin inventory …`.
pub fn run(command: InventoryCommand, context: &Context) -> anyhow::Result<Code> {
    match command {
        InventoryCommand::Status { place, json } => {
            let status = inventory::status(&place.folder, &*context.clock)?;
            if json {
                print_json(&listing_of(&status, context))?;
            } else {
                print_status(&status, context);
            }
            Ok(exit_code::DONE)
        }
        InventoryCommand::Verify {
            place,
            one_in,
            json,
        } => verify(&place, one_in, json, context),
        InventoryCommand::Drop { place } => {
            let bytes = inventory::discard(&place.folder)?;
            let size = texts::byte_size(bytes, context.language);
            println!("{}", say(context, "inventory-dropped", &[("size", &size)]));
            Ok(exit_code::DONE)
        }
    }
}

fn verify(place: &Place, one_in: u64, json: bool, context: &Context) -> anyhow::Result<Code> {
    let texts = Texts::of(context.language);
    let stop = interrupt::flag(move || eprintln!("{}", texts.text("inventory-interrupted")))?;
    let mut differences = Vec::new();
    let verified = inventory::verify(
        &place.folder,
        one_in,
        &*context.clock,
        &|| stop.load(Ordering::Relaxed),
        &mut |difference| {
            if json {
                differences.push(DifferenceListing::from(difference));
            } else {
                print_difference(&difference, context);
            }
        },
    )?;
    if json {
        print_json(&verify_listing(&verified, differences))?;
    } else {
        print_verified(&verified, context);
    }
    Ok(code_of(&verified))
}

fn code_of(verified: &Verified) -> Code {
    if verified.differing_count > 0 {
        exit_code::FOUND
    } else if verified.is_stopped || verified.unread_count > 0 {
        exit_code::INCOMPLETE
    } else {
        exit_code::DONE
    }
}

fn print_status(status: &Status, context: &Context) {
    let texts = Texts::of(context.language);
    let count = |number| texts::count(number, context.language);
    let line = |key: &str, value: &str| println!("{}", say(context, key, &[("value", value)]));
    line("inventory-files", &count(status.record_count));
    line("inventory-with-digests", &count(status.digest_count));
    line("inventory-rules", &count(status.judge_count as u64));
    let names: Vec<&str> = status.algorithms.iter().map(|one| one.name()).collect();
    line("inventory-algorithms", &names.join(", "));
    for (key, at) in [
        ("inventory-oldest", status.oldest_at),
        ("inventory-newest", status.newest_at),
    ] {
        if let Some(at) = at {
            line(key, &texts::when(at, context.language));
        }
    }
    let size = texts::byte_size(status.byte_count, context.language);
    line("inventory-size", &size);
    if status.is_in_use {
        println!("{}", texts.text("inventory-in-use"));
    }
    for note in &status.notes {
        println!("{}", note_text(note, context));
    }
}

fn print_verified(verified: &Verified, context: &Context) {
    let texts = Texts::of(context.language);
    for (key, number) in [
        ("inventory-verified-same", verified.same_count),
        ("inventory-verified-changed", verified.changed_count),
        ("inventory-verified-gone", verified.gone_count),
        ("inventory-verified-unread", verified.unread_count),
        ("inventory-verified-differing", verified.differing_count),
        ("inventory-verified-without", verified.without_digest_count),
    ] {
        let number = texts::count(number, context.language);
        println!("{}", say(context, key, &[("value", &number)]));
    }
    if verified.is_stopped {
        println!("{}", texts.text("inventory-verified-stopped"));
    }
}

fn print_difference(difference: &Difference, context: &Context) {
    println!("{}", difference.path);
    for (key, digests) in [
        ("inventory-remembered", &difference.recorded),
        ("inventory-found", &difference.found),
    ] {
        for digest in words_of(digests) {
            println!("    {}", say(context, key, &[("value", &digest)]));
        }
    }
}

/// Says what people should know of an inventory.
pub fn note_text(note: &Note, context: &Context) -> String {
    let texts = Texts::of(context.language);
    match note {
        Note::Damaged(count) => {
            let count = texts::count(*count, context.language);
            say(context, "inventory-note-damaged", &[("value", &count)])
        }
        Note::NotRewritten(reason) => say(
            context,
            "inventory-note-not-rewritten",
            &[("value", reason)],
        ),
        Note::OtherVersion(version) => {
            let version = version.to_string();
            say(context, "inventory-note-version", &[("value", &version)])
        }
        Note::Unreadable => texts.text("inventory-note-unreadable"),
        Note::VerdictsLost => texts.text("inventory-note-verdicts"),
    }
}

fn listing_of<'a>(status: &'a Status, context: &Context) -> StatusListing<'a> {
    StatusListing {
        schema: 1,
        files: status.record_count,
        files_with_digests: status.digest_count,
        bytes: status.byte_count,
        oldest_at: status.oldest_at,
        newest_at: status.newest_at,
        algorithms: &status.algorithms,
        rules: status.judge_count,
        in_use: status.is_in_use,
        notes: status
            .notes
            .iter()
            .map(|note| note_text(note, context))
            .collect(),
    }
}

fn verify_listing(verified: &Verified, differences: Vec<DifferenceListing>) -> VerifyListing {
    VerifyListing {
        schema: 1,
        files: verified.record_count,
        same: verified.same_count,
        changed: verified.changed_count,
        gone: verified.gone_count,
        unread: verified.unread_count,
        differing: verified.differing_count,
        without_digest: verified.without_digest_count,
        stopped: verified.is_stopped,
        differences,
    }
}

impl From<Difference> for DifferenceListing {
    fn from(difference: Difference) -> Self {
        Self {
            remembered: words_of(&difference.recorded),
            found: words_of(&difference.found),
            item: difference.path,
        }
    }
}

/// Returns the digests that are known, each with its name.
fn words_of(digests: &KnownDigests) -> Vec<String> {
    let known = Algorithm::ALL
        .iter()
        .filter_map(|algorithm| digests.digest(*algorithm));
    known
        .map(|digest| format!("{} {digest}", digest.algorithm().name()))
        .collect()
}
