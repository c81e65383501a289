//! The texts: every language has the same files, the same messages, and the same variables in each message.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{Tree, Violation};

const FOLDER: &str = "texts/locales/";
/// The language that the others are compared with.
const FIRST: &str = "en";

/// One message of a catalogue.
#[derive(Debug, Default, PartialEq, Eq)]
struct Message {
    line: usize,
    variables: BTreeSet<String>,
}

/// Checks the catalogues.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut languages: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for (path, text) in tree.texts_ending(".ftl") {
        if let Some((language, name)) = path
            .strip_prefix(FOLDER)
            .and_then(|path| path.split_once('/'))
        {
            languages.entry(language).or_default().insert(name, text);
        }
        check_repeats(path, text, &mut violations);
    }
    for (one, one_files) in &languages {
        for (other, other_files) in &languages {
            // Each against the first, and the first against each.
            if one == other || (*one != FIRST && *other != FIRST) {
                continue;
            }
            for (name, text) in one_files {
                let path = format!("{FOLDER}{one}/{name}");
                match other_files.get(name) {
                    None => violations.push(Violation::new(
                        &path,
                        1,
                        format!("is missing in '{other}', add it there"),
                    )),
                    Some(other_text) => compare(&path, text, other, other_text, &mut violations),
                }
            }
        }
    }
    violations
}

fn compare(path: &str, text: &str, other: &str, other_text: &str, violations: &mut Vec<Violation>) {
    let others = parse(other_text);
    for (key, message) in parse(text) {
        match others.get(&key) {
            None => violations.push(Violation::new(
                path,
                message.line,
                format!("'{key}' is missing in '{other}', add it there"),
            )),
            Some(same) if same.variables != message.variables => violations.push(Violation::new(
                path,
                message.line,
                format!("'{key}' uses other variables in '{other}', make them the same"),
            )),
            Some(_) => {}
        }
    }
}

fn check_repeats(path: &str, text: &str, violations: &mut Vec<Violation>) {
    let mut seen = BTreeSet::new();
    for (line, text) in (1..).zip(text.lines()) {
        if let Some(key) = message_key(text)
            && !seen.insert(key)
        {
            violations.push(Violation::new(
                path,
                line,
                format!("'{key}' stands twice, remove one"),
            ));
        }
    }
}

/// Reads the messages, terms and attributes (`message.attribute`) of a Fluent file.
fn parse(text: &str) -> BTreeMap<String, Message> {
    let mut messages: BTreeMap<String, Message> = BTreeMap::new();
    let (mut message, mut key) = (String::new(), String::new());
    for (line, text) in (1..).zip(text.lines()) {
        if text.starts_with('#') {
            continue;
        }
        if let Some(name) = message_key(text) {
            name.clone_into(&mut message);
            name.clone_into(&mut key);
        } else if let Some(name) = attribute_key(text) {
            key = format!("{message}.{name}");
        }
        if !key.is_empty() {
            let entry = messages.entry(key.clone()).or_insert_with(|| Message {
                line,
                ..Message::default()
            });
            entry.variables.extend(variables(text));
        }
    }
    messages
}

fn message_key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let name = key.trim_end();
    let body = name.strip_prefix('-').unwrap_or(name);
    (body.starts_with(|c: char| c.is_ascii_alphabetic()) && body.chars().all(is_key_char))
        .then_some(name)
}

fn attribute_key(line: &str) -> Option<&str> {
    let (key, _) = line
        .strip_prefix([' ', '\t'])?
        .trim_start()
        .strip_prefix('.')?
        .split_once('=')?;
    let name = key.trim_end();
    name.chars().all(is_key_char).then_some(name)
}

fn variables(line: &str) -> impl Iterator<Item = String> + '_ {
    line.match_indices('$').map(|(at, _)| {
        line[at + 1..]
            .chars()
            .take_while(|c| is_key_char(*c))
            .collect()
    })
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::super::tree::testing::{places, tree};
    use super::*;

    #[test]
    fn accepts_languages_that_say_the_same() {
        let violations = check(&tree(&[
            (
                "texts/locales/en/a.ftl",
                "# x = y\nhello = Hello { $name }\n    .title = T\n",
            ),
            (
                "texts/locales/vi/a.ftl",
                "hello =\n    Chào { $name }\n    .title = T = t\n",
            ),
        ]));
        assert_eq!(places(violations), Vec::<String>::new());
    }

    #[test]
    fn refuses_a_file_or_message_that_one_language_lacks() {
        let violations = check(&tree(&[
            ("texts/locales/en/a.ftl", "one = 1\ntwo = 2\n"),
            ("texts/locales/en/b.ftl", "x = x\n"),
            ("texts/locales/vi/a.ftl", "one = 1\nthree = 3\n"),
        ]));
        assert_eq!(
            places(violations),
            [
                "texts/locales/en/a.ftl:2",
                "texts/locales/en/b.ftl:1",
                "texts/locales/vi/a.ftl:2"
            ]
        );
    }

    #[test]
    fn refuses_other_variables_and_repeated_messages() {
        let violations = check(&tree(&[
            ("texts/locales/en/a.ftl", "one = { $count }\none = 1\n"),
            ("texts/locales/vi/a.ftl", "one = { $number }\n"),
        ]));
        assert_eq!(
            places(violations),
            [
                "texts/locales/en/a.ftl:1",
                "texts/locales/en/a.ftl:2",
                "texts/locales/vi/a.ftl:1"
            ]
        );
    }
}
