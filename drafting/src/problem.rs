//! What is wrong, doubtful or worth knowing about an input, and how it is said in two languages.

use std::fmt;

use domain::{Language, Role};
use jiff::Timestamp;
use texts::{TextValue, Texts, when};

/// Problems that one reading lists: 1,000. Nobody reads more; the last one says that there are more.
pub const PROBLEMS_MAX: usize = 1_000;
/// Characters of a value that are shown.
const SHOWN_CHARS_MAX: usize = 200;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// No alert is made from this.
    Refused,
    /// The officer should know; the alert can be made.
    Warning,
    /// Something was understood from the text, and this is where it stands.
    Note,
}

/// One thing that the officer must see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub level: Level,
    /// What it is.
    pub code: ProblemCode,
    /// The name of the input; empty for what concerns the draft as a whole.
    pub file: String,
    /// The line, from 1; 0 for what concerns a whole input or the draft.
    pub line: usize,
    /// The column in characters, from 1; 0 where `line` is.
    pub column: usize,
    /// The value as it is written there.
    pub value: String,
    /// What the text of `code` has places for, beside `value`.
    pub args: Vec<(&'static str, String)>,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// Why the officer accepts the value nevertheless.
    pub accepted: Option<String>,
}

/// A problem in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedProblem {
    /// `letter.txt:14:8`, or the name alone, or nothing.
    pub place: String,
    /// `refused`, `warning` or `note`, in the language.
    pub level: String,
    /// What is wrong and why.
    pub message: String,
    /// "Probably meant: …".
    pub suggestion: Option<String>,
    /// "Accepted: …", or how it could be accepted.
    pub acceptance: Option<String>,
}

impl Problem {
    /// Says the problem in `language`. Nothing in it can steer a terminal.
    pub fn render(&self, language: Language) -> RenderedProblem {
        let texts = Texts::of(language);
        let value = self.in_words(&self.value, language);
        let shown_args: Vec<(&str, String)> = self
            .args
            .iter()
            .map(|(name, value)| (*name, self.in_words(value, language)))
            .collect();
        let mut values: Vec<(&str, TextValue<'_>)> = vec![("value", (&value).into())];
        values.extend(
            shown_args
                .iter()
                .map(|(name, value)| (*name, TextValue::from(value))),
        );
        let message = texts.text_with(&format!("drafting-{}", self.code), &values);
        let suggestion = self.suggestion.as_ref().map(|meant| {
            texts.text_with("drafting-probably-meant", &[("meant", shown(meant).into())])
        });
        let acceptance = match &self.accepted {
            Some(reason) => {
                Some(texts.text_with("drafting-accepted", &[("reason", shown(reason).into())]))
            }
            None if self.level == Level::Refused && self.code.can_be_accepted() => {
                Some(texts.text_with("drafting-can-be-accepted", &[("value", (&value).into())]))
            }
            None => None,
        };
        RenderedProblem {
            place: self.place(),
            level: texts.text(match self.level {
                Level::Refused => "drafting-level-refused",
                Level::Warning => "drafting-level-warning",
                Level::Note => "drafting-level-note",
            }),
            message,
            suggestion,
            acceptance,
        }
    }

    /// Returns a value for people: instants on their clock, roles in their language, everything else as it is.
    fn in_words(&self, value: &str, language: Language) -> String {
        let instant = || value.parse::<Timestamp>().ok();
        let words = match self.code {
            ProblemCode::DatesOrder | ProblemCode::DeadlinePast | ProblemCode::DeadlineTaken => {
                instant().map(|at| when(at, language))
            }
            ProblemCode::RoleTaken => [Role::AbusedLegitimate, Role::Context, Role::Payload]
                .into_iter()
                .find(|role| role_name(*role) == value)
                .map(|role| Texts::of(language).role(role)),
            _ => None,
        };
        words.unwrap_or_else(|| shown(value))
    }

    /// Returns where it is: `letter.txt:14:8`.
    pub fn place(&self) -> String {
        match (self.file.as_str(), self.line) {
            ("", _) => String::new(),
            (file, 0) => shown(file),
            (file, line) => format!("{}:{line}:{}", shown(file), self.column),
        }
    }
}

impl fmt::Display for RenderedProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{}: {}", self.level, self.message)?;
        for more in [&self.suggestion, &self.acceptance].into_iter().flatten() {
            write!(f, "\n    {more}")?;
        }
        Ok(())
    }
}

