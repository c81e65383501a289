//! Paths and names that have lost something on their way.

use domain::name_pattern::{NamePatternError, fold, windows_variable};
use domain::{FileName, PathPattern};

use super::evidence::Evidence;
use super::fusion;
use super::known::{self, is_file_ending};
use crate::material::{Flaw, Kind};
use crate::problem::ProblemCode;

/// Folders by which a Unix path without its first separator is told.
const UNIX_FOLDERS: &[&str] = &["BIN", "ETC", "HOME", "LIB", "OPT", "TMP", "USR", "VAR"];

pub(super) fn check_name(value: &str, evidence: &Evidence) -> Vec<Flaw> {
    if let Some(flaw) = fusion::find(Kind::FileName, value, evidence) {
        return vec![flaw];
    }
    if let Some((left, right)) = fusion::after_a_program_ending(value) {
        return vec![fusion::flaw(left, right)];
    }
    match value.parse::<FileName>() {
        Ok(_) => Vec::new(),
        Err(error) => vec![malformed(ProblemCode::NameMalformed, &error)],
    }
}

/// Checks a folder: it is no value of its own, but names are put into it.
pub(super) fn check_folder(value: &str, evidence: &Evidence) -> Vec<Flaw> {
    let trimmed = value.trim_end_matches(['\\', '/']);
    if trimmed.len() <= 2 {
        return Vec::new();
    }
    check_shape(trimmed, evidence)
}

pub(super) fn check_path(value: &str, evidence: &Evidence) -> Vec<Flaw> {
    let flaws = check_shape(value, evidence);
    if !flaws.is_empty() || value.starts_with('/') {
        return flaws;
    }
    in_a_folder_of_folders(value).into_iter().collect()
}

fn check_shape(value: &str, evidence: &Evidence) -> Vec<Flaw> {
    if let Some(flaw) = fusion::find(Kind::Path, value, evidence) {
        return vec![flaw];
    }
    if let Some(flaw) = without_drive(value) {
        return vec![flaw];
    }
    if let Some(flaw) = lost_separator(value, evidence) {
        return vec![flaw];
    }
    match value.parse::<PathPattern>() {
        Ok(_) => Vec::new(),
        Err(NamePatternError::EmptyComponent) => {
            let single = value.replace("\\\\", "\\").replace("//", "/");
            let meant = single.parse::<PathPattern>().is_ok().then_some(single);
            vec![
                malformed(
                    ProblemCode::PathMalformed,
                    &NamePatternError::EmptyComponent,
                )
                .meant(meant),
            ]
        }
        Err(error) => vec![malformed(ProblemCode::PathMalformed, &error)],
    }
}

fn malformed(code: ProblemCode, error: &NamePatternError) -> Flaw {
    let (reason, detail) = match error {
        NamePatternError::Empty => ("empty", String::new()),
        NamePatternError::TooLong(most) => ("too-long", most.to_string()),
        NamePatternError::Character(stranger) => ("character", stranger.to_string()),
        NamePatternError::NotAbsolute | NamePatternError::DriveWithoutSeparator => {
            ("not-absolute", String::new())
        }
        NamePatternError::EmptyComponent => ("empty-component", String::new()),
        NamePatternError::UnknownVariable(name) => ("unknown-variable", name.clone()),
        NamePatternError::Relative => ("relative", String::new()),
    };
    Flaw::refused(code)
        .with("reason", reason)
        .with("detail", detail)
}

