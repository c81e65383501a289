//! SQL migrations are numbered 0001, 0002, … in each folder, without a gap: their order is their number.

use std::collections::BTreeMap;

use super::tree::{Tree, Violation};

const FOLDER: &str = "store/migrations/";

/// Checks the names of the migrations.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    let mut violations = Vec::new();
    for (path, _) in tree.texts_ending(".sql") {
        let Some((folder, name)) = path.rsplit_once('/').filter(|_| path.starts_with(FOLDER))
        else {
            continue;
        };
        let number = expected.entry(folder).or_insert(0);
        *number += 1;
        if !name.starts_with(&format!("{number:04}_")) {
            violations.push(Violation::new(
                path,
                1,
                format!("migrations have no gap and no repeat, call it '{number:04}_what.sql'"),
            ));
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::super::tree::testing::{places, tree};
    use super::*;

    #[test]
    fn accepts_each_folder_numbered_by_itself() {
        let violations = check(&tree(&[
            ("store/migrations/sqlite/0001_begin.sql", ""),
            ("store/migrations/sqlite/0002_more.sql", ""),
            ("store/migrations/other/0001_begin.sql", ""),
            ("store/queries/all.sql", ""),
        ]));
        assert_eq!(places(violations), Vec::<String>::new());
    }

    #[test]
    fn refuses_gaps_repeats_and_names_without_number() {
        for bad in ["0003_gap.sql", "0001_twice.sql", "more.sql", "02_short.sql"] {
            let path = format!("store/migrations/sqlite/{bad}");
            let violations = check(&tree(&[
                ("store/migrations/sqlite/0001_begin.sql", ""),
                (&path, ""),
            ]));
            assert_eq!(violations.len(), 1, "{bad}");
        }
    }
}
