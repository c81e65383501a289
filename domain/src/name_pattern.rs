//! File names and paths as alerts write them, and how they are compared with what lies on a disk.
//!
//! Windows paths are compared as Windows does (case folded with the simple upper-case mapping), wherever the disk is
//! mounted: a pattern matches the *end* of a file's path, whole components only. `%VARIABLES%` stand for each place
//! they can mean on a Windows installation, `*` for exactly one component.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest name of one component, in characters: the limit of NTFS and of most Unix file systems.
const NAME_CHARS_MAX: usize = 255;
/// Longest path, in characters: the limit of Windows.
const PATH_CHARS_MAX: usize = 32_767;

/// Why a text is not a file name or a path.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NamePatternError {
    /// Nothing was given.
    #[error("it is empty")]
    Empty,
    /// A name or a path is longer than any file system allows.
    #[error("it is longer than {0} characters")]
    TooLong(usize),
    /// A character cannot stand in a name.
    #[error("{0:?} cannot stand in a file name")]
    Character(char),
    /// A path begins neither with a drive, nor with a variable, nor with `/`.
    #[error("it begins neither with a drive such as C:\\, nor with a %VARIABLE%, nor with /")]
    NotAbsolute,
    /// A drive letter is not followed by a separator.
    #[error("the separator after the drive is missing")]
    DriveWithoutSeparator,
    /// Two separators stand side by side, or the path ends with one.
    #[error("it has an empty component")]
    EmptyComponent,
    /// The variable is not one that this program knows.
    #[error("the variable %{0}% is not known")]
    UnknownVariable(String),
    /// `.` and `..` make a path mean different things at different places.
    #[error("it has '.' or '..' as a component")]
    Relative,
}

/// The name of a file, without a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName {
    text: String,
    folded: String,
}

impl FileName {
    /// Returns the name as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the name as [`fold`] leaves it.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

impl FromStr for FileName {
    type Err = NamePatternError;

    fn from_str(text: &str) -> Result<Self, NamePatternError> {
        check_component(text, |c| "\\/:*?\"<>|".contains(c))?;
        if text == "." || text == ".." {
            return Err(NamePatternError::Relative);
        }
        Ok(Self {
            text: text.to_owned(),
            folded: fold(text),
        })
    }
}

impl TryFrom<String> for FileName {
    type Error = NamePatternError;

    fn try_from(text: String) -> Result<Self, NamePatternError> {
        text.parse()
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.text
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whose rules a path follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathStyle {
    /// Separators `/`, case matters.
    Posix,
    /// Separators `\` (or `/`), case does not matter.
    Windows,
}

/// Where a file is expected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PathPattern {
    text: String,
    style: PathStyle,
    /// Each place the path can mean; components folded for Windows, as they are for Posix.
    places: Vec<Vec<String>>,
}

impl PathPattern {
    /// Returns the path as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns whose rules the path follows.
    pub fn style(&self) -> PathStyle {
        self.style
    }

    /// Returns the name of the file as it was written.
    pub fn file_name(&self) -> &str {
        let separators: &[char] = if self.style == PathStyle::Windows {
            &['\\', '/']
        } else {
            &['/']
        };
        self.text.rsplit(separators).next().unwrap_or(&self.text)
    }

    /// Tells whether a file's path ends with one of the places meant. `components` are the file's path from its root
    /// to its name, as the disk has them, and `folded` the same after [`fold`].
    pub fn matches(&self, components: &[&str], folded: &[&str]) -> bool {
        let names = if self.style == PathStyle::Windows {
            folded
        } else {
            components
        };
        self.places.iter().any(|place| ends_with(names, place))
    }

    /// Returns a path with `/` that lies where the pattern says: a sample to prove a search by.
    pub fn sample(&self) -> String {
        let place = self.places.first().map(Vec::as_slice).unwrap_or_default();
        let named = place.iter().map(|component| match component.as_str() {
            "*" => "any",
            named => named,
        });
        named.fold(String::new(), |path, component| path + "/" + component)
    }
}

impl FromStr for PathPattern {
    type Err = NamePatternError;

