//! The files that a path or a command line names, in the form in which alerts' paths are compared.

use domain::name_pattern::{fold, windows_variable};

/// Most candidates for a file's name in one command line.
const CANDIDATES_MAX: usize = 512;
/// Most words that the name of a program in a command line can have.
const WORDS_MAX: usize = 4;

/// One file that a text may name: its name, folded, and where the name ends in the text.
pub(super) struct Candidate {
    pub(super) name: String,
    end: usize,
}

/// Returns the file that a path names. A stream's name behind the file's is not part of it.
pub(super) fn in_path(path: &str) -> Option<Candidate> {
    let start = path.rfind(is_separator).map_or(0, |at| at + 1);
    let name = path[start..].split(':').next().unwrap_or_default();
    (!name.is_empty()).then(|| Candidate {
        name: fold(name),
        end: start + name.len(),
    })
}

/// Returns every file that a command line may name. A space can part words or stand in a name, so each way of reading it counts.
pub(super) fn in_command_line(line: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut start = 0;
    let parts = line.split(|c| is_separator(c) || "\"',;=|<>*?()[]".contains(c));
    for part in parts {
        let mut words: Vec<(usize, usize)> = Vec::new();
        let mut at = start;
        for word in part.split(' ') {
            if !word.is_empty() {
                words.push((at, at + word.len()));
            }
            at += word.len() + 1;
        }
        for first in 0..words.len() {
            for last in first..words.len().min(first + WORDS_MAX) {
                if found.len() == CANDIDATES_MAX {
                    return found;
                }
                let (from, to) = (words[first].0, words[last].1);
                found.push(Candidate {
                    name: fold(&line[from..to]),
                    end: to,
                });
            }
        }
        // Every separator is one byte long.
        start += part.len() + 1;
    }
    found
}

/// Returns the addresses in a command line.
pub(super) fn urls(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || "\"'<>()|,;".contains(c))
        .filter_map(|word| {
            let scheme_end = word.find("://")?;
            let scheme_start = word[..scheme_end]
                .rfind(|c: char| !c.is_ascii_alphanumeric())
                .map_or(0, |at| at + 1);
            word.get(scheme_start..)
        })
}

impl Candidate {
    /// Returns the components of the whole path that ends with this name, from the root of its drive.
    pub(super) fn components(&self, text: &str) -> Vec<String> {
        let whole = &text[..self.end];
        let mut components: Vec<&str> = whole
            .split(is_separator)
            .map(|part| part.trim_matches(|c| c == '"' || c == '\''))
            .collect();
        let mut before: Vec<String> = Vec::new();
        // The path begins behind the last drive, variable or device; what stood before it is another argument.
        let begins = |part: &str| {
            part.ends_with(':') || part.ends_with('%') || part.eq_ignore_ascii_case("SystemRoot")
        };
        if let Some(at) = components.iter().rposition(|part| begins(part)) {
            before = place(components[at]);
            components.drain(..=at);
        } else if let Some(first) = components.first()
            && first
                .rsplit(' ')
                .next()
                .is_some_and(|last| last.eq_ignore_ascii_case("system32"))
        {
            // Drivers are named from the folder of Windows.
            before = vec!["Windows".to_owned()];
        }
        before
            .into_iter()
            .chain(
                components
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .map(str::to_owned),
            )
            .collect()
    }
}

/// Returns the folders that the beginning of a path stands for: of a variable, the first place it can mean.
fn place(beginning: &str) -> Vec<String> {
    let last_word = |text: &str| text.eq_ignore_ascii_case("SystemRoot");
    let variable = if last_word(beginning) {
        "SystemRoot"
    } else {
        let end = beginning.strip_suffix('%').unwrap_or_default();
        end.rsplit('%').next().unwrap_or_default()
    };
    let places = windows_variable(variable).unwrap_or_default();
    let first = places.first().copied().unwrap_or_default();
    first
        .split('\\')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

fn is_separator(c: char) -> bool {
    matches!(c, '\\' | '/')
}
