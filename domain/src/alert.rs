//! The alert: what two officers sign, and what everybody below acts on.
//!
//! The field names and values here are the wire format, described for people in `docs/formats/alert.md`.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::consent::Verb;
use crate::ids::{AlertId, OrganisationId};
use crate::indicator::{Confidence, Indicator, Role};

/// The version of this format that is written and read.
pub const SCHEMA: u32 = 1;
/// Indicators in one alert: a sweep holds them all in memory.
pub const INDICATORS_MAX: usize = 100_000;
/// Bytes of one rule's source.
pub const RULE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Characters of a title or an alert's number.
const LINE_CHARS_MAX: usize = 300;
/// Characters of a text's body.
const BODY_CHARS_MAX: usize = 100_000;

/// A warning with everything needed to act on it. Its bytes never change once signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alert {
    /// Always [`SCHEMA`].
    pub schema: u32,
    /// Who issues it.
    pub authority: OrganisationId,
    /// The issuer's own number: `238/VNCERT-ĐPƯC`.
    pub number: String,
    /// 1, then one more for each corrected edition of the same number.
    pub version: u32,
    /// A drill. Never counted with the real thing.
    pub exercise: bool,
    /// How urgent it is.
    pub severity: Severity,
    /// Who may read it: Traffic Light Protocol 2.0.
    pub tlp: Tlp,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// From then on it is refused.
    pub expires_at: Timestamp,
    /// By when every addressed organisation must have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_at: Option<Timestamp>,
    /// The organisations addressed, each with everything below it. Empty: everyone below the authority.
    pub audience: Vec<OrganisationId>,
    /// What people read; at least one language.
    pub texts: Vec<AlertText>,
    /// What to look for.
    pub indicators: Vec<Indicator>,
    /// Which indicators mean more together than alone.
    pub combinations: Vec<Combination>,
    /// What to match contents with.
    pub rules: Vec<Rule>,
    /// What is asked for.
    pub actions: Vec<Action>,
    /// What people are asked to answer in words.
    pub questions: Vec<String>,
    /// The alert that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<AlertId>,
}

/// How urgent an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// For information.
    Low,
    /// Within the week.
    Medium,
    /// Within the day.
    High,
    /// Now.
    Critical,
}

/// Traffic Light Protocol 2.0 (FIRST, August 2022).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tlp {
    /// No limit.
    #[serde(rename = "TLP:CLEAR")]
    Clear,
    /// The community.
    #[serde(rename = "TLP:GREEN")]
    Green,
    /// The organisation and its clients, as needed.
    #[serde(rename = "TLP:AMBER")]
    Amber,
    /// The organisation only.
    #[serde(rename = "TLP:AMBER+STRICT")]
    AmberStrict,
    /// Named people only.
    #[serde(rename = "TLP:RED")]
    Red,
}

impl fmt::Display for Tlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear => "TLP:CLEAR",
            Self::Green => "TLP:GREEN",
            Self::Amber => "TLP:AMBER",
            Self::AmberStrict => "TLP:AMBER+STRICT",
            Self::Red => "TLP:RED",
        })
    }
}

/// The languages that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Vietnamese.
    Vi,
}

/// Title and text in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertText {
    /// Its language.
    pub language: Language,
    /// One line.
    pub title: String,
    /// Plain text; line breaks are kept.
    pub body: String,
}

/// Indicators that mean more where they are found together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combination {
    /// Unique in the alert.
    pub id: String,
    /// The indicators, at least two, each of which must be found.
    pub all_of: Vec<String>,
    /// How near to each other.
    pub within: Within,
}

/// How near to each other the members of a combination must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Within {
    /// In the same folder.
    Folder,
    /// On the same host.
    Host,
}

/// A detection rule, as source: compiled rules are code and are never accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique in the alert. Findings name it together with the rule's own name inside the source.
    pub id: String,
    /// What the source is written in.
    pub language: RuleLanguage,
    /// What a match means.
    pub role: Role,
    /// How sure the issuer is: only `high` confirms.
    pub confidence: Confidence,
    /// The source text; for YARA it may hold many rules.
    pub source: String,
}

/// What rules are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleLanguage {
    /// Sigma, for event logs.
    Sigma,
    /// YARA, for contents.
    Yara,
}

/// Something that every addressed organisation is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What, from the closed list.
    pub verb: Verb,
    /// Its own deadline, where it differs from the alert's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_at: Option<Timestamp>,
}