/// Finds a drive or variable that is missing or not followed by a separator.
fn without_drive(value: &str) -> Option<Flaw> {
    let flaw = |meant: Option<String>| {
        let meant = meant.filter(|path| path.parse::<PathPattern>().is_ok());
        Some(Flaw::refused(ProblemCode::PathWithoutDrive).meant(meant))
    };
    if value.starts_with('/') || value.starts_with("\\\\") {
        return None;
    }
    if let Some(after) = value.strip_prefix('%') {
        let (name, rest) = after.split_once('%')?;
        let lost = !rest.is_empty() && !rest.starts_with(['\\', '/']);
        return if lost && windows_variable(name).is_some() {
            flaw(Some(format!("%{name}%\\{rest}")))
        } else {
            None
        };
    }
    let bytes = value.as_bytes();
    if bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' {
        return match bytes.get(2) {
            Some(b'\\' | b'/') => None,
            _ => flaw(Some(format!("{}\\{}", &value[..2], &value[2..]))),
        };
    }
    if let Some(rest) = value.strip_prefix('\\') {
        return flaw(Some(format!("C:\\{rest}")));
    }
    // `C\Windows\…`: the colon is lost.
    if bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b'\\' {
        return flaw(Some(format!("{}:{}", &value[..1], &value[1..])));
    }
    let first = fold(value.split(['\\', '/']).next().unwrap_or(value));
    if !value.contains('\\') && UNIX_FOLDERS.contains(&first.as_str()) {
        return flaw(Some(format!("/{value}")));
    }
    flaw(Some(format!("C:\\{value}")))
}

/// Finds a component that is two: a folder and what lies in it.
fn lost_separator(value: &str, evidence: &Evidence) -> Option<Flaw> {
    let separators: &[char] = if value.starts_with('/') {
        &['/']
    } else {
        &['\\', '/']
    };
    let mut start = 0;
    let mut parent = String::new();
    let mut components = value.split(separators).peekable();
    while let Some(component) = components.next() {
        let place = Component {
            text: component,
            parent: &parent,
            is_last: components.peek().is_none(),
        };
        if let Some(at) = place.seam(evidence) {
            let separator = if value.starts_with('/') { '/' } else { '\\' };
            let (left, right) = value.split_at(start + at);
            // A whole program on the left is not a folder: two names have fused.
            if fusion::after_a_program_ending(component).is_some_and(|(left, _)| left.len() == at) {
                return Some(fusion::flaw(left, right));
            }
            return Some(
                Flaw::refused(ProblemCode::PathLostSeparator)
                    .with("left", &component[..at])
                    .with("right", &component[at..])
                    .meant(Some(format!("{left}{separator}{right}"))),
            );
        }
        if !component.is_empty() {
            if !parent.is_empty() {
                parent.push('\\');
            }
            parent.push_str(&fold(component));
        }
        start += component.len() + 1;
    }
    None
}

struct Component<'a> {
    text: &'a str,
    /// The folded path before it.
    parent: &'a str,
    is_last: bool,
}

impl Component<'_> {
    /// Returns where the component should have been divided.
    fn seam(&self, evidence: &Evidence) -> Option<usize> {
        if let Some((left, _)) = fusion::after_a_program_ending(self.text) {
            return Some(left.len());
        }
        let whole = fold(self.text);
        let is_known = known::UNMISTAKABLE_FOLDERS.contains(&whole.as_str())
            || known::FOLDERS.contains(&whole.as_str())
            || known::WHOLE_NAMES.contains(&whole.as_str());
        if is_known || self.text.chars().count() > 255 {
            return None;
        }
        // Each known half at its longest: `PROGRAM FILES (X86)` before `PROGRAM FILES`.
        let mut seams = self
            .text
            .char_indices()
            .rev()
            .map(|(at, _)| at)
            .filter(|at| *at > 0);
        seams.find(|at| {
            let (left, right) = self.text.split_at(*at);
            self.is_seam(&fold(left), &fold(right), right, evidence)
        })
    }

    fn is_seam(&self, left: &str, right: &str, right_written: &str, evidence: &Evidence) -> bool {
        let touches =
            |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '$' || c == '_');
        let left_touches = touches(left.chars().next_back()) || left.ends_with(')');
        if !left_touches || !touches(right.chars().next()) {
            return false;
        }
        let unmistakable = |name: &str| known::UNMISTAKABLE_FOLDERS.contains(&name);
        let known_folder = |name: &str| unmistakable(name) || known::FOLDERS.contains(&name);
        if unmistakable(left) || unmistakable(right) {
            return true;
        }
        let long_enough = left.chars().count() >= 2 && right.chars().count() >= 2;
        let left_is_folder = known_folder(left) || evidence.is_folder(left);
        let right_is_name = known_folder(right)
            || evidence.is_folder(right)
            || evidence.is_name(right) && !known::is_system_name(right);
        if long_enough && left_is_folder && right_is_name {
            return true;
        }
        if long_enough
            && self.is_last
            && !is_a_name(left)
            && evidence.is_name(right)
            && begins_a_word(right_written)
        {
            return true;
        }
        let is_sibling = left.chars().count() >= 3 && evidence.has_child(self.parent, left);
        if is_sibling && self.is_last {
            return true;
        }
        known::CHILD_FOLDERS.iter().any(|(parent, child)| {
            *child == left
                && right.chars().count() >= 2
                && parent_ends_with(self.parent, parent)
                && (self.is_last || parent.starts_with(':'))
                && !(right.starts_with(|c: char| c.is_ascii_digit()))
        })
    }
}

