//! Which rule files can be compared: those that use no variable that `yr` would have to be told for each file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

/// Set for each file by a sweep; for `yr` they are one value for all files.
const VARIABLES: [&str; 7] = [
    "extension",
    "filename",
    "filepath",
    "filetype",
    "owner",
    "unpack_parent",
    "unpack_source",
];

/// The rule files of a folder.
pub struct Listed {
    /// Those that can be compared, in order of their names.
    pub usable: Vec<PathBuf>,
    /// How many cannot.
    pub left_out: usize,
}

/// Lists the folder's rule files, not those of folders in it.
pub fn list(folder: &Path) -> Result<Listed> {
    let mut listed = Listed {
        usable: Vec::new(),
        left_out: 0,
    };
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if !path
            .extension()
            .is_some_and(|end| end == "yar" || end == "yara")
        {
            continue;
        }
        if uses_variables(&String::from_utf8_lossy(&fs_err::read(&path)?)) {
            listed.left_out += 1;
        } else {
            listed.usable.push(path);
        }
    }
    listed.usable.sort();
    Ok(listed)
}

/// Returns those of the files that hold exactly one rule, which has strings.
pub fn with_one_rule(files: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut single = Vec::new();
    for path in files {
        let code = without_literals(&String::from_utf8_lossy(&fs_err::read(path)?));
        let words = |sought: &str| {
            code.split_whitespace()
                .filter(|word| *word == sought)
                .count()
        };
        if words("rule") == 1 && words("strings:") == 1 {
            single.push(path.clone());
        }
    }
    Ok(single)
}

/// Sorts the files into those whose rules can stand in one source with those of the files before, and the others: in one source
/// no two rules have the same name.
pub fn without_namesakes(files: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let mut taken = BTreeSet::new();
    let (mut kept, mut others) = (Vec::new(), Vec::new());
    for path in files {
        let source = String::from_utf8_lossy(&fs_err::read(path)?).into_owned();
        let names = rule_names(&source);
        let unique: BTreeSet<&String> = names.iter().collect();
        if unique.len() == names.len() && names.iter().all(|name| !taken.contains(name)) {
            taken.extend(names);
            kept.push(path.clone());
        } else {
            others.push(path.clone());
        }
    }
    Ok((kept, others))
}

fn rule_names(source: &str) -> Vec<String> {
    let code = without_literals(source);
    let mut words = code.split(|c: char| c.is_whitespace() || "{}:".contains(c));
    let mut names = Vec::new();
    while let Some(word) = words.next() {
        if word == "rule" {
            names.extend(words.find(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    names
}

/// Says whether a condition uses one of the variables. Where it errs, it says yes, or `yr` refuses the file.
fn uses_variables(source: &str) -> bool {
    let code = without_literals(source);
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    VARIABLES.iter().any(|variable| {
        code.match_indices(variable).any(|(start, _)| {
            let before = code[..start].chars().next_back();
            let after = &code[start + variable.len()..];
            let is_part = before.is_some_and(|c| is_of_word(c) || "$#@!.".contains(c))
                || after.starts_with(is_of_word);
            let after = after.trim_start();
            let is_metadata = after.starts_with('=') && !after.starts_with("==");
            !is_part && !is_metadata
        })
    })
}

/// Returns the source without comments, and with nothing in its strings and regular expressions.
fn without_literals(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if next == '"' || (next == '/' && expects_a_value(&code)) {
            code.push(next);
            literal_length(rest, next)
        } else {
            code.push(next);
            next.len_utf8()
        };
        rest = &rest[length..];
    }
    code
}

/// Says whether a slash that follows this code begins a regular expression; otherwise it divides.
fn expects_a_value(code: &str) -> bool {
    let code = code.trim_end();
    code.ends_with(['=', '(', ',']) || code.ends_with("matches")
}

/// Returns the length of a literal up to its closing delimiter, or the end of the line.
fn literal_length(text: &str, delimiter: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == '\n' {
            return at;
        }
        if c == delimiter && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_a_variable_in_a_condition() {
        for condition in [
            r#"filename == "a.exe""#,
            r#"not filepath contains "x""#,
            "(extension==\".jpg\")",
            r"filename matches /\.txt$/is // ending",
            r#"for any of them : ( $ ) and owner != "root""#,
            "$a /* one */ and unpack_parent",
            r#"$a and "\\" != filetype"#,
            r#"pe.name matches /"/ and owner == "x""#,
        ] {
            let source = format!("rule r {{ strings: $a = \"a\" condition: {condition} }}");
            assert!(uses_variables(&source), "{source}");
        }
    }

    #[test]
    fn sees_none_where_the_word_is_something_else() {
        let source = r#"
            // filename is not needed
            /* neither is
               owner */
            rule filenames {
              meta:
                filetype = "owner of a filename"
              strings:
                $filename = "a \" filename" wide
                $b = /form; filename=[a-z]+\/owner/ nocase
                $c = { CA FE } // filepath
              condition:
                $filename and #filename > 1 and pe.version_info["owner"] contains "x"
                and pe.filetype == 1 and filesize / 2 > 3 and filenames and my_owner
            }"#;
        assert!(!uses_variables(source), "{}", without_literals(source));
    }

    #[test]
    fn finds_the_names_of_rules_and_nothing_else() {
        let source = "private rule a{condition: true}\nglobal rule  b : tag { meta: x = \"rule c\" /* rule d */\n\
                      condition: true }rule\te\n{condition: a}";
        assert_eq!(rule_names(source), ["a", "b", "e"]);
    }

    #[test]
    fn ends_with_what_is_not_closed() {
        for source in ["\"", "/*", "a = /", "x = \"\\", "// é", "\"é\\\n owner"] {
            let _ = uses_variables(source);
        }
        assert!(uses_variables("\"not closed\\\nowner"));
    }
}
