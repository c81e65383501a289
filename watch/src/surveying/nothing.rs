//! What a site answers for what it does not have. Many say "200 OK" to everything; without knowing that, every question would find
//! a new page.

use std::hash::{BuildHasher as _, RandomState};

use pages::{PageModel, compare};
use visit::{Page, Visitor};

use super::asking::Asking;
use crate::checking::read_page;

/// Share of texts and of places that two answers to nothing have in common at least.
const SAME_MIN: f64 = 0.8;

/// What a site answers for what it does not have.
pub(super) enum Nothing {
    /// An error, as it should.
    Error,
    /// A page, as if it were there; and where it was found.
    Page(Box<PageModel>, String),
    /// The site is out of order: nothing that it answers says anything.
    OutOfOrder(Option<u16>),
}

impl Nothing {
    /// Asks for something that nobody can have put there.
    pub(super) async fn learn(asking: &mut Asking<'_>) -> Self {
        // Keyed by chance, so that nobody can put something there before.
        let name = RandomState::new().hash_one(asking.plan.now);
        let path = format!("/{name:016x}.html");
        if !asking.may(&path) {
            return Self::Error;
        }
        let Some(asked) = asking.ask(&path, Visitor::Watch).await else {
            return Self::OutOfOrder(None);
        };
        match asked.page.status {
            200..400 => Self::Page(Box::new(read_page(&asked.page)), asked.page.url),
            status @ (429 | 500..) => Self::OutOfOrder(Some(status)),
            _ => Self::Error,
        }
    }

    /// Tells whether an answer is the one for what is not there.
    pub(super) fn is(&self, page: &Page, model: &PageModel) -> bool {
        if !(200..300).contains(&page.status) {
            return true;
        }
        match self {
            Self::Error | Self::OutOfOrder(_) => false,
            Self::Page(nothing, url) => {
                // Sent on to the same place as whoever asks for nothing.
                let is_sent_on = page.url == *url;
                let comparison = compare(nothing, model);
                is_sent_on
                    || (comparison.text_kept >= SAME_MIN
                        && comparison.structure_kept >= SAME_MIN
                        && comparison.title.is_none())
            }
        }
    }
}
