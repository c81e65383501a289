//! `tocsin watch announce`: a publisher says beforehand, signed, that pages will change. Made to be called by a content management
//! system: the key from a file, the answer as an exit code or one object.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args};
use documents::{ChangeNotice, Envelope, NoticePage, SCHEMA};
use fs_err as fs;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use watch::keeping::{host_of, page_address};
use watch::notice_file_name;

use super::files_output::{plain_line, print_line};
use super::output::say;
use crate::commands::{Context, key, write_output};
use crate::exit_code::{self, Code};
use crate::input;

/// Bytes of a page that is announced with its content.
const CONTENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Examples of `tocsin watch announce`.
pub const EXAMPLES: &str = "\
Examples:
  tocsin watch announce --page https://syt.example.gov.vn/ --minutes 30 --key publisher.key --passphrase-file pass --to /srv/notices
  tocsin watch announce --below https://syt.example.gov.vn/tin/ --from 2026-12-01T02:00:00Z --until 2026-12-01T04:00:00Z \\
    --origin https://cdn.example --may-be-down --note 'new design' --key publisher.key --out notice.json

Whoever watches puts the notice into the folder 'notices' of the watch. It is believed where the key was given with
'tocsin watch web add --publisher'. It never covers other addresses, certificates or redirects, hidden betting links, or origins
that it does not name.

Exit codes: 0 written; 3 could not be made.";

/// `tocsin watch announce`
#[derive(Args)]
#[command(group = ArgGroup::new("pages").required(true).multiple(true).args(["page", "below"]))]
#[command(group = ArgGroup::new("end").required(true).args(["until", "minutes"]))]
pub struct AnnounceArguments {
    /// A page that will change. May be given several times.
    #[arg(long, value_name = "URL")]
    page: Vec<String>,
    /// The beginning of the addresses of pages that will change. May be given several times.
    #[arg(long, value_name = "URL")]
    below: Vec<String>,
    /// From when on; from now on by default.
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Until when it will be done.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// How long it takes.
    #[arg(long, value_name = "NUMBER")]
    minutes: Option<u32>,
    /// The page as it will be, in a file; of one page only.
    #[arg(long, value_name = "FILE")]
    content: Option<PathBuf>,
    /// A text that will stand there; no other new text may then. May be given several times.
    #[arg(long, value_name = "TEXT")]
    text: Vec<String>,
    /// An origin that the pages may use from then on, as in `https://cdn.example`. May be given several times.
    #[arg(long, value_name = "ORIGIN")]
    origin: Vec<String>,
    /// The site may be out of order in that time.
    #[arg(long)]
    may_be_down: bool,
    /// Why, for people.
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// The publisher's key, of `tocsin key new`.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Take the passphrase from the first line of this file instead of asking.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Put it into this folder, under a name of its own.
    #[arg(long, value_name = "FOLDER", conflicts_with = "out")]
    to: Option<PathBuf>,
    /// Write it to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// For programs: say what was written as one object, on standard error where the notice itself goes to standard output.
    #[arg(long)]
    json: bool,
}

/// Runs `tocsin watch announce`.
pub fn run(arguments: &AnnounceArguments, context: &Context) -> anyhow::Result<Code> {
    let notice = arguments.notice(context.clock.now())?;
    let key = key::open(&arguments.key, arguments.passphrase_file.as_deref())?;
    let envelope = Envelope::sign(&notice, &[&key])?;
    let bytes = envelope.to_bytes();
    let written = if let Some(folder) = &arguments.to {
        Some(put_into(folder, &bytes)?)
    } else {
        write_output(arguments.out.as_deref(), &bytes)?;
        arguments.out.clone()
    };
    let file = written.as_ref().map(|path| path.display().to_string());
    let (from, until) = (notice.from.to_string(), notice.until.to_string());
    let line = if arguments.json {
        plain_line(&json!({
            "schema": 1,
            "id": envelope.id().to_string(),
            "host": notice.host,
            "number": notice.number,
            "from": from,
            "until": until,
            "publisher": key.public_key(),
            "file": file,
        }))
    } else {
        let when = |at| texts::when(at, context.language);
        let (from, until) = (when(notice.from), when(notice.until));
        let values = [
            ("host", notice.host.as_str()),
            ("from", &from),
            ("until", &until),
        ];
        say(context, "watch-announced", &values)
    };
    if written.is_some() {
        print_line(&line);
    } else {
        eprintln!("{line}");
    }
    Ok(exit_code::DONE)
}

impl AnnounceArguments {
    fn notice(&self, now: Timestamp) -> anyhow::Result<ChangeNotice> {
        // Written as the watch writes addresses.
        let written = |text: &String| -> anyhow::Result<String> {
            let url = page_address(text);
            url.map_err(anyhow::Error::msg)
        };
        let mut pages = Vec::new();
        for url in &self.page {
            pages.push(NoticePage::Page { url: written(url)? });
        }
        for url in &self.below {
            pages.push(NoticePage::Below { url: written(url)? });
        }
        let host = pages
            .first()
            .map(|page| host_of(page.url()))
            .unwrap_or_default();
        if let Some(other) = pages.iter().find(|page| host_of(page.url()) != host) {
            bail!(
                "'{}' is not a page of '{host}': a notice is about one host",
                other.url()
            );
        }
        let from = self.from.unwrap_or(now);
        let until = match (self.until, self.minutes) {
            (Some(until), _) => until,
            (None, minutes) => {
                from.checked_add(SignedDuration::from_mins(i64::from(minutes.unwrap_or(60))))?
            }
        };
        if until <= now {
            bail!("the time is over already: {until}");
        }
        let digest = |file: &PathBuf| -> anyhow::Result<String> {
            let content = input::read(file, CONTENT_BYTES_MAX)?;
            Ok(domain::digest::to_hex(&Sha256::digest(content)))
        };
        Ok(ChangeNotice {
            schema: SCHEMA,
            host,
            number: number()?,
            from,
            until,
            pages,
            sha256: self.content.as_ref().map(digest).transpose()?,
            texts: self.text.clone(),
            origins: self.origin.clone(),
            may_be_down: self.may_be_down,
            note: self.note.clone(),
        })
    }
}

/// Draws a number that no other notice has.
fn number() -> anyhow::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).context("could not draw random bytes")?;
    // Fifty bits: every program that reads JSON can count so far.
    Ok((u64::from_le_bytes(bytes) >> 14) + 1)
}

/// Puts a notice into a folder, whole or not at all.
fn put_into(folder: &Path, bytes: &[u8]) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(notice_file_name(bytes));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.as_file().sync_data()?;
    file.persist(&path)?;
    Ok(path)
}
