//! Rust files: their length, header and names, and the attributes that silence the compiler.

use super::rust_code::without_comments_and_literals;
use super::tree::{Tree, Violation};

/// Lines of a file, its tests not counted: what one can keep in mind at a time.
const LINES_MAX: usize = 600;
/// Lines of the `//!` header.
const HEADER_LINES_MAX: usize = 8;
/// Names that say nothing of their subject.
const EMPTY_NAMES: [&str; 5] = ["common", "helpers", "misc", "types", "utils"];

/// Checks every Rust file.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.texts_ending(".rs") {
        let mut report = |line, what: String| violations.push(Violation::new(path, line, what));
        check_names(path, &mut report);
        check_header(text, &mut report);
        check_length(path, text, &mut report);
        check_attributes(path, &without_comments_and_literals(text), &mut report);
    }
    violations
}

fn check_names(path: &str, report: &mut impl FnMut(usize, String)) {
    let parts = path.trim_end_matches(".rs").split('/');
    for name in parts.filter(|part| EMPTY_NAMES.contains(part)) {
        report(
            1,
            format!("'{name}' does not say what it holds, name it after its subject"),
        );
    }
}

fn check_header(text: &str, report: &mut impl FnMut(usize, String)) {
    let header_lines = text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .count();
    if header_lines == 0 {
        report(
            1,
            "does not open with `//!`, say what the file is for and what it never does".to_owned(),
        );
    }
    if header_lines > HEADER_LINES_MAX {
        report(
            HEADER_LINES_MAX + 1,
            format!(
                "its header has {header_lines} lines, {HEADER_LINES_MAX} are enough: move the rest to docs/"
            ),
        );
    }
}

fn check_length(path: &str, text: &str, report: &mut impl FnMut(usize, String)) {
    if path.ends_with("/tests.rs") || path.split('/').any(|part| part == "tests") {
        return;
    }
    let lines = lines_before_tests(text);
    if lines > LINES_MAX {
        report(
            LINES_MAX + 1,
            format!(
                "{lines} lines without its tests, {LINES_MAX} are allowed: it has several subjects, give each a file"
            ),
        );
    }
}

/// Counts the lines before the `mod tests { … }` at the end.
fn lines_before_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .windows(2)
        .rposition(|pair| pair[0] == "#[cfg(test)]" && pair[1] == "mod tests {")
        .unwrap_or(lines.len())
}

fn check_attributes(path: &str, code: &str, report: &mut impl FnMut(usize, String)) {
    let in_platform = path.split('/').any(|part| part == "platform");
    for (line, text) in (1..).zip(code.lines()) {
        let has_unsafe = [
            "unsafe {",
            "unsafe fn",
            "unsafe impl",
            "unsafe extern",
            "[unsafe(",
        ]
        .iter()
        .any(|form| text.contains(form));
        if has_unsafe && !in_platform {
            report(
                line,
                "unsafe code outside a `platform/` folder, move it there or do without".to_owned(),
            );
        }
        if text.contains("#[allow(") || text.contains("#![allow(") {
            report(
                line,
                "write `#[expect(…, reason = \"…\")]`, it tells when it is no longer needed"
                    .to_owned(),
            );
        }
        if text.trim_start().starts_with("#[ignore]") {
            report(
                line,
                "write `#[ignore = \"why\"]`, the reason is printed with the list of skipped tests"
                    .to_owned(),
            );
        }
    }
    for (at, _) in code.match_indices("[expect(") {
        let attribute = code[at..].split(']').next().unwrap_or_default();
        if !attribute.contains("reason") {
            report(
                code[..at].lines().count(),
                "an expected lint without `reason = \"…\"`, state it".to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::testing::{places, tree};
    use super::*;

    fn places_in(path: &str, text: &str) -> Vec<String> {
        places(check(&tree(&[(path, text)])))
    }

    #[test]
    fn accepts_a_file_with_a_header_and_a_reason() {
        let good = "//! What.\n\n#[expect(\n    dead_code,\n    reason = \"soon\"\n)]\nfn f() {}\n// unsafe { }\nconst A: &str = \"#[allow(\";\n#[ignore = \"slow\"]\nfn g() {}\n";
        assert_eq!(places_in("a/src/lib.rs", good), Vec::<String>::new());
    }

    #[test]
    fn refuses_a_file_without_header_or_with_a_whole_manual() {
        assert_eq!(places_in("a/src/lib.rs", "fn f() {}\n"), ["a/src/lib.rs:1"]);
        assert_eq!(places_in("a/src/lib.rs", ""), ["a/src/lib.rs:1"]);
        assert_eq!(
            places_in("a/src/lib.rs", &"//! x\n".repeat(9)),
            ["a/src/lib.rs:9"]
        );
    }

    #[test]
    fn refuses_names_that_say_nothing() {
        assert_eq!(places_in("a/src/utils.rs", "//! x\n"), ["a/src/utils.rs:1"]);
        assert_eq!(
            places_in("a/src/common/dates.rs", "//! x\n"),
            ["a/src/common/dates.rs:1"]
        );
    }

    #[test]
    fn counts_the_length_without_the_tests_at_the_end() {
        let code = format!("//! x\n{}", "fn f() {}\n".repeat(599));
        let tests = format!(
            "#[cfg(test)]\nmod tests {{\n{}}}\n",
            "    // x\n".repeat(300)
        );
        assert_eq!(
            places_in("a/src/lib.rs", &format!("{code}{tests}")),
            Vec::<String>::new()
        );
        assert_eq!(
            places_in("a/src/lib.rs", &format!("{code}fn g() {{}}\n{tests}")),
            ["a/src/lib.rs:601"]
        );
        let long = format!("{code}{code}");
        assert_eq!(places_in("a/tests/it/x.rs", &long), Vec::<String>::new());
        assert_eq!(places_in("a/src/tests.rs", &long), Vec::<String>::new());
    }

    #[test]
    fn refuses_unsafe_code_allowed_lints_and_reasons_left_out() {
        let bad = "//! x\nfn f() { unsafe { g() } }\n#[allow(dead_code)]\nfn g() {}\n#[expect(\n    dead_code\n)]\nfn h() {}\n    #[ignore]\nfn i() {}\n";
        assert_eq!(
            places_in("a/src/lib.rs", bad),
            [
                "a/src/lib.rs:2",
                "a/src/lib.rs:3",
                "a/src/lib.rs:5",
                "a/src/lib.rs:9"
            ]
        );
        assert_eq!(
            places_in("a/src/platform/linux.rs", "//! x\nunsafe fn f() {}\n"),
            Vec::<String>::new()
        );
    }
}
