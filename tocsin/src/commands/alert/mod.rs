//! `tocsin alert`: from a pasted letter to an alert that two officers have signed.

mod beside;
mod drafting;
mod show;
mod signing;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use documents::{Envelope, Kind, strict_json};
use domain::{Alert, OrganisationId, Role, Severity, Tlp};
use jiff::Timestamp;

use super::{Context, from_document_word};
use crate::exit_code::Code;

/// `tocsin alert …`
#[derive(Subcommand)]
pub enum AlertCommand {
    /// Check indicators and rules: letters, tables, drafts, YARA sources.
    #[command(after_help = LINT_EXAMPLES)]
    Lint(LintArguments),
    /// Make a draft out of letters, tables and rules.
    #[command(after_help = DRAFT_EXAMPLES)]
    Draft(DraftArguments),
    /// Sign a draft, or add the second officer's signature.
    #[command(after_help = SIGN_EXAMPLES)]
    Sign(SignArguments),
    /// Verify a signed alert.
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyArguments),
    /// Show an alert, alone or beside what it was made from.
    #[command(after_help = SHOW_EXAMPLES)]
    Show(ShowArguments),
}

const LINT_EXAMPLES: &str = "\
Examples:
  tocsin alert lint letter.txt
  tocsin alert lint --lang vi letter.txt indicators.csv
  tocsin alert lint rules.yar --format json
  tocsin alert lint letter.txt --accept 'www.example.net=confirmed by telephone'

Exit codes: 0 nothing refused; 1 refused; 3 could not run.";

const DRAFT_EXAMPLES: &str = "\
Example:
  tocsin alert draft --from letter.txt --authority vn.cert --number '238/CERT' --out draft.json

Exit codes: 0 drafted; 1 refused and nothing was written; 3 could not run.";

const SIGN_EXAMPLES: &str = "\
Examples:
  tocsin alert sign draft.json --key lan.key --out alert.json     the first officer
  tocsin alert sign alert.json --key minh.key                     the second officer, after `alert show`

Exit codes: 0 signed; 1 the draft is refused and nothing was signed; 3 could not run.";

const VERIFY_EXAMPLES: &str = "\
Example:
  tocsin alert verify alert.json --root root.json --catalogue catalogue.json

Exit codes: 0 verified; 1 refused; 3 could not run.";

const SHOW_EXAMPLES: &str = "\
Examples:
  tocsin alert show alert.json
  tocsin alert show draft.json --beside letter.txt

Exit codes: 0 shown; 1 with --beside: a value differs, or is in no source; 3 could not run.";

/// Arguments of `tocsin alert lint`.
#[derive(Args)]
pub struct LintArguments {
    /// Letters (.txt), tables (.csv), drafts (.json), rules (.yar).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t)]
    format: LintFormat,
    #[command(flatten)]
    stated: Stated,
}

/// `--format` of `lint`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum LintFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one object with `problems`.
    Json,
}

/// Arguments of `tocsin alert draft`.
#[derive(Args)]
pub struct DraftArguments {
    /// Letters (.txt), tables (.csv), rules (.yar), another draft (.json).
    #[arg(long = "from", required = true, value_name = "FILE", num_args = 1..)]
    from: Vec<PathBuf>,
    /// The file to write. Without it, standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    stated: Stated,
}

/// What the officer states beside the files. Where it says something, it wins.
#[derive(Args)]
struct Stated {
    /// The organisation that issues the alert.
    #[arg(long, value_name = "ID")]
    authority: Option<OrganisationId>,
    /// The issuer's number.
    #[arg(long)]
    number: Option<String>,
    /// The title.
    #[arg(long)]
    title: Option<String>,
    /// When it is issued, as 2016-08-03T02:00:00Z.
    #[arg(long, value_name = "TIME")]
    issued: Option<Timestamp>,
    /// From when it is refused.
    #[arg(long, value_name = "TIME")]
    expires: Option<Timestamp>,
    /// By when organisations must have answered.
    #[arg(long, value_name = "TIME")]
    deadline: Option<Timestamp>,
    /// How urgent it is.
    #[arg(long, value_parser = parse_severity, value_name = "low|medium|high|critical")]
    severity: Option<Severity>,
    /// Who may read it.
    #[arg(long, value_parser = parse_tlp, value_name = "TLP:…")]
    tlp: Option<Tlp>,
    /// A drill: never counted with the real thing.
    #[arg(long)]
    exercise: bool,
    /// What is asked for: inform, sweep, isolate, block, … May be given several times.
    #[arg(long = "ask", value_parser = parse_verb, value_name = "VERB")]
    verbs: Vec<domain::Verb>,
    /// The role of a value: payload, abused-legitimate or context.
    #[arg(long = "role", value_parser = parse_role, value_name = "VALUE=ROLE")]
    roles: Vec<(String, Role)>,
    /// Answer for a value that is refused, with the reason.
    #[arg(long = "accept", value_parser = parse_accepted, value_name = "VALUE=REASON")]
    accepted: Vec<(String, String)>,
    /// A value of the text that is no indicator.
    #[arg(long = "ignore", value_name = "VALUE")]
    ignored: Vec<String>,
}

