//! The arrows between crates are those of the table in docs/ARCHITECTURE.md; every crate has a row, every row a crate.

use std::collections::BTreeMap;

use super::manifest::Manifest;
use super::tree::{Tree, Violation};

const TABLE: &str = "docs/ARCHITECTURE.md";
const TESTS_ONLY: &str = "testkit";

/// What a row of the table permits.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    line: usize,
    may_use: MayUse,
}

#[derive(Debug, PartialEq, Eq)]
enum MayUse {
    Everything,
    These(Vec<String>),
}

/// Checks every member of the workspace against the table.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let Some(document) = tree.text(TABLE) else {
        return vec![Violation::new(
            TABLE,
            1,
            "is missing; it holds the table of crates",
        )];
    };
    let rows = parse_table(document);
    let members: BTreeMap<&str, Manifest> = tree
        .texts_ending("/Cargo.toml")
        .filter_map(|(path, text)| {
            let (folder, _) = path.rsplit_once('/')?;
            Some((folder, Manifest::parse(text)))
        })
        .collect();

    let mut violations = Vec::new();
    for (name, row) in &rows {
        if !members.contains_key(name.as_str()) {
            violations.push(Violation::new(
                TABLE,
                row.line,
                format!("there is no crate '{name}', take its row out"),
            ));
        }
    }
    for (name, manifest) in &members {
        let path = format!("{name}/Cargo.toml");
        let Some(row) = rows.get(*name) else {
            violations.push(Violation::new(
                &path,
                1,
                format!("'{name}' has no row in the table of {TABLE}, add it"),
            ));
            continue;
        };
        for entry in manifest.dependencies() {
            let package = entry.package();
            if members.contains_key(package) && !row.permits(package, entry.is_for_tests()) {
                violations.push(Violation::new(
                    &path,
                    entry.line,
                    format!("'{name}' may not use '{package}'; remove it, or change the table of {TABLE}"),
                ));
            }
        }
    }
    violations
}

impl Row {
    fn permits(&self, package: &str, for_tests: bool) -> bool {
        if package == TESTS_ONLY {
            return for_tests;
        }
        match &self.may_use {
            MayUse::Everything => true,
            MayUse::These(names) => names.iter().any(|name| name == package),
        }
    }
}

/// Reads the rows "| `name` | job | names |" of the table whose header begins with "Crate".
fn parse_table(document: &str) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    let mut inside = false;
    for (line, text) in (1..).zip(document.lines()) {
        let cells: Vec<&str> = text
            .trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        if !text.starts_with('|') {
            inside = false;
        } else if cells.first() == Some(&"Crate") {
            inside = true;
        } else if let ([name, .., may_use], true) = (cells.as_slice(), inside)
            && name.starts_with('`')
        {
            let may_use = match *may_use {
                "everything" => MayUse::Everything,
                "-" => MayUse::These(Vec::new()),
                names => MayUse::These(names.split(',').map(bare).collect()),
            };
            rows.insert(bare(name), Row { line, may_use });
        }
    }
    rows
}

fn bare(name: &str) -> String {
    name.trim().trim_matches('`').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tree::testing::{places, tree};
    use super::*;

    const DOCUMENT: &str = "# A\n\n| Crate | Job | May use |\n|---|---|---|\n| `low` | x | - |\n| `mid` | x | low |\n| `top` | x | everything |\n| `testkit` | x | low |\n\n| Kind | x |\n| `other` | x |\n";

    #[test]
    fn reads_only_the_table_of_crates() {
        let rows = parse_table(DOCUMENT);
        assert_eq!(
            rows.keys().collect::<Vec<_>>(),
            ["low", "mid", "testkit", "top"]
        );
        assert_eq!(rows["low"].may_use, MayUse::These(Vec::new()));
        assert_eq!(rows["mid"].may_use, MayUse::These(vec!["low".to_owned()]));
        assert_eq!(rows["top"].may_use, MayUse::Everything);
    }

    #[test]
    fn accepts_the_arrows_of_the_table_and_testkit_in_tests() {
        let violations = check(&tree(&[
            (TABLE, DOCUMENT),
            ("low/Cargo.toml", "[dependencies]\nserde.workspace = true\n"),
            (
                "mid/Cargo.toml",
                "[dependencies]\nlow.workspace = true\n[dev-dependencies]\ntestkit.workspace = true\n",
            ),
            ("top/Cargo.toml", "[dependencies]\nmid.workspace = true\n"),
            (
                "testkit/Cargo.toml",
                "[dependencies]\nlow.workspace = true\n",
            ),
        ]));
        assert_eq!(places(violations), Vec::<String>::new());
    }

    #[test]
    fn refuses_an_arrow_upwards_a_crate_without_a_row_and_a_row_without_a_crate() {
        let violations = check(&tree(&[
            (TABLE, DOCUMENT),
            ("low/Cargo.toml", "[dependencies]\nmid.workspace = true\n"),
            (
                "mid/Cargo.toml",
                "[dependencies]\ntestkit.workspace = true\n",
            ),
            ("new/Cargo.toml", ""),
            ("testkit/Cargo.toml", ""),
        ]));
        assert_eq!(
            places(violations),
            [
                "docs/ARCHITECTURE.md:7",
                "low/Cargo.toml:2",
                "mid/Cargo.toml:2",
                "new/Cargo.toml:1"
            ]
        );
    }
}
