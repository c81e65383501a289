//! Reads what `tocsin sweep --format json`, `yr`, `yara` and `clamscan` found, as sets that can be compared.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::board::Looked;

/// Rule and path.
pub type Findings = BTreeSet<(String, String)>;

/// A report keeps this many hits for one file: docs/formats/report.md.
const HITS_MAX: usize = 1_000;

/// What is needed of a sweep's report.
pub struct Report {
    /// Regular files seen.
    pub item_count: u64,
    /// Files of which content was read.
    pub read_count: u64,
    /// Bytes of content read.
    pub read_bytes: u64,
    document: Value,
}

impl Report {
    /// Reads the first report of the document.
    pub fn parse(document: &[u8]) -> Result<Self> {
        let document: Value =
            serde_json::from_slice(document).context("read the sweep's report")?;
        let document = document["reports"][0].clone();
        let count = |name: &str| {
            document["coverage"][name]
                .as_u64()
                .with_context(|| format!("find '{name}' in the sweep's report"))
        };
        Ok(Self {
            item_count: count("item_count")?,
            read_count: count("read_count")?,
            read_bytes: count("read_bytes")?,
            document,
        })
    }

    /// Returns what it says for a line of the measurement.
    pub fn looked(&self) -> Looked {
        Looked {
            files: Some(self.item_count),
            bytes: Some(self.read_bytes),
            findings: self.findings().ok().map(|found| found.len()),
        }
    }

    /// Returns whether the sweep was complete, and the reasons where not.
    pub fn completeness(&self) -> String {
        let coverage = &self.document["coverage"];
        if coverage["complete"] == true {
            return "complete".to_owned();
        }
        let reasons: Vec<String> = entries(&coverage["not_examined"])
            .map(|line| {
                format!(
                    "{} {}",
                    line["count"],
                    line["reason"].as_str().unwrap_or("?")
                )
            })
            .collect();
        format!("INCOMPLETE ({})", reasons.join(", "))
    }

    /// Returns all findings; fails where the report had to leave files out.
    pub fn findings(&self) -> Result<Findings> {
        if self.document["findings_left_out"] != 0 {
            bail!("too many findings for one report: compare on a smaller folder");
        }
        let mut found = Findings::new();
        for finding in entries(&self.document["findings"]) {
            let path = text(&finding["item"]["text"])?;
            for hit in entries(&finding["hits"]) {
                found.insert((text(&hit["value"])?, path.clone()));
            }
        }
        Ok(found)
    }

    /// Returns the paths with as many hits as a report keeps: there may have been more.
    pub fn full_paths(&self) -> BTreeSet<&str> {
        entries(&self.document["findings"])
            .filter(|finding| entries(&finding["hits"]).count() >= HITS_MAX)
            .filter_map(|finding| finding["item"]["text"].as_str())
            .collect()
    }
}

/// Returns the findings in `yr`'s output, one JSON object a line, on files that are reached without following a link:
/// a sweep follows none.
pub fn of_yr(output: &[u8]) -> Result<Findings> {
    let mut found = Findings::new();
    for line in output.split(|byte| *byte == b'\n') {
        if line.is_empty() {
            continue;
        }
        let line: Value = serde_json::from_slice(line).context("read a line of yr's output")?;
        let path = text(&line["path"])?;
        if !is_reached_without_links(Path::new(&path)) {
            continue;
        }
        for rule in entries(&line["rules"]) {
            found.insert((text(&rule["identifier"])?, path.clone()));
        }
    }
    Ok(found)
}

/// Returns the findings in `yara`'s output, `rule path` a line.
pub fn of_yara(output: &[u8]) -> Findings {
    let output = String::from_utf8_lossy(output);
    let pairs = output.lines().filter_map(|line| line.split_once(' '));
    pairs
        .filter(|(_, path)| is_reached_without_links(Path::new(path)))
        .map(|(rule, path)| (rule.to_owned(), path.to_owned()))
        .collect()
}

