//! What is under watch and how it stands; and the proof that the evidence is whole.

use std::collections::BTreeMap;

use domain::is_rest_of_site;
use serde_json::json;
use texts::Texts;
use watch::Verdict;
use watch::keeping::{Archive, Standing, Target, first_pages, rest_address, rest_of};

use super::files_output::print_line;
use super::output::{Paint, paint_of, print_said, say, short_verdict_key};
use crate::commands::{Context, print_json};
use crate::exit_code::{self, Code};
use crate::layout::{columns, pad, printable, terminal_columns};

/// Columns of one field of the list.
const FIELD_COLUMNS: usize = 36;

/// Columns of an instant.
const AT_COLUMNS: usize = 25;

/// Prints every page, those that want a person first.
pub fn list(archive: &Archive, json: bool, context: &Context) -> anyhow::Result<Code> {
    let (mut targets, standings) = (archive.targets()?, archive.standings()?);
    let standing = |target: &Target| standing_of(target, &standings);
    if json {
        let pages: Vec<_> = targets
            .iter()
            .map(|target| {
                json!({
                    "url": target.url,
                    "organisation": target.organisation,
                    "supplier": target.supplier,
                    "contact": target.contact,
                    "verdict": standing(target).map(|one| one.verdict),
                    "checked_at": standing(target).map(|one| one.at),
                })
            })
            .collect();
        let surveys: Vec<_> = surveyed(&targets, &standings)
            .into_iter()
            .map(|site| {
                json!({
                    "url": site.url,
                    "organisation": site.organisation,
                    "supplier": site.supplier,
                    "contact": site.contact,
                    "verdict": standing(&site).map(|one| one.verdict),
                    "checked_at": standing(&site).map(|one| one.at),
                })
            })
            .collect();
        print_json(&json!({ "schema": 1, "pages": pages, "surveys": surveys }))?;
        return Ok(exit_code::DONE);
    }
    let under_watch = targets.len();
    // Of most sites a survey has nothing to say: that would be a line more for each.
    let of_surveys = surveyed(&targets, &standings).into_iter();
    targets.extend(
        of_surveys.filter(|site| standing(site).is_some_and(|one| one.verdict.wants_person())),
    );
    targets.sort_by_key(|target| std::cmp::Reverse(standing(target).map(|one| one.verdict)));
    print_table(&targets, &standings, context);
    print_sum(under_watch, &standings, context);
    Ok(exit_code::DONE)
}

/// Returns the sites that were surveyed, each as if it were a page under watch.
fn surveyed(targets: &[Target], standings: &BTreeMap<String, Standing>) -> Vec<Target> {
    let sites = first_pages(targets).into_iter();
    sites
        .filter(|(rest, _)| standings.contains_key(rest))
        .map(|(_, target)| Target {
            url: rest_address(&target.url),
            ..target.clone()
        })
        .collect()
}

fn standing_of(target: &Target, standings: &BTreeMap<String, Standing>) -> Option<Standing> {
    if is_rest_of_site(&target.url) {
        standings.get(&rest_of(&target.url)).copied()
    } else {
        standings.get(&target.url).copied()
    }
}

fn print_table(targets: &[Target], standings: &BTreeMap<String, Standing>, context: &Context) {
    let texts = Texts::of(context.language);
    let widest =
        |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0).min(FIELD_COLUMNS);
    let name_columns = widest(
        &mut targets
            .iter()
            .map(|one| columns(&printable(&one.organisation))),
    );
    let verdict_of = |target: &Target| {
        let standing = standing_of(target, standings);
        let short = standing.map(|one| short_verdict_key(one.verdict));
        texts.text(short.as_deref().unwrap_or("watch-not-checked"))
    };
    let verdict_columns = targets.iter().map(|one| columns(&verdict_of(one))).max();
    let before = verdict_columns.unwrap_or(0) + AT_COLUMNS + name_columns + 6;
    let url_columns = targets
        .iter()
        .map(|one| columns(&printable(&one.url)))
        .max();
    let is_narrow = terminal_columns(std::io::stdout())
        .is_some_and(|width| before + url_columns.unwrap_or(0) > width);
    let paint = Paint::of_stdout();
    for target in targets {
        let standing = standing_of(target, standings);
        let at = standing.map(|one| texts::when(one.at, context.language));
        let verdict = pad(&verdict_of(target), verdict_columns.unwrap_or(0));
        let verdict = match standing {
            Some(one) => paint.show(paint_of(one.verdict), &verdict),
            None => verdict,
        };
        // An address is never cut, it is copied from here; so it stands last, or below where there is no room.
        let between = if is_narrow { "\n  " } else { "  " };
        print_line(&format!(
            "{verdict}  {}  {}{between}{}",
            pad(&at.unwrap_or_default(), AT_COLUMNS),
            pad(&printable(&target.organisation), name_columns),
            printable(&target.url),
        ));
    }
}

fn print_sum(under_watch: usize, standings: &BTreeMap<String, Standing>, context: &Context) {
    let calling = standings.values().filter(|one| one.verdict.wants_person());
    let unknown = standings
        .values()
        .filter(|one| one.verdict == Verdict::Nothing);
    let values = [
        ("count", under_watch.into()),
        ("calling", calling.count().into()),
        ("unknown", unknown.count().into()),
    ];
    let texts = Texts::of(context.language);
    print_line(&texts.text_with("watch-list-sum", &values));
}

/// Proves the chain from its beginning.
pub fn verify(archive: &Archive, json: bool, context: &Context) -> anyhow::Result<Code> {
    let proof = archive.read(&mut |_| {})?;
    if json {
        print_json(&json!({ "schema": 1, "lines": proof.lines, "last": proof.last }))?;
    } else {
        let lines = texts::count(proof.lines, context.language);
        let values = [("lines", lines.as_str()), ("last", proof.last.as_str())];
        print_said(&say(context, "watch-chain-whole", &values));
    }
    Ok(exit_code::DONE)
}
