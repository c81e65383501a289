//! What a page looks like in a browser, for what nothing else explains.

use serde::{Deserialize, Serialize};

/// What is kept of what a page looks like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RenderedMemory {}
