//! The shape of a script: what stays the same while the values in it change with each visit.

use crate::texts::Digest;

/// Returns a digest of the script's words, without numbers, spaces, comments and what stands in quotes.
pub(super) fn shape_of(text: &str) -> u64 {
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
