//! Documents: links lead somewhere, the files they name exist, sources name documents that exist, and a checklist stays a
//! checklist.

use std::path::Path;

use super::tree::{Tree, Violation};

/// Lines of a file in docs/how-to: what one follows while doing it.
const HOW_TO_LINES_MAX: usize = 70;
/// Ends of names by which a path in back-ticks is known to be a file.
const FILE_ENDINGS: [&str; 10] = [
    ".css", ".ftl", ".html", ".js", ".json", ".md", ".rs", ".sh", ".sql", ".toml",
];

/// Endings of files whose comments send the reader to a document.
const SOURCE_ENDINGS: [&str; 4] = [".html", ".rs", ".sql", ".toml"];

/// Checks every Markdown file, and every mention of one in the sources.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = check_documents(tree);
    for ending in SOURCE_ENDINGS {
        for (path, text) in tree.texts_ending(ending) {
            // The examples of this very check.
            if path.starts_with("xtask/src/tidy/") {
                continue;
            }
            for (line, text) in (1..).zip(text.lines()) {
                for named in mentioned_documents(text).filter(|named| !tree.has(named)) {
                    violations.push(Violation::new(
                        path,
                        line,
                        format!(
                            "names '{named}', which does not exist; write it or remove the mention"
                        ),
                    ));
                }
            }
        }
    }
    violations
}

/// Returns each `docs/….md` in the line.
fn mentioned_documents(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("docs/").filter_map(|(at, _)| {
        let rest = &line[at..];
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "/._-".contains(c)))
            .unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('.');
        Path::new(name)
            .extension()
            .is_some_and(|ending| ending == "md")
            .then_some(name)
    })
}

fn check_documents(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, text) in tree.texts_ending(".md") {
        if path.starts_with("docs/how-to/") && text.lines().count() > HOW_TO_LINES_MAX {
            violations.push(Violation::new(
                path,
                HOW_TO_LINES_MAX + 1,
                format!("a checklist has at most {HOW_TO_LINES_MAX} lines, move the explanations elsewhere"),
            ));
        }
        // What was decided or released in the past may name files that have gone since.
        let is_history = path.starts_with("docs/decisions/") || path == "CHANGELOG.md";
        let mut in_fence = false;
        for (line, text) in (1..).zip(text.lines()) {
            if text.trim_start().starts_with("```") {
                in_fence = !in_fence;
            } else if !in_fence {
                let (prose, code_spans) = split_code_spans(text);
                for target in
                    link_targets(&prose).filter(|target| !leads_somewhere(tree, path, target))
                {
                    violations.push(Violation::new(
                        path,
                        line,
                        format!("the link to '{target}' leads nowhere, mend it"),
                    ));
                }
                for named in code_spans.iter().flat_map(|span| expand_braces(span)) {
                    if !is_history
                        && is_path_of_ours(tree, &named)
                        && !tree.has(named.trim_end_matches('/'))
                    {
                        violations.push(Violation::new(
                            path,
                            line,
                            format!("names '{named}', which does not exist; mend or remove it"),
                        ));
                    }
                }
            }
        }
    }
    violations
}

/// Returns the line without its code spans, and the spans.
fn split_code_spans(line: &str) -> (String, Vec<&str>) {
    let (mut prose, mut spans) = (String::new(), Vec::new());
    for (n, part) in line.split('`').enumerate() {
        if n % 2 == 0 {
            prose.push_str(part);
        } else {
            spans.push(part);
        }
    }
    (prose, spans)
}

/// Returns what stands between the parentheses of each `[text](target)`.
fn link_targets(prose: &str) -> impl Iterator<Item = &str> {
    prose
        .match_indices("](")
        .filter_map(|(at, opening)| prose[at + opening.len()..].split([')', ' ']).next())
}

fn leads_somewhere(tree: &Tree, from: &str, target: &str) -> bool {
    let path = target.split('#').next().unwrap_or_default();
    if path.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            ".." if parts.pop().is_none() => return false,
            "." | ".." => {}
            name => parts.push(name),
        }
    }
    tree.has(&parts.join("/"))
}

/// Turns `a/{b,c}.rs` into `a/b.rs` and `a/c.rs`.
fn expand_braces(span: &str) -> Vec<String> {
    if let Some((before, rest)) = span.split_once('{')
        && let Some((inside, after)) = rest.split_once('}')
    {
        return inside
            .split(',')
            .map(|one| format!("{before}{}{after}", one.trim()))
            .collect();
    }
    vec![span.to_owned()]
}

/// Tells whether the words are meant as a path of this repository: `node/src/relay.rs`, `docs/how-to/`.
fn is_path_of_ours(tree: &Tree, span: &str) -> bool {
    let is_plain = span
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let ends_like_one =
        span.ends_with('/') || FILE_ENDINGS.iter().any(|ending| span.ends_with(ending));
    let begins_here = span
        .split_once('/')
        .is_some_and(|(first, _)| tree.has_folder(first));
    is_plain && ends_like_one && begins_here && !span.contains("NNNN")
}

#[cfg(test)]
mod tests {
    use super::super::tree::testing::{places, tree};
    use super::*;

    fn places_in(text: &str) -> Vec<String> {
        places(check(&tree(&[
            ("docs/A.md", text),
            ("README.md", ""),
            ("node/src/relay.rs", ""),
            ("node/src/inbox.rs", ""),
        ])))
    }

    #[test]
    fn accepts_links_and_paths_that_exist() {
        let good = "[a](../README.md) [b](../node/src/) [c](#here) [d](https://x.example/y) [e](A.md#x)\n`node/src/relay.rs` `node/src/{relay,inbox}.rs` `node/src/` `application/json` `alerts/gone.rs`\n`node/<area>/x.rs` `[x](gone)`\n```\n[x](gone.md)\n```\n";
        assert_eq!(places_in(good), Vec::<String>::new());
    }

    #[test]
    fn refuses_links_and_paths_that_do_not_exist() {
        for bad in [
            "[a](README.md)",
            "see [a](../../README.md)",
            "[a](../node/gone.md#x)",
            "`node/src/gone.rs`",
            "`node/gone/`",
            "`node/src/{relay,gone}.rs`",
        ] {
            assert_eq!(places_in(bad), ["docs/A.md:1"], "{bad}");
        }
    }

    #[test]
    fn lets_history_name_what_is_gone() {
        let violations = check(&tree(&[
            ("CHANGELOG.md", "`node/gone.rs`"),
            ("docs/decisions/0001-x.md", "`node/gone.rs`"),
            ("node/x.rs", ""),
        ]));
        assert_eq!(places(violations), Vec::<String>::new());
    }

    #[test]
    fn refuses_a_source_that_sends_the_reader_nowhere() {
        let violations = check(&tree(&[
            ("docs/A.md", ""),
            ("a.rs", "//! See `docs/A.md`.\n//! See docs/B.md.\n"),
            ("b.sql", "-- docs/formats/gone.md\n"),
        ]));
        assert_eq!(places(violations), ["a.rs:2", "b.sql:1"]);
    }

    #[test]
    fn refuses_a_checklist_that_became_a_book() {
        let violations = check(&tree(&[("docs/how-to/x.md", &"- step\n".repeat(71))]));
        assert_eq!(places(violations), ["docs/how-to/x.md:71"]);
    }
}
