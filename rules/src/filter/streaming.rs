//! A content that comes in pieces, looked through as it comes. What is kept of it is bounded, however long it is.

use std::sync::Arc;

use crate::compiling::VARIABLES;
use crate::file_types::file_type;
use crate::filter::contents::{OfHead, Values};
use crate::filter::finder::Found;
use crate::filter::tables::Tables;
use crate::literals::LITERAL_BYTES_MAX;
use crate::rule_set::RuleSet;

/// Bytes from the beginning that are kept: headers lie there.
const HEAD_BYTES: usize = 4096;
/// Bytes on either side of where two pieces meet that are looked through once more: no text is longer.
const SEAM_BYTES: usize = LITERAL_BYTES_MAX;

/// One content under way.
pub(crate) struct Streaming {
    values: Values,
    size_bytes: u64,
    head: Vec<u8>,
    /// The last bytes of what came so far; all of them until there are enough for the head.
    tail: Vec<u8>,
    tables: Option<Arc<Tables>>,
    found: Found,
}

/// A content that was looked through.
pub(crate) struct Streamed {
    /// The tables of its class, and the texts that were found.
    pub tables: Arc<Tables>,
    pub found: Found,
    /// The rules that may match it, in order.
    pub rules: Vec<u32>,
    /// Its size, as it was told before it came.
    pub size_bytes: u64,
}

impl Streaming {
    /// Begins a content.
    pub fn new(values: Values, size_bytes: u64) -> Self {
        Self {
            values,
            size_bytes,
            head: Vec::new(),
            tail: Vec::new(),
            tables: None,
            found: Found::default(),
        }
    }

    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8], rule_set: &RuleSet) {
        if self.head.len() < HEAD_BYTES {
            let room = HEAD_BYTES - self.head.len();
            self.head.extend_from_slice(&piece[..piece.len().min(room)]);
            // The first bytes tell the class, and may come one by one.
            if self.head.len() < HEAD_BYTES {
                self.tail.extend_from_slice(piece);
                return;
            }
        }
        let tables = self.tables(rule_set);
        let (finder, literals) = (&tables.finder, &rule_set.literals);
        self.tail
            .extend_from_slice(&piece[..piece.len().min(SEAM_BYTES)]);
        finder.look_through(&self.tail, literals, &mut self.found);
        if piece.len() > SEAM_BYTES {
            finder.look_through(piece, literals, &mut self.found);
            self.tail.clear();
            let last = &piece[piece.len() - SEAM_BYTES..];
            self.tail.extend_from_slice(last);
        } else {
            let too_many = self.tail.len().saturating_sub(SEAM_BYTES);
            self.tail.drain(..too_many);
        }
    }

    /// Ends the content and tells which rules may match it. `filetype` is told by the first bytes, now known.
    pub fn finish(mut self, rule_set: &RuleSet) -> Streamed {
        let is_short = self.tables.is_none();
        let tables = self.tables(rule_set);
        if is_short {
            tables
                .finder
                .look_through(&self.tail, &rule_set.literals, &mut self.found);
        }
        let at = VARIABLES.iter().position(|name| *name == "filetype");
        if let Some(value) = at.and_then(|at| self.values.get_mut(at)) {
            file_type(&self.head).clone_into(value);
        }
        let mut rules = tables.rules_for(&self.found);
        let mut known = OfHead {
            head: Some(&self.head),
            size_bytes: self.size_bytes,
            values: &self.values,
            type_is_told: true,
            literals: &rule_set.literals,
            found: Some((&tables.finder, &self.found)),
        };
        rules.retain(|rule| rule_set.may_match(*rule as usize, &mut known));
        Streamed {
            tables,
            found: self.found,
            rules,
            size_bytes: self.size_bytes,
        }
    }

    fn tables(&mut self, rule_set: &RuleSet) -> Arc<Tables> {
        let (head, size_bytes, found) = (&self.head, self.size_bytes, &mut self.found);
        let tables = self.tables.get_or_insert_with(|| {
            let class = rule_set.beginnings.class_of(Some(head), size_bytes);
            let tables = rule_set.tables(class);
            found.reset(tables.finder.texts().len());
            tables
        });
        Arc::clone(tables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 4] = [
        "\"abc\"",
        "\"Fourteen bytes\"",
        "\"x7f\"",
        "{ 11 22 ?? 33 44 55 66 77 88 99 }",
    ];

    fn rules() -> RuleSet {
        let rules: Vec<String> = (0..)
            .zip(TEXTS)
            .map(|(number, text)| {
                format!("rule r{number} {{ strings: $a = {text} condition: $a }}")
            })
            .collect();
        RuleSet::new(&[("", &rules.join("\n"))])
    }

    /// Puts a text where two pieces meet, and at every place before and behind that.
    #[test]
    fn finds_a_text_however_the_content_is_cut() {
        let rule_set = rules();
        let texts: [&[u8]; 4] = [
            b"abc",
            b"Fourteen bytes",
            b"x7f",
            b"\x11\x22-\x33\x44\x55\x66\x77\x88\x99",
        ];
        for (rule, text) in (0..).zip(texts) {
            for piece_bytes in [1, 3, 16, 255, 256, 257, 5000] {
                for place in (0..12).chain(240..280).chain(4080..4110).chain(4990..5010) {
                    let mut content = vec![b'-'; 5300];
                    content[place..place + text.len()].copy_from_slice(text);
                    let size_bytes = content.len() as u64;
                    let mut streaming = Streaming::new(Values::default(), size_bytes);
                    for piece in content.chunks(piece_bytes) {
                        streaming.push(piece, &rule_set);
                    }
                    let rules = streaming.finish(&rule_set).rules;
                    assert_eq!(rules, [rule], "{place} in pieces of {piece_bytes}");
                }
            }
        }
    }
}
