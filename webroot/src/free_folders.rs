//! Folders that the publisher leaves free, such as those for uploads: what lies there is not in the manifest, and yet is held to
//! a rule that is signed with it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::path;

/// Free folders in one manifest.
pub(crate) const FREE_FOLDERS_MAX: usize = 1_000;
/// Bytes at the beginning of a file that are searched for programs, 64 KiB: what a web server runs is recognised by its beginning
/// or by its name, and metadata of pictures, where programs hide, come first.
pub(crate) const BEGINNING_BYTES: usize = 64 * 1024;

/// Ends of names that web servers run, or show as pages of the site.
const PROGRAM_EXTENSIONS: [&str; 61] = [
    "asa", "asax", "ascx", "ashx", "asmx", "asp", "aspx", "axd", "bat", "cdx", "cer", "cfc", "cfm",
    "cfml", "cgi", "cmd", "com", "config", "cshtml", "dll", "exe", "fcgi", "hta", "htc", "htm",
    "html", "inc", "jar", "js", "jsp", "jspf", "jspx", "mht", "mhtml", "mjs", "phar", "php",
    "php2", "php3", "php4", "php5", "php6", "php7", "php8", "phps", "pht", "phtm", "phtml", "pl",
    "ps1", "py", "rb", "sh", "shtm", "shtml", "so", "vbhtml", "vbs", "war", "xht", "xhtml",
];
/// Whole names that change how a web server treats a folder.
const PROGRAM_NAMES: [&str; 5] = [
    ".htaccess",
    ".htpasswd",
    ".user.ini",
    "php.ini",
    "web.config",
];

/// Bytes of text behind `<?=` that make it no accident: of 64 KiB of noise, one in a hundred million has them.
const EXPRESSION_BYTES: usize = 12;
/// With what pages begin.
const PAGE_BEGINNINGS: [&str; 17] = [
    "!doctype html",
    "a",
    "b",
    "body",
    "br",
    "div",
    "font",
    "h1",
    "head",
    "html",
    "iframe",
    "meta",
    "p",
    "script",
    "style",
    "table",
    "title",
];

/// Why a text is no pattern of folders.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "accept '{0}' as a folder: components with '*' for any letters, no '.', '..' or empty ones, no control characters"
)]
pub struct PatternError(String);

/// What may lie in a free folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FreeRule {
    /// Anything at all: caches and sessions that no visitor reaches.
    Anything,
    /// No programs, scripts, pages, settings of the web server, links or special files.
    NoPrograms,
}

/// Folders below which nothing is in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreeFolder {
    /// Components divided by `/`; `*` stands for any letters within one.
    pub path: String,
    /// What may lie there.
    pub rule: FreeRule,
}

/// By what something in a free folder is recognised as a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// Its content begins as, or holds, a program.
    Content,
    /// Somebody may run it.
    Executable,
    /// It is a link: what it leads to is not what was uploaded.
    Link,
    /// Its name: web servers run it or obey it.
    Name,
    /// A FIFO, a socket or a device.
    Special,
}

impl FreeFolder {
    /// Makes one, if the pattern is sound.
    pub fn new(path: &str, rule: FreeRule) -> Result<Self, PatternError> {
        let is_sound = path::check(path.as_bytes()).is_ok()
            && !path.is_empty()
            && !path.chars().any(char::is_control);
        if !is_sound {
            return Err(PatternError(path.escape_default().take(120).collect()));
        }
        Ok(Self {
            path: path.to_owned(),
            rule,
        })
    }

    /// Tells whether this is the pattern of exactly this folder.
    fn is_of(&self, folder: &[u8]) -> bool {
        let mut patterns = self.path.as_bytes().split(|byte| *byte == b'/');
        let mut names = folder.split(|byte| *byte == b'/');
        loop {
            match (patterns.next(), names.next()) {
                (None, None) => return true,
                (Some(pattern), Some(name)) if matches(pattern, name) => {}
                _ => return false,
            }
        }
    }
}

/// Returns the rule of what lies directly in `folder`, or none where the manifest speaks. The strictest of several holds.
pub(crate) fn rule_in(free: &[FreeFolder], folder: &[u8]) -> Option<FreeRule> {
    if free.is_empty() || folder.is_empty() {
        return None;
    }
    let ends = memchr::memchr_iter(b'/', folder).chain([folder.len()]);
    let mut found = None;
    for end in ends {
        for one in free.iter().filter(|one| one.is_of(&folder[..end])) {
            if one.rule == FreeRule::NoPrograms {
                return Some(FreeRule::NoPrograms);
            }
            found = Some(one.rule);
        }
    }
    found
}

