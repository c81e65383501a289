//! What the readers hand over: values as they stand in the inputs, grouped by what they belong to. Nothing is judged yet.

use domain::{
    Action, AlertId, AlertText, Algorithm, Confidence, Language, OrganisationId, Role,
    RuleLanguage, Severity, Tlp, Within,
};
use jiff::Timestamp;

use crate::problem::{Level, PROBLEMS_MAX, ProblemCode};

/// Where something stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// Index of the input.
    pub(crate) file: usize,
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
}

/// What a value is said or seen to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Deadline,
    Digest(Algorithm),
    Domain,
    FileName,
    Folder,
    Ip,
    Mutex,
    NamedPipe,
    Number,
    Path,
    RegistryKey,
    RegistryValue,
    Role,
    Rule,
    ScheduledTask,
    Service,
    Size,
    Title,
    /// Looks like a value; what kind cannot be said.
    Unclear,
    Url,
}

impl Kind {
    /// Returns the kind as documents write it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::Digest(Algorithm::Md5) => "md5",
            Self::Digest(Algorithm::Sha1) => "sha1",
            Self::Digest(Algorithm::Sha256) => "sha256",
            Self::Domain => "domain",
            Self::FileName => "file-name",
            Self::Folder => "folder",
            Self::Ip => "ip",
            Self::Mutex => "mutex",
            Self::NamedPipe => "named-pipe",
            Self::Number => "number",
            Self::Path => "path",
            Self::RegistryKey => "registry-key",
            Self::RegistryValue => "registry-value",
            Self::Role => "role",
            Self::Rule => "rule",
            Self::ScheduledTask => "scheduled-task",
            Self::Service => "service",
            Self::Size => "size",
            Self::Title => "title",
            Self::Unclear => "unclear",
            Self::Url => "url",
        }
    }

    /// Reads a kind as documents and tables write it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "md5" => Self::Digest(Algorithm::Md5),
            "sha1" => Self::Digest(Algorithm::Sha1),
            "sha256" => Self::Digest(Algorithm::Sha256),
            "domain" => Self::Domain,
            "file-name" => Self::FileName,
            "folder" => Self::Folder,
            "ip" => Self::Ip,
            "mutex" => Self::Mutex,
            "named-pipe" => Self::NamedPipe,
            "path" => Self::Path,
            "registry-key" => Self::RegistryKey,
            "registry-value" => Self::RegistryValue,
            "scheduled-task" => Self::ScheduledTask,
            "service" => Self::Service,
            "url" => Self::Url,
            _ => return None,
        })
    }

    /// Tells whether the value describes a file, so that several of them make one indicator.
    pub(crate) const fn describes_a_file(self) -> bool {
        matches!(
            self,
            Self::Digest(_) | Self::FileName | Self::Folder | Self::Path | Self::Size
        )
    }
}

/// A value in an input.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
    /// As it stands there.
    pub(crate) written: String,
    /// Without the disguise and the invisible characters of the input.
    pub(crate) value: String,
    /// What the reader itself saw wrong with it.
    pub(crate) flaw: Option<Flaw>,
}

/// What is wrong with a value, before it is known where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) level: Level,
    pub(crate) code: ProblemCode,
    pub(crate) args: Vec<(&'static str, String)>,
    pub(crate) suggestion: Option<String>,
}

impl Flaw {
    pub(crate) fn refused(code: ProblemCode) -> Self {
        Self {
            level: Level::Refused,
            code,
            args: Vec::new(),
            suggestion: None,
        }
    }

    pub(crate) fn warning(code: ProblemCode) -> Self {
        Self {
            level: Level::Warning,
            ..Self::refused(code)
        }
    }

    pub(crate) fn note(code: ProblemCode) -> Self {
        Self {
            level: Level::Note,
            ..Self::refused(code)
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers hand over numbers, texts and errors alike"
    )]
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    pub(crate) fn meant(mut self, suggestion: Option<String>) -> Self {
        self.suggestion = suggestion;
        self
    }
}