/// Returns a role as documents write it.
pub(crate) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::AbusedLegitimate => "abused-legitimate",
        Role::Context => "context",
        Role::Payload => "payload",
    }
}

/// Makes the invisible visible, so that a value can be shown in a terminal and compared by eye.
pub(crate) fn shown(value: &str) -> String {
    let mut text = String::new();
    for (index, c) in value.chars().enumerate() {
        if index == SHOWN_CHARS_MAX {
            text.push('…');
            break;
        }
        let invisible = c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if invisible {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
    }
    text
}

/// Makes the list of codes, each with its stable name.
macro_rules! problem_codes {
    ($($(#[$doc:meta])* $variant:ident => $name:literal,)*) => {
        /// What kind of problem it is. The names are stable: scripts and texts rely on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemCode {
            $($(#[$doc])* $variant,)*
        }

        impl ProblemCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the stable name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

problem_codes! {
    /// The input is larger than is read.
    FileTooLarge => "file-too-large",
    /// The input is not UTF-8 or UTF-16.
    FileNotText => "file-not-text",
    /// A line is longer than is read.
    LineTooLong => "line-too-long",
    /// More values than an alert can hold.
    TooManyValues => "too-many-values",
    /// More problems than are listed.
    TooManyProblems => "too-many-problems",
    /// No indicator and no rule in any input.
    NothingFound => "nothing-found",

    /// Not JSON.
    JsonSyntax => "json-syntax",
    /// A key stands twice in one object.
    JsonDuplicateKey => "json-duplicate-key",
    /// A key that the format does not have.
    JsonUnknownField => "json-unknown-field",
    /// A key that must be there is not.
    JsonMissingField => "json-missing-field",
    /// Another type of value is expected.
    JsonWrongType => "json-wrong-type",
    /// A number is not a whole number.
    JsonNotInteger => "json-not-an-integer",
    /// A value is not one of those allowed.
    NotAChoice => "not-a-choice",
    /// A table has no line of headings.
    CsvNoHeading => "csv-no-heading",
    /// A heading is not known.
    CsvUnknownColumn => "csv-unknown-column",
    /// Two columns have one heading.
    CsvDuplicateColumn => "csv-duplicate-column",
    /// A row has another number of fields, or a quote is not closed.
    CsvRow => "csv-row",
    /// A row has no value.
    CsvEmptyRow => "csv-empty-row",

    /// The alert has no number.
    NumberMissing => "number-missing",
    /// The alert has no deadline.
    NoDeadline => "no-deadline",
    /// The deadline has passed and was left out.
    DeadlinePast => "deadline-past",
    /// An instant cannot be read.
    InstantMalformed => "instant-malformed",
    /// Issue, deadline and expiry are not in order.
    DatesOrder => "dates-order",
    /// Two inputs say different things about the alert.
    HeaderConflict => "header-conflict",
    /// Two indicators, rules or combinations have one id.
    DuplicateId => "duplicate-id",
    /// An id is malformed.
    IdMalformed => "id-malformed",
    /// A combination names what is not there, or too few.
    CombinationInvalid => "combination-invalid",
    /// One value belongs to two indicators.
    DuplicateValue => "duplicate-value",
    /// An indicator has no value to be told by.
    NoObservable => "no-observable",
    /// The draft contradicts itself in another way.
    AlertInvalid => "alert-invalid",

    /// A digest has too few or too many digits.
    DigestLength => "digest-length",
    /// A digest has a character that is no hexadecimal digit.
    DigestAlphabet => "digest-alphabet",
    /// A digest is broken by a space or another character.
    DigestSplit => "digest-split",
    /// A digest goes on on the next line.
    DigestBrokenLine => "digest-broken-line",
    /// A digest has the length of another algorithm's.
    DigestMislabelled => "digest-mislabelled",
    /// The digest of an empty or a one-byte file.
    DigestTrivial => "digest-trivial",
    /// A digest that somebody typed to fill the place.
    DigestPlaceholder => "digest-placeholder",
    /// A digest of an algorithm that is not searched for.
    DigestUnsupported => "digest-unsupported",
    /// Only MD5 or SHA-1 is given.
    DigestWeak => "digest-weak",
    /// One file has two digests of one algorithm.
    DigestContradiction => "digest-contradiction",
    /// Two values without anything between them.
    ValuesRunTogether => "values-run-together",
    /// A value goes on on the next line.
    ValueBrokenLine => "value-broken-line",

    /// A path has lost a separator.
    PathLostSeparator => "path-lost-separator",
    /// A path has no drive, or no separator after it.
    PathWithoutDrive => "path-without-drive",
    /// A path that no Windows or Unix has.
    PathMalformed => "path-malformed",
    /// A file lies in a folder that holds folders only.
    PathInFolderOfFolders => "path-in-folder-of-folders",
    /// A file's name is malformed.
    NameMalformed => "name-malformed",
    /// A name or path that every ordinary system has, without a digest.
    NameTooCommon => "name-too-common",
    /// A name of a real system tool: only the digest tells them apart.
    NameOfSystemTool => "name-of-system-tool",
    /// A name or path without a digest.
    NameWithoutDigest => "name-without-digest",
    /// A file without a size.
    NoSize => "no-size",
    /// A size cannot be read.
    SizeMalformed => "size-malformed",
    /// A size can be read in two ways.
    SizeAmbiguous => "size-ambiguous",

    /// Not a domain name.
    DomainMalformed => "domain-malformed",
    /// The last label is no top-level domain.
    DomainUnknownTld => "domain-unknown-tld",
    /// Two domain names fused.
    DomainFused => "domain-fused",
    /// Perhaps two domain names fused.
    DomainMaybeFused => "domain-maybe-fused",
    /// A suffix under which strangers register names.
    DomainPublicSuffix => "domain-public-suffix",
    /// A name that everybody needs.
    DomainWellKnown => "domain-well-known",
    /// A name of a state body, or below a name that everybody needs.
    DomainLegitimate => "domain-legitimate",
    /// Letters of several scripts in one label.
    DomainMixedScript => "domain-mixed-script",
    /// Not an address.
    AddressMalformed => "address-malformed",
    /// A private or reserved address.
    AddressReserved => "address-reserved",
    /// A block of too many addresses.
    AddressTooWide => "address-too-wide",
    /// A block with bits after its prefix.
    AddressHostBits => "address-host-bits",
    /// Not a URL.
    UrlMalformed => "url-malformed",
    /// Another value that cannot be used.
    ValueMalformed => "value-malformed",

    /// A rule does not compile.
    RuleDoesNotCompile => "rule-does-not-compile",
    /// A rule is larger than an alert can hold.
    RuleTooLarge => "rule-too-large",

    /// Looks like a value and was not taken.
    NotTaken => "not-taken",
    /// The alert's number was read in the text.
    NumberTaken => "number-taken",
    /// The title was read in the text.
    TitleTaken => "title-taken",
    /// The deadline was read in the text.
    DeadlineTaken => "deadline-taken",
    /// A role was read in the text.
    RoleTaken => "role-taken",
    /// A combination was proposed.
    CombinationProposed => "combination-proposed",
}

impl ProblemCode {
    /// Tells whether an officer can answer for a value that was refused so. Never for what cannot be right.
    pub const fn can_be_accepted(self) -> bool {
        matches!(
            self,
            Self::AddressReserved
                | Self::AddressTooWide
                | Self::DomainFused
                | Self::DomainPublicSuffix
                | Self::DomainUnknownTld
                | Self::DomainWellKnown
                | Self::NameTooCommon
                | Self::PathInFolderOfFolders
                | Self::PathLostSeparator
                | Self::ValuesRunTogether
        )
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
