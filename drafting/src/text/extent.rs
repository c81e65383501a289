//! Where a value that begins at a place of a line ends.

use domain::Algorithm;

use crate::checks::{is_file_ending, is_hex};

/// Characters of a value in a text: no path, name or URL that can be used is longer.
const VALUE_CHARS_MAX: usize = 4_096;

/// Returns the end of the part of a line in which a value that begins at `at` can end.
fn reach(chars: &[char], at: usize) -> usize {
    chars.len().min(at + VALUE_CHARS_MAX)
}

/// Returns where the word that begins at `at` ends: at a space, a quotation mark or a sign that closes or separates.
pub(super) fn word(chars: &[char], at: usize) -> usize {
    let reach = reach(chars, at);
    let end = chars[at..reach]
        .iter()
        .position(|c| c.is_whitespace() || "\"<>|".contains(*c))
        .map_or(reach, |length| at + length);
    // A comma or semicolon ends a word unless letters follow at once; then only where a whole value stands before it.
    let mut has_dot = false;
    let cut = (at..end).find(|index| {
        has_dot |= chars[*index] == '.';
        if !",;".contains(chars[*index]) {
            return false;
        }
        let before = &chars[at..*index];
        let is_digest =
            matches!(before.len(), 32 | 40 | 64) && before.iter().all(char::is_ascii_hexdigit);
        let next = chars.get(index + 1);
        next.is_none_or(|c| !c.is_alphanumeric()) || is_digest || has_dot || before.len() > 64
    });
    trimmed(chars, at, cut.unwrap_or(end))
}

/// Returns `end` without the signs that close a sentence or a bracket.
fn trimmed(chars: &[char], at: usize, mut end: usize) -> usize {
    while end > at {
        let opened = |open: char| chars[at..end].contains(&open);
        match chars[end - 1] {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '"' => end -= 1,
            ')' if !opened('(') => end -= 1,
            ']' if !opened('[') => end -= 1,
            '}' if !opened('{') => end -= 1,
            _ => break,
        }
    }
    end
}

/// Returns the end of the field that begins at `at`: a tab, a bar, a closing quotation mark, wide space, or the line's.
pub(super) fn field(chars: &[char], at: usize) -> usize {
    let quote = at
        .checked_sub(1)
        .map(|before| chars[before])
        .filter(|c| "\"'".contains(*c));
    let reach = reach(chars, at);
    let end = (at..reach)
        .find(|index| {
            let c = chars[*index];
            let next = chars.get(index + 1);
            c == '\t'
                || c == '|'
                || c == '"'
                || Some(c) == quote
                || c == ' ' && next == Some(&' ')
                || c == ';' && next.is_none_or(|c| c.is_whitespace())
                || c == ',' && next.is_some_and(|c| c.is_whitespace())
        })
        .unwrap_or(reach);
    let mut end = end;
    while end > at && chars[end - 1].is_whitespace() {
        end -= 1;
    }
    end
}

/// Tells whether a path begins at `at`: `C:\`, `%TEMP%\`, `\\`, `/usr/…`, or `C:Windows\` with a separator lost.
pub(super) fn is_path_start(chars: &[char], at: usize) -> bool {
    let char_at = |index: usize| chars.get(at + index).copied().unwrap_or(' ');
    let is_separator = |c: char| c == '\\' || c == '/';
    let before_is_free = at == 0 || !chars[at - 1].is_alphanumeric();
    if !before_is_free {
        return false;
    }
    let first = char_at(0);
    if first.is_ascii_alphabetic() && char_at(1) == ':' {
        if is_separator(char_at(2)) {
            return !(char_at(2) == '/' && char_at(3) == '/');
        }
        // `C:Windows\system32\…`
        return char_at(2).is_alphanumeric() && chars[at + 2..word_end(chars, at)].contains(&'\\');
    }
    if first == '%' {
        let name = chars[at + 1..]
            .iter()
            .take(32)
            .take_while(|c| c.is_ascii_alphanumeric() || "()_".contains(**c))
            .count();
        return name > 0 && char_at(name + 1) == '%' && char_at(name + 2).is_ascii_graphic();
    }
    if first == '/' {
        let end = word_end(chars, at);
        let text: String = chars[at..end].iter().collect();
        let mut components = text[1..].split('/');
        let top = components.next().unwrap_or("");
        return components.next().is_some_and(|next| !next.is_empty())
            && matches!(
                top,
                "bin"
                    | "boot"
                    | "data"
                    | "dev"
                    | "etc"
                    | "home"
                    | "lib"
                    | "lib64"
                    | "media"
                    | "mnt"
                    | "opt"
                    | "proc"
                    | "root"
                    | "run"
                    | "sbin"
                    | "srv"
                    | "sys"
                    | "tmp"
                    | "usr"
                    | "var"
            );
    }
    first == '\\' && (char_at(1) == '\\' || char_at(1).is_alphanumeric())
}

