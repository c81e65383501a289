//! What a node's operator decides about its pages, and where they find what the node itself does not know.

use std::fmt::Debug;
use std::sync::Arc;

use domain::EvidenceId;
use verdicts::VerdictPage;

/// Knows the evidence of this node's own watch.
pub trait VerdictSource: Debug + Send + Sync {
    /// Returns everything that the evidence says of a page, up to the line with this digest; nothing where it says nothing of it.
    /// May wait for the disk.
    fn verdict(
        &self,
        page: &str,
        line: EvidenceId,
    ) -> Result<Option<VerdictPage>, Box<dyn std::error::Error + Send + Sync>>;
}

/// How the pages are reached.
#[derive(Clone, Debug, Default)]
pub struct WebSettings {
    /// The name under which a TLS-terminating proxy serves the pages (`tocsin.example.vn`). Without it only requests
    /// for this machine itself (`localhost`, `127.0.0.1`, `[::1]`) are answered, whatever name an attacker's page has
    /// made resolve to it.
    pub public_host: Option<String>,
    /// The language shown to those who have not chosen one; without it, the one their browser asks for.
    pub language: Option<domain::Language>,
    /// Where the evidence of this node's own watch is read, where it has one.
    pub verdicts: Option<Arc<dyn VerdictSource>>,
}
