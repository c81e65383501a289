//! Registry keys and values as alerts write them, and how they are compared with the keys and values of a hive.
//!
//! Both sides are brought to one form: `M\` for `HKLM` or `U\` for any user, then the path in upper case. Users are compared
//! only where both sides name one in the same way: an alert may state a SID, and a hive is found in a folder with a name.

use domain::name_pattern::fold;
use thiserror::Error;

/// Why a value cannot be sought in the registry.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotSought {
    /// It names no key below a root of the registry.
    #[error("'{0}' names no key below a root of the registry such as HKLM or HKCU")]
    Root(String),
}

/// A registry key or value as an alert writes it: `HKLM\SOFTWARE\…`, `HKCU\…`, `HKU\*\…`, with `*` for exactly one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryPattern {
    forms: Vec<Form>,
    /// The user named, if one is that a hive's place can name: `.DEFAULT`, or a folder's name.
    user: Option<String>,
}

/// One way in which a hive can have what is sought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// In upper case, with `\` between components.
    pub(super) path: String,
    /// The data that a value must have, in upper case.
    pub(super) data: Option<String>,
}

/// The roots, longest first where one begins with another.
const ROOTS: [(&str, Root); 20] = [
    ("HKEY_LOCAL_MACHINE", Root::Machine),
    ("HKEY_CURRENT_USER", Root::CurrentUser),
    ("HKEY_USERS", Root::Users),
    ("HKEY_CLASSES_ROOT", Root::Classes),
    ("HKEY_CURRENT_CONFIG", Root::Configuration),
    ("HKLM", Root::Machine),
    ("HKCU", Root::CurrentUser),
    ("HKU", Root::Users),
    ("HKCR", Root::Classes),
    ("HKCC", Root::Configuration),
    (r"REGISTRY\MACHINE", Root::Machine),
    (r"REGISTRY\USER", Root::Users),
    ("HKLM:", Root::Machine),
    ("HKCU:", Root::CurrentUser),
    ("HKU:", Root::Users),
    ("HKCR:", Root::Classes),
    ("SYSTEM", Root::BareMachine),
    ("SAM", Root::BareMachine),
    ("SECURITY", Root::BareMachine),
    ("SOFTWARE", Root::Bare),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    Machine,
    CurrentUser,
    Users,
    Classes,
    Configuration,
    /// No root, but the name of a hive of the machine.
    BareMachine,
    /// No root, and a name that the machine and every user have.
    Bare,
}

impl RegistryPattern {
    /// Reads a key.
    pub fn parse_key(text: &str) -> Result<Self, NotSought> {
        Self::parse(text, None)
    }

    /// Reads a value: `KEY\NAME` or `KEY\\NAME`, then `=DATA` where its data is sought too. `KEY\`, `KEY\@` and `KEY\(Default)` are
    /// the key's default value. A name can have `=` in it, so what has one is sought as a whole name too.
    pub fn parse_value(text: &str) -> Result<Self, NotSought> {
        let mut pattern = Self::parse(text, None)?;
        if let Some((value, data)) = text.split_once('=')
            && let Ok(with_data) = Self::parse(value, Some(data))
        {
            pattern.forms.extend(with_data.forms);
        }
        Ok(pattern)
    }

    fn parse(text: &str, data: Option<&str>) -> Result<Self, NotSought> {
        let error = || NotSought::Root(text.to_owned());
        let (root, rest) = split_root(&plain(text)).ok_or_else(error)?;
        if rest.split('\\').all(|component| component == "*") {
            return Err(error());
        }
        let mut user = None;
        let paths = match root {
            Root::Machine | Root::BareMachine => vec![format!("M\\{rest}")],
            Root::CurrentUser => vec![format!("U\\{rest}")],
            Root::Bare => vec![format!("M\\{rest}"), format!("U\\{rest}")],
            Root::Classes => vec![
                format!("M\\SOFTWARE\\CLASSES\\{rest}"),
                format!("U\\SOFTWARE\\CLASSES\\{rest}"),
            ],
            Root::Configuration => vec![format!(
                "M\\SYSTEM\\CURRENTCONTROLSET\\HARDWARE PROFILES\\CURRENT\\{rest}"
            )],
            Root::Users => {
                let (name, rest) = rest.split_once('\\').ok_or_else(error)?;
                let classes = name.strip_suffix("_CLASSES");
                user = user_named(classes.unwrap_or(name));
                let between = if classes.is_some() {
                    "SOFTWARE\\CLASSES\\"
                } else {
                    ""
                };
                vec![format!("U\\{between}{rest}")]
            }
        };
        let data = data.map(|data| fold(data.trim().trim_matches('"')));
        let form = |path| Form {
            path,
            data: data.clone(),
        };
        Ok(Self {
            forms: paths
                .into_iter()
                .flat_map(with_current_control_set)
                .map(form)
                .collect(),
            user,
        })
    }

