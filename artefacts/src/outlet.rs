//! Where every parser puts its traces and what it could not read: counts, limits and the word to stop are kept here.

use std::ops::ControlFlow;

use crate::trace::{Damaged, Data, Flow, Trace, What};

/// Longest description of damage that is kept, in bytes.
const DESCRIPTION_BYTES_MAX: usize = 200;

/// Hands traces on and remembers damage.
pub(crate) struct Outlet<'a> {
    each: &'a mut dyn FnMut(&Trace<'_>) -> Flow,
    left: u64,
    limit: Option<&'static str>,
    damage: Damage,
}

/// The places that could not be read.
#[derive(Default)]
pub(crate) struct Damage {
    count: u64,
    first: Option<String>,
}

impl Damage {
    /// Remembers one place that could not be read.
    pub(crate) fn add(&mut self, what: &str, place: &str) {
        self.count += 1;
        if self.first.is_none() {
            let mut description = format!("{what} at {place}");
            let mut end = description.len().min(DESCRIPTION_BYTES_MAX);
            while !description.is_char_boundary(end) {
                end -= 1;
            }
            description.truncate(end);
            self.first = Some(description);
        }
    }

    /// Returns the error that says so, if there was damage.
    pub(crate) fn into_result(self) -> Result<(), Damaged> {
        match self.first {
            None => Ok(()),
            Some(first) => Err(Damaged::Places {
                count: self.count,
                first,
            }),
        }
    }
}

impl<'a> Outlet<'a> {
    /// Makes an outlet that lets `items` traces pass.
    pub(crate) fn new(each: &'a mut dyn FnMut(&Trace<'_>) -> Flow, items: u64) -> Self {
        Self {
            each,
            left: items,
            limit: None,
            damage: Damage::default(),
        }
    }

    /// Hands one trace on.
    pub(crate) fn give(&mut self, trace: &Trace<'_>) -> Flow {
        if self.left == 0 {
            self.limit = Some("traces");
            return ControlFlow::Break(());
        }
        self.left -= 1;
        (self.each)(trace)
    }

    /// Hands one trace on that has neither data nor a time; an empty text is none.
    pub(crate) fn give_text(&mut self, what: What, text: &str, location: &str) -> Flow {
        self.give_text_at(what, text, location, None)
    }

    /// Hands one trace on that has no data; an empty text is none.
    pub(crate) fn give_text_at(
        &mut self,
        what: What,
        text: &str,
        location: &str,
        at: Option<i64>,
    ) -> Flow {
        if text.is_empty() {
            return ControlFlow::Continue(());
        }
        self.give(&Trace {
            what,
            text,
            data: Data::None,
            location,
            at,
        })
    }

    /// Remembers one place that could not be read.
    pub(crate) fn damage(&mut self, what: &str, place: &str) {
        self.damage.add(what, place);
    }

    /// Says how it went: a limit comes before damage, since it leaves more unread.
    pub(crate) fn finish(self) -> Result<(), Damaged> {
        match self.limit {
            Some(limit) => Err(Damaged::Limit { limit }),
            None => self.damage.into_result(),
        }
    }
}