    fn from_str(text: &str) -> Result<Self, NamePatternError> {
        if text.is_empty() {
            return Err(NamePatternError::Empty);
        }
        if text.chars().count() > PATH_CHARS_MAX {
            return Err(NamePatternError::TooLong(PATH_CHARS_MAX));
        }
        let (style, places) = if text.starts_with('/') {
            (PathStyle::Posix, posix_places(text)?)
        } else {
            (PathStyle::Windows, windows_places(text)?)
        };
        Ok(Self {
            text: text.to_owned(),
            style,
            places,
        })
    }
}

impl TryFrom<String> for PathPattern {
    type Error = NamePatternError;

    fn try_from(text: String) -> Result<Self, NamePatternError> {
        text.parse()
    }
}

impl From<PathPattern> for String {
    fn from(path: PathPattern) -> Self {
        path.text
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Folds a name as Windows compares names: each character by its simple upper-case mapping, where it has one.
pub fn fold(name: &str) -> String {
    name.chars()
        .map(|c| {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(single), None) => single,
                _ => c,
            }
        })
        .collect()
}

/// Returns the places that a Windows variable can mean, relative to the root of the drive, or nothing for a variable
/// that is not known. Source: "Recognized environment variables" of the Windows User State Migration Tool, with the
/// places of Windows XP and 2003 beside those of today.
pub fn windows_variable(name: &str) -> Option<&'static [&'static str]> {
    Some(match fold(name).as_str() {
        "SYSTEMDRIVE" | "HOMEDRIVE" => &[""],
        "SYSTEMROOT" | "WINDIR" => &["Windows", "WINNT"],
        "PROGRAMFILES" => &["Program Files", "Program Files (x86)"],
        "PROGRAMFILES(X86)" => &["Program Files (x86)"],
        "PROGRAMW6432" => &["Program Files"],
        "COMMONPROGRAMFILES" => &[
            "Program Files\\Common Files",
            "Program Files (x86)\\Common Files",
        ],
        "COMMONPROGRAMFILES(X86)" => &["Program Files (x86)\\Common Files"],
        "COMMONPROGRAMW6432" => &["Program Files\\Common Files"],
        "PROGRAMDATA" | "ALLUSERSPROFILE" => &["ProgramData", "Documents and Settings\\All Users"],
        "PUBLIC" => &["Users\\Public"],
        "USERPROFILE" | "HOMEPATH" => &["Users\\*", "Documents and Settings\\*"],
        "APPDATA" => &[
            "Users\\*\\AppData\\Roaming",
            "Documents and Settings\\*\\Application Data",
        ],
        "LOCALAPPDATA" => &[
            "Users\\*\\AppData\\Local",
            "Documents and Settings\\*\\Local Settings\\Application Data",
        ],
        "TEMP" | "TMP" => &[
            "Users\\*\\AppData\\Local\\Temp",
            "Documents and Settings\\*\\Local Settings\\Temp",
            "Windows\\Temp",
        ],
        _ => return None,
    })
}

fn windows_places(text: &str) -> Result<Vec<Vec<String>>, NamePatternError> {
    let (prefixes, rest): (&[&str], &str) = if let Some(after) = text.strip_prefix('%') {
        let (name, rest) = after.split_once('%').ok_or(NamePatternError::NotAbsolute)?;
        let places = windows_variable(name)
            .ok_or_else(|| NamePatternError::UnknownVariable(name.to_owned()))?;
        (
            places,
            rest.strip_prefix(['\\', '/'])
                .ok_or(NamePatternError::DriveWithoutSeparator)?,
        )
    } else {
        let mut chars = text.chars();
        if !chars.next().is_some_and(|c| c.is_ascii_alphabetic()) || chars.next() != Some(':') {
            return Err(NamePatternError::NotAbsolute);
        }
        (
            &[""],
            chars
                .as_str()
                .strip_prefix(['\\', '/'])
                .ok_or(NamePatternError::DriveWithoutSeparator)?,
        )
    };
    let tail = rest
        .split(['\\', '/'])
        .map(|name| windows_component(name).map(fold))
        .collect::<Result<Vec<_>, _>>()?;
    let with_prefix = |prefix: &&str| {
        let head = prefix.split('\\').filter(|name| !name.is_empty()).map(fold);
        head.chain(tail.iter().cloned()).collect()
    };
    Ok(prefixes.iter().map(with_prefix).collect())
}

fn windows_component(name: &str) -> Result<&str, NamePatternError> {
    if name != "*" {
        check_component(name, |c| ":*?\"<>|%".contains(c))?;
    }
    Ok(name)
}

fn posix_places(text: &str) -> Result<Vec<Vec<String>>, NamePatternError> {
    let mut components = Vec::new();
    for name in text[1..].split('/') {
        check_component(name, |_| false)?;
        components.push(name.to_owned());
    }
    Ok(vec![components])
}

fn check_component(name: &str, forbidden: impl Fn(char) -> bool) -> Result<(), NamePatternError> {
    if name.is_empty() {
        return Err(NamePatternError::EmptyComponent);
    }
    if name == "." || name == ".." {
        return Err(NamePatternError::Relative);
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(NamePatternError::TooLong(NAME_CHARS_MAX));
    }
    match name.chars().find(|&c| c.is_control() || forbidden(c)) {
        Some(stranger) => Err(NamePatternError::Character(stranger)),
        None => Ok(()),
    }
}

fn ends_with(names: &[&str], place: &[String]) -> bool {
    names.len() >= place.len()
        && names[names.len() - place.len()..]
            .iter()
            .zip(place)
            .all(|(name, wanted)| wanted == "*" || name == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let components: Vec<&str> = path.split('/').filter(|c| !c.is_empty()).collect();
        let folded: Vec<String> = components.iter().map(|c| fold(c)).collect();
        let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
        pattern
            .parse::<PathPattern>()
            .expect(pattern)
            .matches(&components, &folded)
    }

    #[test]
    fn finds_a_windows_path_on_a_mounted_disk_whatever_its_case() {
        let pattern = r"C:\Windows\system32\DiskMgers.dll";
        assert!(matches(pattern, "/mnt/disk/WINDOWS/System32/diskmgers.DLL"));
        assert!(matches(pattern, "/Windows/system32/DiskMgers.dll"));
        assert!(!matches(
            pattern,
            "/mnt/disk/MyWindows/System32/DiskMgers.dll"
        ));
        assert!(!matches(pattern, "/mnt/system32/DiskMgers.dll"));
    }

    #[test]
    fn puts_each_place_for_a_variable() {
        assert!(matches(
            r"%APPDATA%\a.exe",
            "/mnt/Users/Lan/AppData/Roaming/a.exe"
        ));
        assert!(matches(
            r"%AppData%\a.exe",
            "/mnt/Documents and Settings/Lan/Application Data/A.EXE"
        ));
        assert!(!matches(
            r"%APPDATA%\a.exe",
            "/mnt/Users/AppData/Roaming/a.exe.txt"
        ));
        assert!(matches(
            r"%SystemRoot%\system32\x.dll",
            "/windows/SYSTEM32/x.dll"
        ));
    }

    #[test]
    fn keeps_case_in_a_posix_path() {
        assert!(matches("/etc/cron.d/x", "/mnt/etc/cron.d/x"));
        assert!(!matches("/etc/cron.d/x", "/etc/cron.d/X"));
    }

    #[test]
    fn refuses_what_is_not_a_path() {
        use NamePatternError as E;
        let error = |text: &str| text.parse::<PathPattern>().err();
        assert_eq!(error("C:Windows\\x.dll"), Some(E::DriveWithoutSeparator));
        assert_eq!(error("Windows\\x.dll"), Some(E::NotAbsolute));
        assert_eq!(error("C:\\Windows\\\\x.dll"), Some(E::EmptyComponent));
        assert_eq!(
            error("%NOSUCH%\\x.dll"),
            Some(E::UnknownVariable("NOSUCH".into()))
        );
        assert_eq!(error("C:\\a\\C:\\b"), Some(E::Character(':')));
        assert_eq!(error("C:\\a\\..\\b"), Some(E::Relative));
        assert_eq!("a/b".parse::<FileName>().err(), Some(E::Character('/')));
    }

    #[test]
    fn folds_vietnamese_names_as_windows_does() {
        assert_eq!(fold("Hồ sơ đính kèm.exe"), fold("HỒ SƠ ĐÍNH KÈM.EXE"));
        assert_eq!(fold("straße"), "STRAßE");
    }
}
