//! What a node's operator decides about its pages.

/// How the pages are reached.
#[derive(Clone, Debug, Default)]
pub struct WebSettings {
    /// The name under which a TLS-terminating proxy serves the pages (`tocsin.example.vn`). Without it only requests
    /// for this machine itself (`localhost`, `127.0.0.1`, `[::1]`) are answered, whatever name an attacker's page has
    /// made resolve to it.
    pub public_host: Option<String>,
    /// The language shown to those who have not chosen one; without it, the one their browser asks for.
    pub language: Option<domain::Language>,
}