/// A flaw with its place and value.
#[derive(Clone, Debug)]
pub(crate) struct Reported {
    /// Nowhere: it concerns the draft as a whole. Line 0: it concerns an input as a whole.
    pub(crate) place: Option<Place>,
    pub(crate) value: String,
    pub(crate) flaw: Flaw,
}

/// Adds to a list of problems, as long as anybody could read it.
pub(crate) fn push(list: &mut Vec<Reported>, reported: Reported) {
    // Some of them are sorted out again, and the last one says that there are more.
    if list.len() <= 4 * PROBLEMS_MAX {
        list.push(reported);
    }
}

/// One thing sought, as an input describes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) place: Place,
    /// It was written as an indicator: nothing is added to it or left out.
    pub(crate) is_stated: bool,
    /// Something in it could not be read, and was reported.
    pub(crate) has_mistake: bool,
    pub(crate) id: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) role: Option<Role>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) found: Vec<Found>,
}

/// A value of the alert's head, and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
    pub(crate) place: Place,
    pub(crate) value: T,
}

/// What an input says about the alert as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) authority: Option<At<OrganisationId>>,
    pub(crate) number: Option<At<String>>,
    pub(crate) version: Option<At<u32>>,
    pub(crate) exercise: Option<At<bool>>,
    pub(crate) severity: Option<At<Severity>>,
    pub(crate) tlp: Option<At<Tlp>>,
    pub(crate) issued_at: Option<At<Timestamp>>,
    pub(crate) expires_at: Option<At<Timestamp>>,
    pub(crate) deadline_at: Option<At<Timestamp>>,
    pub(crate) audience: Option<At<Vec<OrganisationId>>>,
    pub(crate) texts: Option<At<Vec<AlertText>>>,
    pub(crate) actions: Option<At<Vec<Action>>>,
    pub(crate) questions: Option<At<Vec<String>>>,
    pub(crate) supersedes: Option<At<AlertId>>,
    /// A title read in a text, and the text itself.
    pub(crate) title: Option<At<String>>,
    pub(crate) body: Option<At<String>>,
    pub(crate) language: Option<Language>,
    /// How number, title and deadline are written, by their places.
    pub(crate) written: Vec<(Place, String)>,
}

/// A combination as a native document states it.
#[derive(Clone, Debug)]
pub(crate) struct StatedCombination {
    pub(crate) place: Place,
    pub(crate) id: String,
    pub(crate) all_of: Vec<String>,
    pub(crate) within: Within,
}

/// A rule's source with what an input says about it.
#[derive(Clone, Debug)]
pub(crate) struct StatedRule {
    /// Where the source begins.
    pub(crate) place: Place,
    /// Whether lines of the source are lines of the input.
    pub(crate) is_file: bool,
    pub(crate) language: RuleLanguage,
    pub(crate) id: Option<String>,
    pub(crate) role: Option<Role>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) source: String,
}

/// A phrase of a text that gives a role to a file.
#[derive(Clone, Debug)]
pub(crate) struct RolePhrase {
    pub(crate) place: Place,
    /// The phrase.
    pub(crate) written: String,
    /// The file's name.
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Material {
    pub(crate) head: Head,
    pub(crate) entries: Vec<Entry>,
    pub(crate) combinations: Vec<StatedCombination>,
    pub(crate) rules: Vec<StatedRule>,
    pub(crate) role_phrases: Vec<RolePhrase>,
    /// Values repeated in the text, such as a file's name in a heading: shown, and no indicators of their own.
    pub(crate) mentions: Vec<Found>,
    /// What looks like a value and is not taken.
    pub(crate) passed: Vec<Found>,
    pub(crate) reported: Vec<Reported>,
}

impl Material {
    pub(crate) fn report(&mut self, place: Option<Place>, value: impl Into<String>, flaw: Flaw) {
        push(
            &mut self.reported,
            Reported {
                place,
                value: value.into(),
                flaw,
            },
        );
    }

    /// Returns how many values there are.
    pub(crate) fn value_count(&self) -> usize {
        let taken: usize = self.entries.iter().map(|entry| entry.found.len()).sum();
        taken + self.mentions.len() + self.passed.len()
    }
}
