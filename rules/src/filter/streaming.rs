//! A content that comes in pieces, looked through as it comes. What is kept of it is bounded, however long it is.

use std::sync::Arc;

use crate::filter::contents::{OfHead, Values};
use crate::filter::tables::{Found, Tables};
use crate::literals::LITERAL_BYTES_MAX;
use crate::rule_set::RuleSet;

/// Bytes from the beginning that are kept: headers lie there.
const HEAD_BYTES: usize = 4096;
/// Bytes that are looked through at once.
const WINDOW_BYTES: usize = 256 * 1024;
/// Bytes of one window that are looked at again with the next: no text is longer.
const OVERLAP_BYTES: usize = LITERAL_BYTES_MAX + 16;

/// One content under way.
pub(crate) struct Streaming {
    values: Values,
    size_bytes: u64,
    head: Vec<u8>,
    window: Vec<u8>,
    tables: Option<Arc<Tables>>,
    found: Found,
}

impl Streaming {
    /// Begins a content.
    pub fn new(values: Values, size_bytes: u64) -> Self {
        Self {
            values,
            size_bytes,
            head: Vec::new(),
            window: Vec::new(),
            tables: None,
            found: Found::default(),
        }
    }

    /// Takes the next piece.
    pub fn push(&mut self, mut piece: &[u8], rule_set: &RuleSet) {
        let head_room = HEAD_BYTES - self.head.len();
        self.head
            .extend_from_slice(&piece[..piece.len().min(head_room)]);
        while !piece.is_empty() {
            let room = WINDOW_BYTES - self.window.len();
            let (now, later) = piece.split_at(piece.len().min(room));
            self.window.extend_from_slice(now);
            piece = later;
            if self.window.len() == WINDOW_BYTES {
                self.look_through(rule_set);
                self.window.drain(..WINDOW_BYTES - OVERLAP_BYTES);
            }
        }
    }

    /// Ends the content and returns the rules that may match it. `filetype` is told by the first bytes, now known.
    pub fn finish(mut self, rule_set: &RuleSet, file_type: fn(&[u8]) -> &'static str) -> Vec<u32> {
        let tables = self.look_through(rule_set);
        let at = crate::compiling::VARIABLES
            .iter()
            .position(|name| *name == "filetype");
        if let Some(value) = at.and_then(|at| self.values.get_mut(at)) {
            file_type(&self.head).clone_into(value);
        }
        let mut rules = tables.always.clone();
        for text in self.found.list() {
            rules.extend_from_slice(tables.rules_of(*text as usize));
        }
        rules.sort_unstable();
        rules.dedup();
        let mut known = OfHead {
            head: Some(&self.head),
            size_bytes: self.size_bytes,
            values: &self.values,
            type_is_told: true,
            literals: &rule_set.literals,
            found: Some((&tables, &self.found)),
        };
        rules.retain(|rule| rule_set.may_match(*rule as usize, &mut known));
        rules
    }

    fn look_through(&mut self, rule_set: &RuleSet) -> Arc<Tables> {
        let (head, size_bytes, found) = (&self.head, self.size_bytes, &mut self.found);
        let tables = self.tables.get_or_insert_with(|| {
            let class = rule_set.beginnings.class_of(Some(head), size_bytes);
            let tables = rule_set.tables(class);
            found.reset(tables.text_count());
            tables
        });
        tables.look_through(&self.window, &rule_set.literals, &mut self.found);
        Arc::clone(tables)
    }
}
