//! Lists of pages that somebody hands over: CSV, or one JSON object a line.

use std::path::Path;

use anyhow::{Context as _, bail};
use watch::keeping::Target;

use crate::input;

/// Bytes of a list: 14,000 sites of a country take 3 MiB.
const LIST_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Characters of one field.
const FIELD_CHARS_MAX: usize = 2_000;

/// Reads a list from a file, or from standard input for `-`.
pub fn read_targets(file: &Path) -> anyhow::Result<Vec<Target>> {
    let bytes = if file == Path::new("-") {
        input::read_all(std::io::stdin(), LIST_BYTES_MAX)?
    } else {
        input::read(file, LIST_BYTES_MAX)?
    };
    let text = String::from_utf8(bytes)
        .with_context(|| format!("'{}' is not UTF-8 text", file.display()))?;
    let targets = parse_targets(&text)
        .map_err(|message| anyhow::Error::msg(format!("'{}': {message}", file.display())))?;
    if targets.is_empty() {
        bail!("'{}' lists no page", file.display());
    }
    Ok(targets)
}

fn parse_targets(text: &str) -> Result<Vec<Target>, String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{') {
        return json_lines(text);
    }
    let mut records = csv_records(text)?.into_iter();
    let Some((_, head)) = records.next() else {
        return Ok(Vec::new());
    };
    let columns: Vec<String> = head.iter().map(|name| name.trim().to_lowercase()).collect();
    if !columns.iter().any(|name| name == "url") {
        return Err(format!(
            "line 1 names no column 'url' (it has: {}); the others are organisation, supplier, contact",
            columns.join(", ")
        ));
    }
    let mut targets = Vec::new();
    for (line, record) in records {
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if record.len() > columns.len() {
            return Err(format!("line {line} has more fields than line 1"));
        }
        let field = |name: &str| {
            let at = columns.iter().position(|column| column == name);
            let value = at.and_then(|at| record.get(at));
            value
                .map(|value| value.trim().to_owned())
                .unwrap_or_default()
        };
        targets.push(checked(
            line,
            Target {
                url: field("url"),
                organisation: field("organisation"),
                supplier: field("supplier"),
                contact: field("contact"),
                ..Target::default()
            },
        )?);
    }
    Ok(targets)
}

fn json_lines(text: &str) -> Result<Vec<Target>, String> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let line_number = number + 1;
            let target = serde_json::from_str(line)
                .map_err(|error| format!("line {line_number}: {error}"))?;
            checked(line_number, target)
        })
        .collect()
}

fn checked(line: usize, target: Target) -> Result<Target, String> {
    watch::keeping::page_address(&target.url).map_err(|error| format!("line {line}: {error}"))?;
    let fields = [
        &target.organisation,
        &target.supplier,
        &target.contact,
        &target.url,
    ];
    if fields
        .iter()
        .any(|field| field.chars().count() > FIELD_CHARS_MAX)
    {
        return Err(format!(
            "line {line} has a field of more than {FIELD_CHARS_MAX} characters"
        ));
    }
    Ok(target)
}

/// Splits CSV (RFC 4180) into records, each with the line where it begins. A semicolon separates where the first line has more of
/// those, as spreadsheets write in countries with decimal commas.
fn csv_records(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    let separator = if count(';') > count(',') { ';' } else { ',' };
    let mut records = Vec::new();
    let (mut record, mut field) = (Vec::new(), String::new());
    let (mut line, mut begins, mut is_quoted) = (1, 1, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if is_quoted || field.is_empty() => is_quoted = !is_quoted,
            '\n' if !is_quoted => {
                record.push(std::mem::take(&mut field));
                records.push((begins, std::mem::take(&mut record)));
                begins = line;
            }
            '\r' if !is_quoted => {}
            c if c == separator && !is_quoted => record.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    if is_quoted {
        return Err(format!("line {begins}: a quotation mark is not closed"));
    }
    if !field.is_empty() || !record.is_empty() {
        record.push(field);
        records.push((begins, record));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_spreadsheet_writes() {
        let text = "\u{feff}Organisation;URL;Contact\r\n\"Sở Y tế; tỉnh \"\"A\"\"\";https://syt.example/;0240 1\r\n;;\r\n";
        let targets = parse_targets(text).unwrap();
        assert_eq!(targets.len(), 1);
        assert_eq!(targets[0].organisation, "Sở Y tế; tỉnh \"A\"");
        assert_eq!(targets[0].contact, "0240 1");
    }

    #[test]
    fn reads_one_object_a_line() {
        let text = "{\"url\":\"https://a.example/\"}\n\n{\"url\":\"https://b.example/\",\"supplier\":\"B\"}\n";
        let targets = parse_targets(text).unwrap();
        assert_eq!(targets[1].supplier, "B");
    }

    #[test]
    fn says_in_which_line_something_is_wrong() {
        for (text, expected) in [
            ("name\nhttps://a.example/", "no column 'url'"),
            ("url\nhttps://a.example/\nexample.org", "line 3"),
            ("url\n\"https://a.example/", "line 2: a quotation mark"),
            ("url\nhttps://a.example/,b", "line 2 has more fields"),
            (
                "{\"url\":\"https://a.example/\"}\n{\"uri\":1}",
                "line 2: unknown field",
            ),
        ] {
            let error = parse_targets(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
