//! Scripts that stand in a page: their shape without changing values, and what they do that intruders' scripts do.

use crate::addresses::origins_in;
use crate::model::{InlineScript, ScriptSigns};
use crate::texts::{Digest, cut_chars};

/// Origins of one script that are kept.
const ORIGINS_MAX: usize = 50;
/// Characters of its beginning that are kept.
const BEGINNING_CHARS: usize = 300;
/// Letters and digits in one string that nobody writes by hand.
const ENCODED_LETTERS: usize = 400;

/// Reads a script: one that stands in a page, or in a file of its own.
pub fn read_script(text: &str) -> InlineScript {
    let plain = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    let signs = ScriptSigns {
        redirects: has(&[
            "location.href",
            "location=",
            "location =",
            "location.replace",
            "location.assign",
            "location[",
            "window.open(",
            "top.location",
            "http-equiv",
        ]),
        decodes: has(&[
            "eval(",
            "atob(",
            "unescape(",
            "fromcharcode",
            "new function(",
            "\\x68\\x74",
            "decodeuri",
        ]) || has_encoded(text),
        adds: has(&[
            "document.write",
            "createelement('script",
            "createelement(\"script",
            "createelement('iframe",
            "createelement(\"iframe",
            "innerhtml",
            "insertadjacenthtml",
        ]),
        asks_visitor: has(&[
            "document.referrer",
            "navigator.useragent",
            "googlebot",
            "navigator.webdriver",
        ]),
    };
    InlineScript {
        shape: shape_of(text),
        signs,
        origins: origins_in(text, ORIGINS_MAX),
        beginning: cut_chars(text.trim(), BEGINNING_CHARS),
    }
}

/// Returns a digest of the script's words, without numbers, spaces, comments and what stands in quotes.
fn shape_of(text: &str) -> u64 {
    let mut digest = Digest::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '"' | '\'' | '`' => {
                digest.take(b"\"");
                let mut is_escaped = false;
                for inner in rest.by_ref() {
                    if inner == letter && !is_escaped {
                        break;
                    }
                    is_escaped = inner == '\\' && !is_escaped;
                }
            }
            '/' if rest.peek() == Some(&'/') => {
                rest.by_ref().find(|letter| *letter == '\n');
            }
            '/' if rest.peek() == Some(&'*') => {
                rest.next();
                let mut was_star = false;
                for inner in rest.by_ref() {
                    if was_star && inner == '/' {
                        break;
                    }
                    was_star = inner == '*';
                }
            }
            '0'..='9' => {
                let is_number = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '.';
                while rest.next_if(is_number).is_some() {}
                digest.take(b"0");
            }
            letter if letter.is_whitespace() => {}
            letter if letter.is_alphabetic() || letter == '_' || letter == '$' => {
                let mut buffer = [0; 4];
                digest.take(letter.encode_utf8(&mut buffer).as_bytes());
                let is_word = |letter: &char| letter.is_alphanumeric() || "_$".contains(*letter);
                while let Some(letter) = rest.next_if(is_word) {
                    digest.take(letter.encode_utf8(&mut buffer).as_bytes());
                }
                digest.take(b" ");
            }
            letter => digest.take(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    digest.value()
}

/// Tells whether there is a run of letters and digits, or of escapes, that looks like something encoded.
fn has_encoded(text: &str) -> bool {
    let mut run = 0;
    text.bytes().any(|byte| {
        let is_part =
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\\' | b'%');
        run = if is_part { run + 1 } else { 0 };
        run >= ENCODED_LETTERS
    })
}
