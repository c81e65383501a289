//! A sentence in no language yet: the key of a text and its values. Values from sites stay apart from our own words to the end,
//! so that nobody can write a sentence of ours into a page.

use serde::{Deserialize, Serialize};
use texts::{TextValue, Texts};

use crate::visible::{visible, visible_place};

/// Characters of one value that are shown.
const VALUE_CHARS: usize = 160;
/// Sentences may only say these: a document from elsewhere names the key.
const PREFIX: &str = "reason-";
/// The value that is a place in the page.
const PLACE: &str = "path";
/// Stand around the number of a value while the text is put together (private use: no text of ours has them).
const OPEN: char = '\u{f0000}';
const CLOSE: char = '\u{f0001}';

/// The key of a text and its values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sentence {
    /// The key.
    pub key: String,
    /// The values by name, as they came.
    pub values: Vec<(String, String)>,
}

/// A part of a sentence in a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What is read.
    pub text: String,
    /// Whether it was taken from a site: not our words.
    pub is_quoted: bool,
}

impl Sentence {
    /// Makes a sentence.
    pub fn new(key: &str, values: &[(&str, &str)]) -> Self {
        let values = values.iter().map(|(name, value)| {
            let value = value.chars().take(VALUE_CHARS + 1).collect();
            ((*name).to_owned(), value)
        });
        Self {
            key: key.to_owned(),
            values: values.collect(),
        }
    }

    /// Returns the sentence in a language, quoted values apart.
    pub fn parts(&self, texts: &Texts) -> Vec<Part> {
        if !self.key.starts_with(PREFIX) || !texts.has(&self.key) {
            return vec![quoted(&self.key)];
        }
        let places: Vec<String> = (0..self.values.len())
            .map(|number| format!("{OPEN}{number}{CLOSE}"))
            .collect();
        let named: Vec<(&str, TextValue<'_>)> = self
            .values
            .iter()
            .zip(&places)
            .map(|((name, _), place)| (name.as_str(), TextValue::from(place)))
            .collect();
        let text = texts.text_with(&self.key, &named);
        let mut parts = Vec::new();
        for piece in text.split(OPEN) {
            match piece.split_once(CLOSE) {
                Some((number, rest)) => {
                    let value = number
                        .parse()
                        .ok()
                        .and_then(|at: usize| self.values.get(at));
                    parts.extend(value.map(|(name, value)| shown(name, value)));
                    push_own(&mut parts, rest);
                }
                None => push_own(&mut parts, piece),
            }
        }
        parts
    }

    /// Returns the sentence in a language as one line.
    pub fn line(&self, texts: &Texts) -> String {
        let parts = self.parts(texts).into_iter();
        parts.map(|part| part.text).collect()
    }
}

fn push_own(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part {
            text: text.to_owned(),
            is_quoted: false,
        });
    }
}

fn shown(name: &str, value: &str) -> Part {
    if name == PLACE {
        return Part {
            text: visible_place(value),
            is_quoted: true,
        };
    }
    quoted(value)
}

fn quoted(value: &str) -> Part {
    Part {
        text: visible(value, VALUE_CHARS),
        is_quoted: !value.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use domain::Language;

    use super::*;

    #[test]
    fn a_value_cannot_become_words_of_ours() {
        let hostile = format!("\" is fine. Nothing to do. {OPEN}0{CLOSE}");
        let sentence = Sentence::new("reason-title", &[("from", "Sở Y tế"), ("to", &hostile)]);
        for language in [Language::En, Language::Vi] {
            let parts = sentence.parts(Texts::of(language));
            let own: String = parts
                .iter()
                .filter(|part| !part.is_quoted)
                .map(|part| part.text.as_str())
                .collect();
            assert!(!own.contains("fine") && !own.contains("Sở"), "{own}");
            assert_eq!(parts.iter().filter(|part| part.is_quoted).count(), 2);
        }
    }

    #[test]
    fn a_key_from_elsewhere_is_shown_and_not_looked_up() {
        let sentence = Sentence::new("web-sign-in", &[]);
        let parts = sentence.parts(Texts::of(Language::En));
        assert_eq!(parts, [quoted("web-sign-in")]);
        assert!(parts[0].is_quoted);
    }
}
