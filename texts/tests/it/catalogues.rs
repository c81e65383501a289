//! Every key in both languages, with the same variables, in NFC.

use std::collections::{BTreeMap, BTreeSet};

use domain::Language;
use fluent_bundle::FluentResource;
use texts::Texts;
use unicode_normalization::is_nfc;

const AREAS: [&str; 9] = [
    "amounts", "commands", "demo", "drafting", "findings", "sweep", "verdicts", "watch", "web",
];

fn source(language: &str, area: &str) -> String {
    let path = format!(
        "{}/locales/{language}/{area}.ftl",
        env!("CARGO_MANIFEST_DIR")
    );
    fs_err::read_to_string(&path).expect(&path)
}

/// Each key with its text as written.
fn entries(source: &str) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    let mut current: Option<String> = None;
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with(|c: char| c.is_ascii_lowercase()) {
            let (key, text) = line.split_once('=').expect(line);
            let before = entries.insert(key.trim().to_owned(), text.trim().to_owned());
            assert_eq!(before, None, "'{key}' is there twice");
            current = Some(key.trim().to_owned());
        } else if let Some(key) = &current {
            let text = entries.entry(key.clone()).or_default();
            text.push('\n');
            text.push_str(line);
        }
    }
    entries
}

fn variables(text: &str) -> BTreeSet<String> {
    text.split('$')
        .skip(1)
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
                .collect()
        })
        .collect()
}

#[test]
fn every_catalogue_is_valid_fluent() {
    for language in ["en", "vi"] {
        for area in AREAS {
            if let Err((_, errors)) = FluentResource::try_new(source(language, area)) {
                panic!("{language}/{area}.ftl: {errors:?}");
            }
        }
    }
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    for language in ["en", "vi"] {
        let folder = format!("{}/locales/{language}", env!("CARGO_MANIFEST_DIR"));
        let found: BTreeSet<String> = fs_err::read_dir(folder)
            .expect("the folder")
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        let expected: BTreeSet<String> = AREAS.iter().map(|area| format!("{area}.ftl")).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn every_key_is_in_both_languages_with_the_same_variables() {
    for area in AREAS {
        let (english, vietnamese) = (entries(&source("en", area)), entries(&source("vi", area)));
        let keys = |entries: &BTreeMap<String, String>| -> Vec<String> {
            entries.keys().cloned().collect()
        };
        assert_eq!(keys(&english), keys(&vietnamese), "keys of {area}.ftl");
        for (key, text) in &english {
            assert_eq!(
                variables(text),
                variables(&vietnamese[key]),
                "variables of {key}"
            );
        }
    }
}

#[test]
fn no_key_is_in_two_areas() {
    let mut seen = BTreeMap::new();
    for area in AREAS {
        for key in entries(&source("en", area)).into_keys() {
            if let Some(other) = seen.insert(key.clone(), area) {
                panic!("'{key}' is in {other}.ftl and in {area}.ftl");
            }
        }
    }
}

#[test]
fn every_text_is_in_normal_form_c() {
    for area in AREAS {
        for language in ["en", "vi"] {
            for (number, line) in source(language, area).lines().enumerate() {
                assert!(is_nfc(line), "{language}/{area}.ftl:{}", number + 1);
            }
        }
    }
}

/// A Vietnamese sentence of some length without a single letter that only Vietnamese has was not translated.
#[test]
fn no_english_sentence_is_left_in_the_vietnamese_catalogues() {
    for area in AREAS {
        let english = entries(&source("en", area));
        for (key, text) in entries(&source("vi", area)) {
            let words = |text: &str| {
                // What stands after a `$` is the name of a variable.
                text.split(|c: char| !c.is_alphabetic() && c != '$')
                    .filter(|word| word.len() > 3 && !word.starts_with('$'))
                    .count()
            };
            let vietnamese = text.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
            assert!(
                vietnamese || words(&text) < 4,
                "{area}.ftl: '{key}' is not Vietnamese: {text}"
            );
            assert!(
                text != english[&key] || words(&text) < 3,
                "{area}.ftl: '{key}' is the same in both languages: {text}"
            );
        }
    }
}

#[test]
fn a_missing_key_shows_as_itself() {
    assert_eq!(Texts::of(Language::Vi).text("no-such-key"), "no-such-key");
}

#[test]
fn plural_forms_and_thousands_follow_the_language() {
    let days = |language, count: u64| {
        Texts::of(language).text_with("amount-days", &[("count", count.into())])
    };
    assert_eq!(days(Language::En, 1), "1 day");
    assert_eq!(days(Language::En, 1200), "1,200 days");
    assert_eq!(days(Language::Vi, 1200), "1.200 ngày");
}

#[test]
fn no_text_has_invisible_isolating_marks() {
    let text = Texts::of(Language::En).text_with("amount-ago", &[("span", "1 day".into())]);
    assert_eq!(text, "1 day ago");
}

#[test]
fn every_embedded_key_has_a_text() {
    for language in [Language::En, Language::Vi] {
        for key in Texts::keys(language) {
            assert!(Texts::of(language).has(key), "{key}");
        }
    }
}