/// Arguments of `tocsin alert sign`.
#[derive(Args)]
pub struct SignArguments {
    /// A draft, or an alert that another officer has signed.
    file: PathBuf,
    /// The officer's key.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Take the passphrase from the first line of this file instead of asking.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The file to write. Without it, a signed alert gets its signature in place.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Answer for a value that is refused, with the reason.
    #[arg(long = "accept", value_parser = parse_accepted, value_name = "VALUE=REASON")]
    accepted: Vec<(String, String)>,
}

/// Arguments of `tocsin alert verify`.
#[derive(Args)]
pub struct VerifyArguments {
    /// The signed alert.
    file: PathBuf,
    /// The authority's root document.
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// The authority's catalogue: the alert must be in force in it.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
}

/// Arguments of `tocsin alert show`.
#[derive(Args)]
pub struct ShowArguments {
    /// A draft or a signed alert.
    file: PathBuf,
    /// What it was made from: laid beside it, line by line. May be given several times.
    #[arg(long, value_name = "SOURCE")]
    beside: Vec<PathBuf>,
}

/// Runs `tocsin alert …`.
pub fn run(command: AlertCommand, context: &Context) -> anyhow::Result<Code> {
    match command {
        AlertCommand::Lint(arguments) => drafting::lint(&arguments, context),
        AlertCommand::Draft(arguments) => drafting::draft(&arguments, context),
        AlertCommand::Sign(arguments) => signing::sign(&arguments, context),
        AlertCommand::Verify(arguments) => signing::verify(&arguments, context),
        AlertCommand::Show(arguments) => show::show(&arguments, context),
    }
}

/// An alert as a file holds it.
pub enum AlertFile {
    /// The alert's payload, not signed by anybody.
    Draft(Box<Alert>),
    /// What claims to be signed.
    Signed(Envelope),
}

impl AlertFile {
    /// Reads a draft or a signed alert.
    pub fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        match Envelope::parse(bytes) {
            Ok(envelope) if envelope.kind() == Kind::Alert => Ok(Self::Signed(envelope)),
            Ok(envelope) => bail!("it is a {}, not an alert", envelope.kind()),
            Err(error) if looks_signed(bytes) => Err(error.into()),
            Err(_) => {
                let draft = strict_json::parse(bytes, Kind::Alert.payload_bytes_max());
                draft
                    .map(|alert| Self::Draft(Box::new(alert)))
                    .context("it is neither a signed alert nor a draft")
            }
        }
    }
}

/// Tells which of the two a damaged file was meant to be, so that the error speaks of that.
fn looks_signed(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(bytes)
        .is_ok_and(|value| value.get("payload").is_some() || value.get("signatures").is_some())
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    from_document_word(text)
}

fn parse_tlp(text: &str) -> Result<Tlp, String> {
    from_document_word(text)
}

fn parse_verb(text: &str) -> Result<domain::Verb, String> {
    from_document_word(text)
}

fn parse_role(text: &str) -> Result<(String, Role), String> {
    let (value, role) = text.rsplit_once('=').ok_or("write it as VALUE=ROLE")?;
    Ok((value.to_owned(), from_document_word(role)?))
}

fn parse_accepted(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((value, reason)) if !reason.trim().is_empty() => {
            Ok((value.to_owned(), reason.trim().to_owned()))
        }
        _ => Err("write it as VALUE=REASON".to_owned()),
    }
}