/// Tells whether `name` is what `pattern` says, `*` standing for any bytes. Takes time of their product at most.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, n));
            p += 1;
        } else if pattern.get(p) == Some(&name[n]) {
            p += 1;
            n += 1;
        } else if let Some((after, from)) = star {
            star = Some((after, from + 1));
            p = after;
            n = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Tells whether a name is one that web servers run or obey. Every part counts: `shell.php.jpg` is run by some.
pub(crate) fn is_program_name(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    // Some servers drop dots, blanks and streams at the end of a name, and some see its end at a byte 0 that was `%00`.
    let trimmed = lower.trim_ascii_end();
    if PROGRAM_NAMES.iter().any(|one| one.as_bytes() == trimmed) {
        return true;
    }
    let mut parts = trimmed.split(|byte| matches!(byte, b'.' | b';' | b':' | b'%' | b' '));
    parts.next();
    parts.any(|part| {
        PROGRAM_EXTENSIONS
            .binary_search_by(|one| one.as_bytes().cmp(part))
            .is_ok()
    })
}

/// Tells whether the beginning of a file is that of a program or of a page, or holds one in PHP.
pub(crate) fn is_program_content(beginning: &[u8]) -> bool {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    let starts = [&b"#!"[..], b"<?=", b"<%", b"\x7fELF", b"MZ"];
    starts.iter().any(|start| text.starts_with(start)) || is_page(text) || holds_php(beginning)
}

fn holds_php(beginning: &[u8]) -> bool {
    memchr::memmem::find_iter(beginning, b"<?").any(|at| {
        let after = &beginning[at + 2..];
        match after {
            // What is printed at once. In pictures these bytes come by chance; a text behind them does not.
            [b'=', rest @ ..] => rest
                .get(..EXPRESSION_BYTES)
                .is_some_and(|text| text.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t'))),
            _ => after
                .get(..3)
                .is_some_and(|word| word.eq_ignore_ascii_case(b"php")),
        }
    })
}

/// Tells whether browsers show it as a page although nobody says that it is one ("MIME Sniffing", WHATWG, 7.1), or run scripts in it:
/// drawings and other markup may hold some.
fn is_page(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    if text.first() != Some(&b'<') {
        return false;
    }
    let begins_as = |element: &&str| {
        let name = text.get(1..=element.len());
        let after = text.get(element.len() + 1);
        name.is_some_and(|name| name.eq_ignore_ascii_case(element.as_bytes()))
            && matches!(
                after,
                Some(b'>' | b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/')
            )
    };
    let holds_script = memchr::memchr_iter(b'<', text).any(|at| {
        let name = text.get(at + 1..at + 7);
        name.is_some_and(|name| name.eq_ignore_ascii_case(b"script"))
    });
    holds_script || PAGE_BEGINNINGS.iter().any(begins_as)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(pairs: &[(&str, FreeRule)]) -> Vec<FreeFolder> {
        let make = |(path, rule): &(&str, FreeRule)| FreeFolder::new(path, *rule).unwrap();
        pairs.iter().map(make).collect()
    }

    #[test]
    fn the_extensions_are_sorted() {
        assert!(PROGRAM_EXTENSIONS.is_sorted());
    }

    #[test]
    fn a_folder_is_free_with_all_below_it_and_nothing_beside_it() {
        let free = free(&[
            ("sites/*/files", FreeRule::NoPrograms),
            ("cache", FreeRule::Anything),
        ]);
        assert_eq!(
            rule_in(&free, b"sites/a.vn/files/2026/11"),
            Some(FreeRule::NoPrograms)
        );
        assert_eq!(
            rule_in(&free, b"sites/a.vn/files"),
            Some(FreeRule::NoPrograms)
        );
        assert_eq!(rule_in(&free, b"cache"), Some(FreeRule::Anything));
        for not in [
            &b""[..],
            b"sites",
            b"sites/a/b/files",
            b"sites/a/filesystem",
            b"cached",
            b"x/cache",
        ] {
            assert_eq!(rule_in(&free, not), None, "{not:?}");
        }
    }

    #[test]
    fn the_strictest_rule_holds() {
        let free = free(&[("a", FreeRule::Anything), ("a/b", FreeRule::NoPrograms)]);
        assert_eq!(rule_in(&free, b"a/b/c"), Some(FreeRule::NoPrograms));
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!matches(
            "*a".repeat(100).as_bytes(),
            "a".repeat(99).as_bytes()
        ));
        assert!(matches(b"a*c", b"abbc"));
        assert!(matches(b"*", b""));
    }

    #[test]
    fn names_that_servers_run_are_recognised() {
        for bad in [
            "a.php",
            "A.PHP5",
            "x.php.jpg",
            "x.asp;.jpg",
            "x.php%00.jpg",
            ".htaccess",
            "x.php.",
            "x.aspx ",
            "web.config",
            "a.html",
        ] {
            assert!(is_program_name(bad.as_bytes()), "{bad}");
        }
        for good in [
            "photo.jpg",
            "php",
            "báo-cáo.2026.pdf",
            "config",
            "html",
            "a.docx",
            "x.phpx",
        ] {
            assert!(!is_program_name(good.as_bytes()), "{good}");
        }
    }

    #[test]
    fn contents_that_servers_run_are_recognised() {
        for bad in [
            &b"#!/bin/sh"[..],
            b"<?php x",
            b"GIF89a<?PhP x",
            b"\xef\xbb\xbf<?= 1",
            b"MZ\x90",
            b"<%@ Page",
            b"GIF89a<?=system($_GET[1])?>",
            b" \n<!DOCTYPE html><title>x",
            b"<div class=x>page without an end of its name",
            b"<svg xmlns='http://www.w3.org/2000/svg'><ScRiPt>x",
        ] {
            assert!(is_program_content(bad), "{bad:?}");
        }
        for good in [
            &b""[..],
            b"<?xml version",
            b"GIF89a",
            b"# a",
            b"<?ph",
            b"\xff\xd8<?=\x00\x12",
            b"<svg><path/></svg>",
            b"<article><body>",
        ] {
            assert!(!is_program_content(good), "{good:?}");
        }
    }
}