/// Returns the findings in `clamscan`'s output, `path: YARA.rule.UNOFFICIAL FOUND` a line.
pub fn of_clamscan(output: &[u8]) -> Findings {
    let output = String::from_utf8_lossy(output);
    let pairs = output.lines().filter_map(|line| {
        let (path, name) = line.strip_suffix(" FOUND")?.rsplit_once(": ")?;
        let rule = name.strip_prefix("YARA.")?;
        let rule = rule.strip_suffix(".UNOFFICIAL").unwrap_or(rule);
        Some((rule.to_owned(), path.to_owned()))
    });
    pairs.collect()
}

/// Says whether no part of the path is a link; for what has gone meanwhile, that none is.
fn is_reached_without_links(path: &Path) -> bool {
    fs_err::canonicalize(path).map_or(true, |real| real == path)
}

fn entries(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Result<String> {
    let text = value.as_str().context("find a text in the findings")?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(complete: bool, left_out: u32) -> Vec<u8> {
        format!(
            r#"{{"schema": 1, "reports": [{{
                "coverage": {{"complete": {complete}, "item_count": 3, "read_count": 2, "read_bytes": 7,
                    "not_examined": [{{"reason": "permission", "count": 4}}]}},
                "findings": [{{"item": {{"text": "/no/a"}}, "hits": [{{"value": "r"}}, {{"value": "s"}}]}}],
                "findings_left_out": {left_out}}}]}}"#
        )
        .into_bytes()
    }

    #[test]
    fn both_outputs_become_the_same_set() {
        let ours = Report::parse(&report(true, 0)).expect("a report");
        assert_eq!((ours.item_count, ours.read_count), (3, 2));
        assert_eq!(ours.completeness(), "complete");
        let theirs = br#"{"path":"/no/a","rules":[{"identifier":"s"},{"identifier":"r"}]}
"#;
        assert_eq!(
            ours.findings().expect("all are there"),
            of_yr(theirs).expect("one line")
        );
    }

    #[test]
    fn a_report_that_left_findings_out_is_not_compared() {
        let report = Report::parse(&report(false, 1)).expect("a report");
        assert_eq!(report.completeness(), "INCOMPLETE (4 permission)");
        assert!(report.findings().is_err());
        assert!(Report::parse(b"{}").is_err());
    }

    #[test]
    fn names_the_files_with_as_many_hits_as_are_kept() {
        let hits = |count: usize| vec![r#"{"value": "r"}"#; count].join(",");
        let document = format!(
            r#"{{"reports": [{{"coverage": {{"item_count": 2, "read_count": 2, "read_bytes": 7}}, "findings": [
                {{"item": {{"text": "/most"}}, "hits": [{}]}},
                {{"item": {{"text": "/full"}}, "hits": [{}]}}]}}]}}"#,
            hits(HITS_MAX - 1),
            hits(HITS_MAX)
        );
        let report = Report::parse(document.as_bytes()).expect("a report");
        assert_eq!(report.full_paths(), BTreeSet::from(["/full"]));
    }

    #[test]
    fn reads_the_lines_of_yara_and_clamscan() {
        let one = Findings::from([("r".to_owned(), "/no/a b: c".to_owned())]);
        assert_eq!(of_yara(b"r /no/a b: c\n\n"), one);
        let lines = b"/no/x: OK\n/no/a b: c: YARA.r.UNOFFICIAL FOUND\nLibClamAV Error: x\n";
        assert_eq!(of_clamscan(lines), one);
    }

    #[cfg(unix)]
    #[test]
    fn what_yr_found_through_a_link_does_not_count() {
        let folder = std::env::temp_dir().join(format!("tocsin-links-{}", std::process::id()));
        fs_err::create_dir_all(&folder).expect("made");
        let folder = fs_err::canonicalize(&folder).expect("it is there");
        fs_err::write(folder.join("file"), "x").expect("written");
        fs_err::os::unix::fs::symlink("file", folder.join("link")).expect("linked");
        let lines: String = ["file", "link"]
            .map(|name| {
                let path = folder.join(name);
                format!("{{\"path\":{path:?},\"rules\":[{{\"identifier\":\"r\"}}]}}\n")
            })
            .concat();
        let found = of_yr(lines.as_bytes()).expect("two lines");
        fs_err::remove_dir_all(&folder).expect("removed");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
