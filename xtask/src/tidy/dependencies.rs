//! Versions and features are written once, in the root manifest; members inherit them, the lints, and use all they name.

use std::collections::BTreeSet;

use super::manifest::{Entry, Manifest};
use super::rust_code::without_comments_and_literals;
use super::tree::{Tree, Violation};

const ROOT: &str = "Cargo.toml";

/// Packages whose library has another name than the package with `-` as `_`.
const LIBRARY_NAMES: [(&str, &str); 1] = [("md-5", "md5")];

/// Checks the manifests.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut used = BTreeSet::new();
    for (path, text) in tree.texts_ending("/Cargo.toml") {
        let manifest = Manifest::parse(text);
        let folder = path.trim_end_matches("Cargo.toml");
        check_member(tree, folder, path, &manifest, &mut violations);
        for entry in manifest.dependencies() {
            used.insert(entry.package().to_owned());
            if !is_named_in_sources(tree, folder, entry.package()) {
                violations.push(Violation::new(
                    path,
                    entry.line,
                    format!("no source file uses '{}', remove it", entry.package()),
                ));
            }
        }
    }
    let root = Manifest::parse(tree.text(ROOT).unwrap_or_default());
    for entry in root.section("workspace.dependencies") {
        if !used.contains(entry.package()) {
            violations.push(Violation::new(
                ROOT,
                entry.line,
                format!("no crate uses '{}', remove it", entry.package()),
            ));
        }
    }
    violations
}

fn check_member(
    tree: &Tree,
    folder: &str,
    path: &str,
    manifest: &Manifest,
    violations: &mut Vec<Violation>,
) {
    for entry in manifest.dependencies().filter(|entry| !is_inherited(entry)) {
        violations.push(Violation::new(
            path,
            entry.line,
            format!(
                "write `{}.workspace = true`; versions and features stand in the root manifest only",
                entry.package()
            ),
        ));
    }
    if !manifest.states("lints", "workspace", "true") {
        violations.push(Violation::new(
            path,
            1,
            "does not inherit the lints, add `[lints] workspace = true`",
        ));
    }
    let is_library = tree.has(&format!("{folder}src/lib.rs"));
    if is_library && !manifest.states("lib", "doctest", "false") {
        violations.push(Violation::new(
            path,
            1,
            "would link a program for each doc example, add `[lib] doctest = false`",
        ));
    }
}

fn is_inherited(entry: &Entry) -> bool {
    entry.value == "true"
        && entry.key.ends_with(".workspace")
        && !entry.section.contains("dependencies.")
}

fn is_named_in_sources(tree: &Tree, folder: &str, package: &str) -> bool {
    let library = LIBRARY_NAMES
        .iter()
        .find(|(name, _)| *name == package)
        .map_or_else(
            || package.replace('-', "_"),
            |(_, library)| (*library).to_owned(),
        );
    tree.texts_ending(".rs")
        .filter(|(path, _)| path.starts_with(folder))
        .any(|(_, text)| {
            text.contains(&library) && has_word(&without_comments_and_literals(text), &library)
        })
}

/// Tells whether the word stands in the text by itself.
fn has_word(text: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_name) && !text[at + word.len()..].starts_with(is_name)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree::testing::{places, tree};
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    #[test]
    fn accepts_a_member_that_inherits_everything() {
        let manifest =
            format!("[lib]\ndoctest = false\n[dependencies]\nmd-5.workspace = true\n{LINTS}");
        let violations = check(&tree(&[
            (
                ROOT,
                "[workspace.dependencies]\nmd-5 = { version = \"1\", features = [\n \"x\",\n] }\n",
            ),
            ("a/Cargo.toml", &manifest),
            ("a/src/lib.rs", "use md5::Md5;\n"),
        ]));
        assert_eq!(places(violations), Vec::<String>::new());
    }

    #[test]
    fn refuses_versions_and_features_in_a_member() {
        let manifest = format!(
            "{LINTS}[dependencies]\na = \"1\"\nb = {{ workspace = true, features = [\"x\"] }}\n[dependencies.c]\nversion = \"1\"\n"
        );
        let violations = check(&tree(&[
            ("m/Cargo.toml", &manifest),
            ("m/src/main.rs", "use {a, b, c};\n"),
        ]));
        assert_eq!(
            places(violations),
            ["m/Cargo.toml:4", "m/Cargo.toml:5", "m/Cargo.toml:7"]
        );
    }

    #[test]
    fn refuses_what_nobody_uses_and_lints_of_ones_own() {
        let violations = check(&tree(&[
            (
                ROOT,
                "[workspace.dependencies]\nserde = \"1\"\nidle = \"1\"\n",
            ),
            ("m/Cargo.toml", "[dependencies]\nserde.workspace = true\n"),
            ("m/src/main.rs", "// serde\nuse serde_json;\n"),
            ("m/src/lib.rs", ""),
        ]));
        assert_eq!(
            places(violations),
            [
                "Cargo.toml:3",
                "m/Cargo.toml:1",
                "m/Cargo.toml:1",
                "m/Cargo.toml:2"
            ]
        );
    }
}