/// Tells whether a folded name has the ending of a file.
fn is_a_name(folded: &str) -> bool {
    folded
        .rsplit_once('.')
        .is_some_and(|(_, ending)| is_file_ending(ending))
}

/// Tells whether a name begins as names do that stand alone: not with a lower-case letter in the middle of a word.
fn begins_a_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_uppercase())
}

/// Tells whether a folded path is `end`, or ends with it: `:` stands for a drive's root.
fn parent_ends_with(parent: &str, end: &str) -> bool {
    if end == ":" {
        parent.len() == 2 && parent.ends_with(':')
    } else {
        parent.ends_with(end)
    }
}

/// Finds a program directly in a folder that holds only folders: its own folder has probably fused with it.
fn in_a_folder_of_folders(value: &str) -> Option<Flaw> {
    let (parent, name) = value.rsplit_once(['\\', '/'])?;
    let folded = fold(parent).replace('/', "\\");
    if !known::FOLDERS_OF_FOLDERS
        .iter()
        .any(|end| folded.ends_with(end))
    {
        return None;
    }
    let meant = capital_inside(name).map(|at| {
        let (left, right) = name.split_at(at);
        format!("{parent}\\{left}\\{right}")
    });
    Some(
        Flaw::refused(ProblemCode::PathInFolderOfFolders)
            .with("folder", parent)
            .with("name", name)
            .meant(meant),
    )
}

