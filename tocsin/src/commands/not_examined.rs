//! `tocsin not-examined`: the full list of what a sweep did not examine, page by page.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use domain::Reason;
use serde::Serialize;
use sweep::not_examined::{Page, read_page};
use texts::Texts;

use super::{Context, from_document_word, write_output};
use crate::exit_code::{self, Code};
use crate::layout::printable;

/// `tocsin not-examined …`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct NotExaminedArguments {
    /// The list: what `tocsin sweep --not-examined` wrote, or a file of the agent's folder `not-examined`.
    file: PathBuf,
    /// Only what was not examined for this reason, as reports write it: `permission`, `encrypted`, `too-large` …
    #[arg(long, value_parser = from_document_word::<Reason>)]
    reason: Option<Reason>,
    /// Which page, from 1.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    page: u64,
    /// How many items a page has.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    page_size: u32,
    /// For programs: one object with `items` and `total`.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  tocsin sweep / --alert alert.json --not-examined gaps.jsonl
  tocsin not-examined gaps.jsonl --reason permission --page 2
  tocsin not-examined gaps.jsonl --json --page-size 100000 | jq -r '.items[].item.text'";

#[derive(Serialize)]
struct Listing {
    schema: u32,
    #[serde(flatten)]
    page: Page,
}

/// Runs `tocsin not-examined …`.
pub fn run(arguments: &NotExaminedArguments, context: &Context) -> anyhow::Result<Code> {
    let size = arguments.page_size;
    let from = (arguments.page - 1).saturating_mul(size.into());
    let page = read_page(&arguments.file, arguments.reason, from, size as usize)
        .with_context(|| format!("could not read the list '{}'", arguments.file.display()))?;
    let bytes = if arguments.json {
        let mut bytes = serde_json::to_vec_pretty(&Listing { schema: 1, page })?;
        bytes.push(b'\n');
        bytes
    } else {
        render(&page, arguments, Texts::of(context.language)).into_bytes()
    };
    write_output(None, &bytes)?;
    Ok(exit_code::DONE)
}

fn render(page: &Page, arguments: &NotExaminedArguments, texts: &Texts) -> String {
    let mut out = String::new();
    let size = u64::from(arguments.page_size);
    let values = [
        ("page", arguments.page.into()),
        ("pages", page.total.div_ceil(size).max(1).into()),
        ("total", page.total.into()),
    ];
    for one in &page.items {
        let detail = match one.detail.as_str() {
            "" => String::new(),
            detail => format!(" ({})", printable(detail)),
        };
        let reason = texts.reason(one.reason);
        let _ = writeln!(out, "{reason}{detail}: {}", one.item);
    }
    out + &texts.text_with("not-examined-page", &values) + "\n"
}
