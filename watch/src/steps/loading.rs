//! What a page loads from its own site: scripts, style sheets and pictures are asked for once more and compared.

use serde::{Deserialize, Serialize};

/// What is kept of what the pages of a site load from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadedMemory {}