fn word_end(chars: &[char], at: usize) -> usize {
    let reach = reach(chars, at);
    chars[at..reach]
        .iter()
        .position(|c| c.is_whitespace())
        .map_or(reach, |length| at + length)
}

/// Returns where the path that begins at `at` ends. In running text it ends with the first name that has a file's
/// ending; what is labelled or quoted is taken whole.
pub(super) fn path(chars: &[char], at: usize, is_labelled: bool) -> usize {
    let quoted = at > 0 && "\"'".contains(chars[at - 1]);
    let limit = segment_end(chars, at);
    if quoted && chars.get(limit) == Some(&chars[at - 1]) {
        return limit;
    }
    let is_separator =
        |c: char| c == '\\' || c == '/' && chars[at..limit].iter().all(|c| *c != '\\');
    let mut start = at;
    loop {
        let end = (start..limit)
            .find(|index| is_separator(chars[*index]))
            .unwrap_or(limit);
        if let Some(end) = after_first_file(chars, start, end) {
            return trimmed(chars, at, end);
        }
        if end == limit {
            return last_component(chars, at, start, limit, is_labelled);
        }
        start = end + 1;
    }
}

/// Returns where the text that can belong to the path ends.
fn segment_end(chars: &[char], at: usize) -> usize {
    let quote = at
        .checked_sub(1)
        .map(|before| chars[before])
        .filter(|c| "\"'".contains(*c));
    let reach = reach(chars, at);
    (at..reach)
        .find(|index| {
            let c = chars[*index];
            let next = chars.get(index + 1).copied().unwrap_or(' ');
            let rest: String = chars[index + 1..].iter().take(4).collect();
            Some(c) == quote
                || matches!(c, '\t' | '|' | '"' | '<' | '>')
                || matches!(c, ',' | ';') && next.is_whitespace()
                || c == ' ' && next == ' '
                || c == ' ' && next == '(' && !rest.to_ascii_lowercase().starts_with("(x86")
                || *index > at + 2
                    && c == ' '
                    && is_path_start(chars, index + 1)
                    && chars.get(index + 2) == Some(&':')
        })
        .unwrap_or(reach)
}

/// Finds the end of the first word of a component that has a file's ending and is followed by a space.
fn after_first_file(chars: &[char], start: usize, end: usize) -> Option<usize> {
    (start..end).find(|index| {
        if !chars[*index].is_whitespace() {
            return false;
        }
        let begin = chars[start..*index]
            .iter()
            .rposition(|c| c.is_whitespace())
            .map_or(start, |space| start + space + 1);
        let word: String = chars[begin..*index].iter().collect();
        let word = word.trim_end_matches(['.', ',', ';', ':', ')', '\'']);
        word.rsplit_once('.')
            .is_some_and(|(stem, ending)| !stem.is_empty() && is_file_ending(ending))
    })
}

/// Returns the end of a path whose last component begins at `start`.
fn last_component(
    chars: &[char],
    at: usize,
    start: usize,
    limit: usize,
    is_labelled: bool,
) -> usize {
    let end = trimmed(chars, at, limit);
    let component: String = chars[start.min(end)..end].iter().collect();
    let has_ending = component
        .rsplit_once('.')
        .is_some_and(|(_, ending)| is_file_ending(ending));
    if has_ending || is_labelled || !component.contains(' ') {
        return end.max(start.min(limit));
    }
    // `C:\Program Files và …`: a folder's name with a space in it is known, other words are not.
    for folder in [
        "program files (x86)",
        "program files",
        "common files",
        "documents and settings",
        "internet explorer",
    ] {
        if component.to_lowercase().starts_with(folder) {
            return start + folder.chars().count();
        }
    }
    let first = component.chars().take_while(|c| !c.is_whitespace()).count();
    trimmed(chars, at, start + first)
}

/// Returns where the digest that begins at `at` ends: the word, and more words where together they are as many digits
/// as a digest has.
pub(super) fn digest(chars: &[char], at: usize, algorithm: Option<Algorithm>) -> usize {
    let end = word(chars, at);
    let fits = |digits: usize| match algorithm {
        Some(algorithm) => digits == algorithm.byte_count() * 2,
        None => matches!(digits, 32 | 40 | 64),
    };
    let mut digits: String = chars[at..end].iter().collect();
    if !is_hex(&digits) || fits(digits.len()) {
        return end;
    }
    let mut reach = end;
    while chars.get(reach) == Some(&' ') && digits.len() < 64 {
        let begin = reach + 1;
        let next = (begin..chars.len())
            .find(|index| !chars[*index].is_ascii_hexdigit())
            .unwrap_or(chars.len());
        let ends_there = chars.get(next).is_none_or(|c| !c.is_alphanumeric());
        if next == begin || !ends_there {
            break;
        }
        digits.extend(&chars[begin..next]);
        reach = next;
        if fits(digits.len()) {
            return reach;
        }
    }
    end
}

