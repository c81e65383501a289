//! Two values without anything between them, whatever their kinds.

use domain::name_pattern::fold;

use super::domain::has_known_suffix;
use super::evidence::Evidence;
use super::known::{self, is_file_ending};
use crate::material::{Flaw, Kind};
use crate::problem::ProblemCode;

/// Hexadecimal digits that are too many to be part of anything but a digest.
const DIGEST_LIKE_MIN: usize = 28;
/// Characters of a value in which every place is tried as the seam.
const SEAM_CHARS_MAX: usize = 600;

/// Makes the refusal of two values run together.
pub(super) fn flaw(left: &str, right: &str) -> Flaw {
    Flaw::refused(ProblemCode::ValuesRunTogether)
        .with("left", left)
        .with("right", right)
        .meant(Some(format!("{left} + {right}")))
}

/// Checks a value that is not looked into otherwise: a registry key, a mutex, a service.
pub(super) fn check_plain(kind: Kind, value: &str, _evidence: &Evidence) -> Vec<Flaw> {
    if let Err(error) = domain::Observable::new(kind.as_str(), value) {
        return vec![Flaw::refused(ProblemCode::ValueMalformed).with("reason", error)];
    }
    if kind == Kind::RegistryKey
        && let Some((left, right)) = interior_hive(value)
    {
        return vec![flaw(left, right)];
    }
    Vec::new()
}

/// Finds the seam in a value that is a path, a name, a domain or a URL.
pub(super) fn find(kind: Kind, value: &str, evidence: &Evidence) -> Option<Flaw> {
    let halves = match kind {
        Kind::Url => None,
        _ => interior_drive(value).map(|at| value.split_at(at)),
    };
    let halves = halves
        .or_else(|| interior_hive(value))
        .or_else(|| interior_scheme(value))
        .or_else(|| beside_a_digest(value))
        .or_else(|| around_a_known_value(kind, value, evidence));
    halves.map(|(left, right)| flaw(left, right))
}

/// Returns where a drive letter with colon and separator begins inside a text.
pub(crate) fn interior_drive(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (1..bytes.len().saturating_sub(2)).find(|&at| {
        let separator = match bytes[at + 2] {
            b'\\' => true,
            b'/' => bytes.get(at + 3) != Some(&b'/'),
            _ => false,
        };
        separator && bytes[at + 1] == b':' && bytes[at].is_ascii_alphabetic()
    })
}

fn interior_hive(text: &str) -> Option<(&str, &str)> {
    let upper = text.to_ascii_uppercase();
    ["HKEY_", "HKLM\\", "HKCU\\", "HKCR\\", "HKU\\"]
        .iter()
        .filter_map(|hive| upper.rfind(hive))
        .filter(|at| *at > 0)
        .min()
        .map(|at| text.split_at(at))
}

fn interior_scheme(text: &str) -> Option<(&str, &str)> {
    let lower = text.to_ascii_lowercase();
    ["https://", "http://", "ftp://"].iter().find_map(|scheme| {
        let at = lower.rfind(scheme)?;
        let before = lower[..at].chars().next_back()?;
        // Addresses are passed on inside addresses: `…?url=http://…`.
        (before.is_alphanumeric() || before == '.').then(|| text.split_at(at))
    })
}

/// Splits a text that has a digest with letters or digits of something else directly beside it.
pub(super) fn beside_a_digest(text: &str) -> Option<(&str, &str)> {
    for word in words(text) {
        let digits = longest_hex(word);
        if digits.len() < DIGEST_LIKE_MIN || digits.len() == word.len() {
            continue;
        }
        let begin = digits.as_ptr() as usize - text.as_ptr() as usize;
        let end = begin + digits.len();
        let word_begin = word.as_ptr() as usize - text.as_ptr() as usize;
        // The last digits of what stands before may themselves be hexadecimal: count back from the end.
        if begin > word_begin {
            let digest = [64, 40, 32]
                .into_iter()
                .find(|length| digits.len() >= *length)
                .unwrap_or(digits.len());
            return Some(text.split_at(end - digest));
        }
        let digest = [64, 40, 32]
            .into_iter()
            .find(|length| digits.len() >= *length)
            .unwrap_or(digits.len());
        return Some(text.split_at(begin + digest));
    }
    None
}

/// Runs of letters and digits.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// The longest run of hexadecimal digits.
fn longest_hex(word: &str) -> &str {
    word.split(|c: char| !c.is_ascii_hexdigit())
        .max_by_key(|run| run.len())
        .unwrap_or("")
}

/// Splits a text one half of which stands elsewhere in the draft while the other is a whole value too.
fn around_a_known_value<'a>(
    kind: Kind,
    text: &'a str,
    evidence: &Evidence,
) -> Option<(&'a str, &'a str)> {
    if kind == Kind::Path || text.len() > SEAM_CHARS_MAX {
        return None;
    }
    text.char_indices().skip(1).find_map(|(at, _)| {
        let (left, right) = text.split_at(at);
        let seam = evidence.is_value(left) && is_whole_value(right)
            || evidence.is_value(right) && is_whole_value(left);
        seam.then_some((left, right))
    })
}

/// Tells whether a text could stand alone as a domain, a file's name or a digest.
fn is_whole_value(text: &str) -> bool {
    let first_and_last =
        text.starts_with(char::is_alphanumeric) && text.ends_with(char::is_alphanumeric);
    if !first_and_last || text.len() < 4 {
        return false;
    }
    if matches!(text.len(), 32 | 40 | 64) && super::is_hex(text) {
        return true;
    }
    if text.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    match text.rsplit_once('.') {
        Some((stem, ending)) => {
            !stem.is_empty()
                && (is_file_ending(ending) || has_known_suffix(&text.to_ascii_lowercase()))
        }
        None => false,
    }
}

/// Splits a name where the ending of a program is followed by more letters: `McAfee.exeMcUtil.dll`.
pub(super) fn after_a_program_ending(name: &str) -> Option<(&str, &str)> {
    for (dot, _) in name.match_indices('.').filter(|(dot, _)| *dot > 0) {
        let after = &name[dot + 1..];
        let label = after
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()?;
        let folded = fold(label);
        let is_word = known::WORDS_LIKE_ENDINGS.contains(&folded.as_str())
            || known::STEMS_LIKE_ENDINGS
                .iter()
                .any(|stem| folded.starts_with(stem));
        if is_word {
            continue;
        }
        for ending in known::PROGRAM_ENDINGS {
            let Some(rest) = folded.strip_prefix(ending) else {
                continue;
            };
            // Short rests are versions and markers (`exe1`, `dllx`) unless a whole name follows.
            let more = &after[ending.len()..];
            let goes_on = more.contains('.') || rest.chars().count() >= 4;
            let strong = matches!(*ending, "EXE" | "DLL" | "OCX")
                || more.contains('.') && is_whole_value(more);
            if !rest.is_empty() && goes_on && strong && rest.starts_with(char::is_alphanumeric) {
                return Some(name.split_at(dot + 1 + ending.len()));
            }
        }
    }
    None
}