    /// Returns a key or value, as a trace has it, that is one sought, and the data it must have: for proving that it is found.
    pub fn sample(&self) -> (String, Option<String>) {
        let form = self.forms.last().expect("a pattern has at least one form");
        let path = form.path.replace('*', "ANY");
        let user = self.user.as_deref().unwrap_or("ANY");
        let text = match path.split_once('\\') {
            Some(("U", rest)) => format!("HKU\\{user}\\{rest}"),
            Some((_, rest)) => format!("HKLM\\{rest}"),
            None => path,
        };
        (text, form.data.clone())
    }

    /// Returns the forms in which a hive's keys are looked up.
    pub(super) fn forms(&self) -> &[Form] {
        &self.forms
    }

    /// Tells whether a user, as the hive's place names it, can be the one meant.
    pub(super) fn allows_user(&self, user: &str) -> bool {
        self.user
            .as_deref()
            .is_none_or(|wanted| fold(user) == wanted)
    }
}

/// Takes away what programs put before and between the components.
fn plain(text: &str) -> String {
    let text = fold(text.trim().trim_matches('"'));
    let text = text.strip_prefix(r"REGISTRY::").unwrap_or(&text);
    let text = text.strip_prefix(r"COMPUTER\").unwrap_or(text);
    let text = text.trim_start_matches('\\');
    // `\\` stands between key and value, or between all components where a text was escaped.
    let text = text.replace(r"\\", r"\");
    // A `/` can stand in a name, so it separates only where nothing else does.
    if text.contains('\\') {
        text
    } else {
        text.replace('/', r"\")
    }
}

/// Splits the root off; what has none keeps its first component.
fn split_root(text: &str) -> Option<(Root, String)> {
    let (root, rest) = ROOTS.iter().find_map(|&(name, root)| {
        let rest = text.strip_prefix(name)?.strip_prefix('\\')?;
        let is_bare = matches!(root, Root::Bare | Root::BareMachine);
        Some((root, if is_bare { text } else { rest }))
    })?;
    // What ends with a separator or with `@` is a key's default value.
    let key = rest
        .strip_suffix("\\@")
        .unwrap_or(rest)
        .trim_end_matches('\\');
    let rest = if key.len() < rest.len() {
        format!("{key}\\(DEFAULT)")
    } else {
        rest.to_owned()
    };
    (!key.is_empty()).then_some((root, rest))
}

/// Returns the user that a component names, where it can be compared: a person's SID stands in no path.
fn user_named(name: &str) -> Option<String> {
    match name {
        "*" => None,
        "S-1-5-18" => Some(".DEFAULT".to_owned()),
        name if name.starts_with("S-1-5-21-") || name.starts_with("S-1-12-") => None,
        name => Some(name.to_owned()),
    }
}

/// A control set with a number is also the current one: which number that is differs from host to host.
fn with_current_control_set(form: String) -> Vec<String> {
    const BEFORE: &str = r"M\SYSTEM\CONTROLSET";
    let current = form.strip_prefix(BEFORE).and_then(|rest| {
        let number = rest.get(..3)?.bytes().all(|byte| byte.is_ascii_digit());
        let rest = rest.get(3..)?;
        (number && rest.starts_with('\\')).then(|| format!("M\\SYSTEM\\CURRENTCONTROLSET{rest}"))
    });
    match current {
        Some(current) => vec![form, current],
        None => vec![form],
    }
}
