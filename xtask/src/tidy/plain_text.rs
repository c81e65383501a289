//! Every tracked file: of a bearable size and, where it is text, plain: no tabs, trailing spaces or carriage returns.

use super::tree::{Tree, Violation};

/// Bytes of one file: a repository is cloned by everyone, for ever.
const BYTES_MAX: usize = 1024 * 1024;
/// Marks of work left undone, spelled so that this line is none.
const UNDONE: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
/// Folders and endings of files that are as they are: hostile samples, recorded output, the lock file.
const AS_THEY_ARE: [&str; 7] = [
    "/corpus/",
    "/test-data/",
    "/snapshots/",
    ".snap",
    ".in",
    ".out",
    "Cargo.lock",
];

/// Checks every tracked file.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in &tree.files {
        let path = file.path.as_str();
        if file.bytes.len() > BYTES_MAX {
            violations.push(Violation::new(
                path,
                1,
                format!(
                    "{} bytes; keep files under 1 MiB, or make it at run time",
                    file.bytes.len()
                ),
            ));
        }
        let is_as_it_is = AS_THEY_ARE.iter().any(|part| {
            if part.ends_with('/') {
                path.contains(part)
            } else {
                path.ends_with(part)
            }
        });
        let Some(text) = file
            .text()
            .filter(|text| !is_as_it_is && !text.contains('\0'))
        else {
            continue;
        };
        for (line, text) in (1..).zip(text.split('\n')) {
            for problem in problems_of(text) {
                violations.push(Violation::new(path, line, problem));
            }
        }
        if !text.is_empty() && !text.ends_with('\n') {
            violations.push(Violation::new(
                path,
                text.lines().count(),
                "no line break at the end, add it",
            ));
        }
    }
    violations
}

fn problems_of(line: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if line.contains('\t') {
        problems.push("a tab, use spaces".to_owned());
    }
    if line.ends_with('\r') {
        problems.push("a carriage return, end lines with a line feed alone".to_owned());
    } else if line.ends_with(char::is_whitespace) {
        problems.push("spaces at the end of the line, remove them".to_owned());
    }
    if line.chars().any(|c| ('\u{300}'..='\u{36f}').contains(&c)) {
        problems
            .push("a letter and its mark as two characters, write it composed (NFC)".to_owned());
    }
    for mark in UNDONE {
        if line.contains(mark) {
            problems.push(format!("{mark}: do it, or describe it in an issue"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::tree::testing::{places, tree};
    use super::*;

    #[test]
    fn accepts_plain_text_and_leaves_samples_alone() {
        let violations = check(&tree(&[
            ("a.md", "Công văn số 238\n"),
            ("empty", ""),
            ("drafting/test-data/letter.txt", "a\t\r\n"),
            ("binary.png", "\0\t"),
        ]));
        assert_eq!(places(violations), Vec::<String>::new());
    }

    #[test]
    fn refuses_each_untidy_line() {
        let undone = format!("x // {}: later\n", UNDONE[0]);
        for bad in [
            "a\tb\n",
            "a \n",
            "a\r\n",
            "Co\u{302}ng\n",
            "no end",
            &undone,
        ] {
            assert_eq!(
                places(check(&tree(&[("a.rs", bad)]))),
                ["a.rs:1"],
                "{bad:?}"
            );
        }
    }

    #[test]
    fn refuses_a_file_that_everyone_would_have_to_clone() {
        let big = format!("{}\n", "x".repeat(BYTES_MAX));
        assert_eq!(places(check(&tree(&[("a.txt", &big)]))), ["a.txt:1"]);
    }
}
