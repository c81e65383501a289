//! Damaged copies of the dispatch: each is refused at the damaged value, and at nothing else.

use crate::case::{read_as, refusals};

#[test]
fn each_damaged_copy_is_refused_at_its_damage_and_at_nothing_else() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test-data/damaged");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs_err::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "txt") {
            continue;
        }
        let text = fs_err::read_to_string(&path).expect("a damaged copy");
        let expected =
            fs_err::read_to_string(path.with_extension("out")).expect("what is expected");
        let found = refusals(&read_as("letter.txt", &text)).join("\n");
        if found != expected.trim_end() {
            wrong.push(format!(
                "{}\n  expected {}\n  found    {found}",
                path.display(),
                expected.trim_end()
            ));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 36, "only {count} damaged copies");
}
