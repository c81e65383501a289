//! What a page loads from its own site: scripts, style sheets and pictures are asked for once more and compared.

use pages::PageModel;
use serde::{Deserialize, Serialize};

use crate::checking::{Check, Means};
use crate::memory::SiteMemory;

/// What is kept of what the pages of a site load from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadedMemory {}

/// What a check saw of what the page loads from its own site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loaded {}

impl LoadedMemory {
    /// Learns what was found in order.
    pub(crate) fn learn(&mut self, _loaded: &Loaded) {}

    /// Takes over what a person approved.
    pub(crate) fn approve(&mut self, _loaded: &Loaded) {}
}

/// Asks for what the page loads from its own site, and adds what is said of it to the check.
#[expect(clippy::unused_async, reason = "nothing is asked for yet")]
pub(crate) async fn look_at_loaded(
    _means: &Means<'_>,
    _memory: &SiteMemory,
    _page: &PageModel,
    _check: &mut Check,
) {
}