/// Returns the place of the capital letter after a small one that is nearest to the middle of a name's stem.
fn capital_inside(name: &str) -> Option<usize> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let middle = stem.len() / 2;
    let letters: Vec<(usize, char)> = stem.char_indices().collect();
    letters
        .windows(2)
        .filter(|pair| pair[0].1.is_lowercase() && pair[1].1.is_uppercase())
        .map(|pair| pair[1].0)
        .min_by_key(|at| at.abs_diff(middle))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(value: &str) -> Option<(&'static str, Option<String>)> {
        check_path(value, &Evidence::default())
            .into_iter()
            .next()
            .map(|flaw| (flaw.code.as_str(), flaw.suggestion))
    }

    #[test]
    fn finds_separators_lost_beside_folders_of_windows() {
        for (value, meant) in [
            (
                r"C:\Windowssystem32\DiskMgers.dll",
                r"C:\Windows\system32\DiskMgers.dll",
            ),
            (
                r"C:\Windows\system32DiskMgers.dll",
                r"C:\Windows\system32\DiskMgers.dll",
            ),
            (
                r"C:\Program FilesCommon Files\a\b.exe",
                r"C:\Program Files\Common Files\a\b.exe",
            ),
            (
                r"C:\Program Files\Common FilesMcAfee\b.exe",
                r"C:\Program Files\Common Files\McAfee\b.exe",
            ),
            (
                r"C:\Program Files (x86)Foo\b.exe",
                r"C:\Program Files (x86)\Foo\b.exe",
            ),
            (r"C:\UsersPublic\b.exe", r"C:\Users\Public\b.exe"),
            (r"C:\Windowsexplore.dll", r"C:\Windows\explore.dll"),
            (r"C:\ProgramDataEvil\b.exe", r"C:\ProgramData\Evil\b.exe"),
            (
                r"C:\Users\*\AppDataRoaming\b.exe",
                r"C:\Users\*\AppData\Roaming\b.exe",
            ),
            ("/usrbin/x", "/usr/bin/x"),
        ] {
            assert_eq!(
                first(value),
                Some(("path-lost-separator", Some(meant.to_owned()))),
                "{value}"
            );
        }
    }

    #[test]
    fn finds_what_is_missing_before_the_first_folder() {
        for (value, meant) in [
            (r"C:Windows\system32\a.dll", r"C:\Windows\system32\a.dll"),
            (r"C\Windows\system32\a.dll", r"C:\Windows\system32\a.dll"),
            (r"\Windows\system32\a.dll", r"C:\Windows\system32\a.dll"),
            (r"Windows\system32\a.dll", r"C:\Windows\system32\a.dll"),
            (r"%APPDATA%a.dll", r"%APPDATA%\a.dll"),
            ("etc/cron.d/x", "/etc/cron.d/x"),
        ] {
            assert_eq!(
                first(value),
                Some(("path-without-drive", Some(meant.to_owned()))),
                "{value}"
            );
        }
    }

    #[test]
    fn accepts_real_paths() {
        for value in [
            r"C:\Program Files\Common Files\McAfee\McAfee.exe",
            r"C:\Windows\system32\DiskMgers.dll",
            r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe",
            r"C:\Program Files\WindowsApps\x\a.exe",
            r"C:\Program Files (x86)\Microsoft Office\root\a.exe",
            r"C:\Windows.old\Windows\a.exe",
            r"C:\Windows10Upgrade\a.exe",
            r"C:\ProgramData\a.exe",
            r"C:\Users\Public\Documents\a.exe",
            r"C:\Users\Public\a.exe",
            r"%APPDATA%\Microsoft\Windows\Start Menu\Programs\Startup\a.lnk",
            r"%TEMP%\~DF1234.tmp",
            r"C:\Windows\Temp\a.exe",
            r"C:\Windows\System32\drivers\etc\hosts.ics",
            r"C:\Windows\SysWOW64\config\systemprofile\a.dll",
            r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\a.dll",
            r"C:\inetpub\wwwroot\aspnet_client\a.aspx",
            r"C:\Windows\SystemApps\a.exe",
            r"C:\a\report.docx.exe",
            r"C:\a\my.system.dll",
            r"C:\a\app.exe.config",
            r"C:\Intel\a.exe",
            r"D:\data.exe",
            "/usr/local/bin/x",
            "/var/www/html/shell.php",
            "/usr/libexec/x",
            "/tmp/.X11-unix/x",
        ] {
            assert_eq!(first(value), None, "{value}");
        }
    }

    #[test]
    fn finds_a_folder_fused_with_its_file_where_no_file_can_lie() {
        let (code, meant) =
            first(r"C:\Program Files\Common Files\McAfeeMcUtil.dll").expect("refused");
        assert_eq!(code, "path-in-folder-of-folders");
        assert_eq!(
            meant.as_deref(),
            Some(r"C:\Program Files\Common Files\McAfee\McUtil.dll")
        );
    }

    #[test]
    fn finds_two_names_fused() {
        for value in [
            r"C:\a\McAfee.exeMcUtil.dll",
            r"C:\a\b.exeC:\c\d.dll",
            r"C:\a\b.exe C:\c\d.dll",
            r"C:\a\b.dll884d46c01c762ad6ddd2759fd921bf71",
            r"C:\a\b.dllplayball.ddns.info",
        ] {
            assert_eq!(
                first(value).map(|(code, _)| code),
                Some("values-run-together"),
                "{value}"
            );
        }
        assert!(!check_name("McAfee.exeMcUtil.dll", &Evidence::default()).is_empty());
        assert!(
            check_name("884d46c01c762ad6ddd2759fd921bf71.exe", &Evidence::default()).is_empty()
        );
    }
}
