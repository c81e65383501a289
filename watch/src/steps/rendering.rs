//! What a page looks like in a browser, for what nothing else explains.

use serde::{Deserialize, Serialize};

use crate::checking::{Check, Means};
use crate::memory::PageMemory;

/// What is kept of what a page looks like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RenderedMemory {}

/// What a browser showed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rendered {}

impl RenderedMemory {
    /// Takes over what a person approved.
    pub(crate) fn approve(&mut self, _rendered: &Rendered) {}
}

/// Opens the page in a browser where the check left it unexplained, and says what that explains.
#[expect(clippy::unused_async, reason = "there is no browser yet")]
pub(crate) async fn look_in_browser(_means: &Means<'_>, _memory: &PageMemory, _check: &mut Check) {}
