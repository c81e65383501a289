//! What is under watch and how it stands; and the proof that the evidence is whole.

use std::collections::BTreeMap;

use serde_json::json;
use texts::Texts;
use watch::Verdict;
use watch::keeping::{Archive, Standing, Target};

use super::files_output::print_line;
use super::output::{Paint, paint_of, say, verdict_key};
use crate::commands::{Context, print_json};
use crate::exit_code::{self, Code};
use crate::layout::{columns, pad, printable};

/// Columns of one field of the list.
const FIELD_COLUMNS: usize = 44;

/// Columns of an instant.
const AT_COLUMNS: usize = 25;

/// Prints every page, those that want a person first.
pub fn list(archive: &Archive, json: bool, context: &Context) -> anyhow::Result<Code> {
    let (mut targets, standings) = (archive.targets()?, archive.standings()?);
    let standing = |target: &Target| standings.get(&target.url).copied();
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
        print_json(&json!({ "schema": 1, "pages": pages }))?;
        return Ok(exit_code::DONE);
    }
    targets.sort_by_key(|target| std::cmp::Reverse(standing(target).map(|one| one.verdict)));
    print_table(&targets, &standings, context);
    Ok(exit_code::DONE)
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
        let standing = standings.get(&target.url);
        let key = standing.map_or("watch-not-checked", |one| verdict_key(one.verdict));
        texts.text(key)
    };
    let verdict_columns = targets.iter().map(|one| columns(&verdict_of(one))).max();
    let paint = Paint::of_stdout();
    for target in targets {
        let standing = standings.get(&target.url);
        let at = standing.map(|one| texts::when(one.at, context.language));
        let verdict = pad(&verdict_of(target), verdict_columns.unwrap_or(0));
        let verdict = match standing {
            Some(one) => paint.show(paint_of(one.verdict), &verdict),
            None => verdict,
        };
        // An address is never cut, it is copied from here; so it stands last.
        print_line(&format!(
            "{verdict}  {}  {}  {}",
            pad(&at.unwrap_or_default(), AT_COLUMNS),
            pad(&printable(&target.organisation), name_columns),
            printable(&target.url),
        ));
    }
    let calling = standings.values().filter(|one| one.verdict.wants_person());
    let unknown = standings
        .values()
        .filter(|one| one.verdict == Verdict::Nothing);
    let values = [
        ("count", targets.len().into()),
        ("calling", calling.count().into()),
        ("unknown", unknown.count().into()),
    ];
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
        print_line(&say(context, "watch-chain-whole", &values));
    }
    Ok(exit_code::DONE)
}
