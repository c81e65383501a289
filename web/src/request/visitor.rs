//! Who asks: language, session, and the token that ties a form to the page it was on.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Language;
use domain::digest::{parse_hex, to_hex};
use sha2::{Digest, Sha256};

use crate::error::WebError;

/// 256 random bits that only the browser and this process know.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// Draws a new one.
    pub fn draw() -> Result<Self, WebError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| WebError::Random)?;
        Ok(Self(bytes))
    }

    /// Reads one from a cookie.
    pub fn parse(text: &str) -> Option<Self> {
        parse_hex(text).map(Self)
    }

    /// Writes it for a cookie.
    pub fn to_cookie(&self) -> String {
        to_hex(&self.0)
    }

    /// Returns what the database keeps: a stolen database opens no session.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// Returns what a page puts into its forms. Another site can neither read nor guess it.
    pub fn form_token(&self) -> String {
        let mut hash = Sha256::new_with_prefix(b"tocsin form token\0");
        hash.update(self.0);
        to_hex(&hash.finalize())
    }
}

/// Who asks, and for what.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// The language to answer in.
    pub language: Language,
    /// Whether the page is shown on a wall.
    pub wall: bool,
    /// The officer, where signed in.
    pub officer: Option<String>,
    /// The session's secret, or where nobody is signed in, the visit's.
    pub secret: Secret,
    /// The path and query asked for, without preferences; `/` where that was no page.
    pub here: String,
}

impl Visitor {
    /// Refuses a form that another site sent.
    pub fn check_form(&self, token: &str) -> Result<(), WebError> {
        // Compared as hashes: how long it takes tells nothing about the token.
        let hash = |text: &str| Sha256::digest(text.as_bytes());
        if hash(token) == hash(&self.secret.form_token()) {
            Ok(())
        } else {
            Err(WebError::ForeignForm)
        }
    }

    /// Returns the officer who is signed in. The guard lets nobody else through to where this is asked.
    pub fn officer(&self) -> Result<&str, WebError> {
        self.officer.as_deref().ok_or(WebError::ForeignForm)
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(WebError::Interrupted)
    }
}