/// Why an alert contradicts itself.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AlertError {
    /// The format's version is not the one this program reads.
    #[error("alert format {0} is not known; this program reads {SCHEMA}")]
    Schema(u32),
    /// A line of text is empty or too long.
    #[error("{0} is empty, too long or has control characters")]
    Text(&'static str),
    /// The version is zero.
    #[error("versions begin at 1")]
    Version,
    /// It expires before it is issued, or its deadline does not lie between the two.
    #[error("issue, deadline and expiry are not in this order")]
    Dates,
    /// An id is malformed.
    #[error("'{0}' is not an id: 1 to 64 of a-z, 0-9, '-', '_' and '.'")]
    Id(String),
    /// Two indicators, combinations or rules have one id.
    #[error("the id '{0}' is used twice")]
    DuplicateId(String),
    /// A combination names an indicator that is not in the alert, or fewer than two.
    #[error("combination '{0}' needs two or more indicators of this alert")]
    Combination(String),
    /// An indicator has nothing to be told by.
    #[error("indicator '{0}' has no observable")]
    NoObservable(String),
    /// More indicators than a sweep can hold.
    #[error("{0} indicators are more than {INDICATORS_MAX}")]
    TooManyIndicators(usize),
    /// One verb is asked for twice.
    #[error("an action is asked for twice")]
    DuplicateAction,
    /// A rule is empty or over-long.
    #[error("rule '{0}' is empty or longer than {RULE_BYTES_MAX} bytes")]
    RuleSize(String),
}

impl Alert {
    /// Checks what the types cannot: that the parts agree with each other.
    pub fn check(&self) -> Result<(), AlertError> {
        if self.schema != SCHEMA {
            return Err(AlertError::Schema(self.schema));
        }
        if self.version == 0 {
            return Err(AlertError::Version);
        }
        check_line(&self.number, "the number")?;
        if self.texts.is_empty() {
            return Err(AlertError::Text("the title"));
        }
        for text in &self.texts {
            check_line(&text.title, "a title")?;
            if text.body.chars().count() > BODY_CHARS_MAX {
                return Err(AlertError::Text("a text"));
            }
        }
        let deadlines = self.deadline_at.iter().chain(
            self.actions
                .iter()
                .filter_map(|action| action.deadline_at.as_ref()),
        );
        let in_order =
            |deadline: &Timestamp| self.issued_at <= *deadline && *deadline <= self.expires_at;
        if self.issued_at >= self.expires_at || !deadlines.into_iter().all(in_order) {
            return Err(AlertError::Dates);
        }
        self.check_what_is_sought()
    }

    fn check_what_is_sought(&self) -> Result<(), AlertError> {
        if self.indicators.len() > INDICATORS_MAX {
            return Err(AlertError::TooManyIndicators(self.indicators.len()));
        }
        let indicators = unique_ids(self.indicators.iter().map(|indicator| &indicator.id))?;
        for indicator in &self.indicators {
            check_line(&indicator.label, "an indicator's label")?;
            if indicator.observables.is_empty() {
                return Err(AlertError::NoObservable(indicator.id.clone()));
            }
        }
        unique_ids(self.combinations.iter().map(|combination| &combination.id))?;
        for combination in &self.combinations {
            let members: BTreeSet<&str> = combination.all_of.iter().map(String::as_str).collect();
            if members.len() < 2 || !members.is_subset(&indicators) {
                return Err(AlertError::Combination(combination.id.clone()));
            }
        }
        unique_ids(self.rules.iter().map(|rule| &rule.id))?;
        if let Some(rule) = self
            .rules
            .iter()
            .find(|rule| rule.source.is_empty() || rule.source.len() > RULE_BYTES_MAX)
        {
            return Err(AlertError::RuleSize(rule.id.clone()));
        }
        let verbs: BTreeSet<Verb> = self.actions.iter().map(|action| action.verb).collect();
        if verbs.len() == self.actions.len() {
            Ok(())
        } else {
            Err(AlertError::DuplicateAction)
        }
    }

    /// Tells whether the alert asks for `verb`.
    pub fn asks_for(&self, verb: Verb) -> bool {
        self.actions.iter().any(|action| action.verb == verb)
    }

    /// Returns the title in `language`, or in the first language there is.
    pub fn title(&self, language: Language) -> &str {
        self.text(language).map_or("", |text| &text.title)
    }

    /// Returns the text in `language`, or in the first language there is.
    pub fn text(&self, language: Language) -> Option<&AlertText> {
        self.texts
            .iter()
            .find(|text| text.language == language)
            .or(self.texts.first())
    }
}

fn unique_ids<'a>(ids: impl Iterator<Item = &'a String>) -> Result<BTreeSet<&'a str>, AlertError> {
    let mut seen = BTreeSet::new();
    for id in ids {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
        if id.is_empty() || id.len() > 64 || !id.bytes().all(allowed) {
            return Err(AlertError::Id(id.clone()));
        }
        if !seen.insert(id.as_str()) {
            return Err(AlertError::DuplicateId(id.clone()));
        }
    }
    Ok(seen)
}

fn check_line(text: &str, what: &'static str) -> Result<(), AlertError> {
    let valid = !text.trim().is_empty()
        && text.chars().count() <= LINE_CHARS_MAX
        && !text.chars().any(char::is_control);
    if valid {
        Ok(())
    } else {
        Err(AlertError::Text(what))
    }
}