/// Returns where the size that begins at `at` ends, with the size in bytes in brackets where there is one.
pub(super) fn size(chars: &[char], at: usize) -> Option<usize> {
    let end = amount(chars, at)?;
    let spaces = chars[end..].iter().take_while(|c| **c == ' ').count();
    if chars.get(end + spaces) == Some(&'(') {
        let inner = end + spaces + 1;
        if let Some(close) = amount(chars, inner).filter(|close| chars.get(*close) == Some(&')')) {
            return Some(close + 1);
        }
    }
    Some(end)
}

/// A number with its unit.
fn amount(chars: &[char], at: usize) -> Option<usize> {
    let is_digit = |index: usize| chars.get(index).is_some_and(char::is_ascii_digit);
    let mut end = at;
    loop {
        while is_digit(end) {
            end += 1;
        }
        let separator = chars.get(end).is_some_and(|c| ",.".contains(*c)) && is_digit(end + 1);
        let groups = chars.get(end) == Some(&' ')
            && (1..=3).all(|index| is_digit(end + index))
            && !is_digit(end + 4);
        if end == at || !(separator || groups) {
            break;
        }
        end += 1;
    }
    if end == at {
        return None;
    }
    let spaces = usize::from(chars.get(end) == Some(&' '));
    let letters = chars[(end + spaces).min(chars.len())..]
        .iter()
        .take_while(|c| c.is_alphanumeric())
        .count();
    let unit: String = chars[(end + spaces).min(chars.len())..][..letters]
        .iter()
        .collect();
    let is_unit = matches!(
        unit.to_lowercase().as_str(),
        "b" | "byte" | "bytes" | "k" | "kb" | "kib" | "m" | "mb" | "mib" | "g" | "gb" | "gib"
    );
    if is_unit {
        Some(end + spaces + letters)
    } else if letters == 0 || spaces > 0 {
        Some(end)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, end: impl Fn(&[char]) -> usize) -> String {
        let chars: Vec<char> = text.chars().collect();
        let end = end(&chars);
        chars[..end].iter().collect()
    }

    #[test]
    fn ends_paths_where_people_end_them() {
        for (text, expected) in [
            (
                r"C:\Program Files\Common Files\McAfee\McAfee.exe có dung lượng 3 KB",
                r"C:\Program Files\Common Files\McAfee\McAfee.exe",
            ),
            (r"C:\Windows\a.dll, C:\b.dll", r"C:\Windows\a.dll"),
            (r"C:\Windows\a.dll và C:\b.dll", r"C:\Windows\a.dll"),
            (r"C:\Windows\a.dll).", r"C:\Windows\a.dll"),
            (
                r"C:\Program Files (x86)\a b\c.exe (mẫu)",
                r"C:\Program Files (x86)\a b\c.exe",
            ),
            (r"C:\a\b.exeC:\c\d.dll tệp", r"C:\a\b.exeC:\c\d.dll"),
            (r"C:\a\McAfee.exeMcUtil.dll", r"C:\a\McAfee.exeMcUtil.dll"),
            (
                r"C:\Program Files\Common Files\McAfee\ và",
                r"C:\Program Files\Common Files\McAfee\",
            ),
            (r"C:\a\tệp lạ không đuôi", r"C:\a\tệp"),
            ("/var/www/html/shell.php là", "/var/www/html/shell.php"),
            (r"C:\a\Báo cáo.exe", r"C:\a\Báo cáo.exe"),
        ] {
            assert_eq!(cut(text, |chars| path(chars, 0, false)), expected, "{text}");
        }
    }

    #[test]
    fn goes_on_after_a_space_only_to_a_whole_digest() {
        let md5 = Some(Algorithm::Md5);
        for (text, expected) in [
            (
                "884d46c01c762ad6 ddd2759fd921bf71 x",
                "884d46c01c762ad6 ddd2759fd921bf71",
            ),
            (
                "884d46c01c762ad6ddd2759fd921bf71 3584",
                "884d46c01c762ad6ddd2759fd921bf71",
            ),
            (
                "29E65E1256FC998B7CE8494656B3EF8 85",
                "29E65E1256FC998B7CE8494656B3EF8",
            ),
            (
                "884d46c01c762ad6ddd2759fd921bf71;",
                "884d46c01c762ad6ddd2759fd921bf71",
            ),
        ] {
            assert_eq!(cut(text, |chars| digest(chars, 0, md5)), expected, "{text}");
        }
    }

    #[test]
    fn ends_sizes_with_their_unit() {
        for (text, expected) in [
            ("137.28 KB, MD5", "137.28 KB"),
            ("85.00KB (87,040 bytes) x", "85.00KB (87,040 bytes)"),
            ("87 040 bytes", "87 040 bytes"),
            ("3584 tệp", "3584"),
        ] {
            assert_eq!(cut(text, |chars| size(chars, 0).expect(text)), expected);
        }
        assert_eq!(
            size(&"137.28 KB884d".chars().collect::<Vec<_>>(), 0),
            Some(6)
        );
        assert_eq!(size(&"137.28KB884d".chars().collect::<Vec<_>>(), 0), None);
    }
}
