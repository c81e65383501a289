//! The catalogues: a key and its values become a sentence in one language.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use domain::Language;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::amounts::group_digits;

/// All texts of one language.
pub struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

/// A value that a text has a place for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextValue<'a> {
    /// A number: shown with thousands separators, and what plural forms are chosen by.
    Number(u64),
    /// Words, shown as they are.
    Text(Cow<'a, str>),
}

impl<'a> From<&'a str> for TextValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for TextValue<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for TextValue<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u64> for TextValue<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for TextValue<'_> {
    fn from(number: u32) -> Self {
        Self::Number(u64::from(number))
    }
}

impl From<usize> for TextValue<'_> {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

/// The files of one language, by area.
macro_rules! catalogues {
    ($language:literal) => {
        &[
            include_str!(concat!("../locales/", $language, "/amounts.ftl")),
            include_str!(concat!("../locales/", $language, "/commands.ftl")),
            include_str!(concat!("../locales/", $language, "/demo.ftl")),
            include_str!(concat!("../locales/", $language, "/drafting.ftl")),
            include_str!(concat!("../locales/", $language, "/findings.ftl")),
            include_str!(concat!("../locales/", $language, "/sweep.ftl")),
            include_str!(concat!("../locales/", $language, "/verdicts.ftl")),
            include_str!(concat!("../locales/", $language, "/watch.ftl")),
            include_str!(concat!("../locales/", $language, "/web.ftl")),
        ]
    };
}

const EN: &[&str] = catalogues!("en");
const VI: &[&str] = catalogues!("vi");

impl Texts {
    /// Returns the texts of `language`, read on first use.
    pub fn of(language: Language) -> &'static Self {
        static EN_TEXTS: OnceLock<Texts> = OnceLock::new();
        static VI_TEXTS: OnceLock<Texts> = OnceLock::new();
        let texts = match language {
            Language::En => &EN_TEXTS,
            Language::Vi => &VI_TEXTS,
        };
        texts.get_or_init(|| Self::read(language))
    }

    fn read(language: Language) -> Self {
        let (tag, sources) = match language {
            Language::En => ("en", EN),
            Language::Vi => ("vi", VI),
        };
        let locale = tag.parse().expect("'en' and 'vi' are language tags");
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Isolating marks are invisible characters in what people copy out of a page.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match language {
            Language::En => |value, _| grouped(value, Language::En),
            Language::Vi => |value, _| grouped(value, Language::Vi),
        }));
        for source in sources {
            // A damaged entry costs that entry: its key shows as itself. The tests refuse damaged catalogues.
            let resource = match FluentResource::try_new((*source).to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle }
    }

    /// Returns the language of these texts.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Returns the text of `key`.
    pub fn text(&self, key: &str) -> String {
        self.text_with(key, &[])
    }

    /// Returns the text of `key` with `values` in their places.
    pub fn text_with(&self, key: &str, values: &[(&str, TextValue<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|m| m.value()) else {
            return key.to_owned();
        };
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            let value = match value {
                TextValue::Number(number) => FluentValue::from(*number),
                TextValue::Text(text) => FluentValue::from(text.as_ref()),
            };
            arguments.set(*name, value);
        }
        let mut errors = Vec::new();
        self.bundle
            .format_pattern(pattern, Some(&arguments), &mut errors)
            .into_owned()
    }

    /// Tells whether there is a text for `key`.
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// Returns all keys of the catalogues of `language`.
    pub fn keys(language: Language) -> BTreeSet<&'static str> {
        let sources = match language {
            Language::En => EN,
            Language::Vi => VI,
        };
        sources
            .iter()
            .flat_map(|source| source.lines())
            .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim()))
            .collect()
    }
}

fn grouped(value: &FluentValue<'_>, language: Language) -> Option<String> {
    match value {
        FluentValue::Number(number) if number.value >= 0.0 && number.value.fract() == 0.0 => {
            Some(group_digits(&format!("{:.0}", number.value), language))
        }
        _ => None,
    }
}
