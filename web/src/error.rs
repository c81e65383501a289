//! What can go wrong with a request, its HTTP status and what people are told. The middleware in `request/` renders it in
//! the visitor's language; causes go to the log once, never to the page.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use node::{DecideError, HostedError, ReadError};
use thiserror::Error;

/// Why a request was not answered as asked.
#[derive(Debug, Error)]
pub(crate) enum WebError {
    /// An officer's answer was not taken.
    #[error(transparent)]
    Decide(#[from] DecideError),
    /// The evidence of this node's own watch could not be read.
    #[error("read the evidence of the watch")]
    Evidence(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A form came without the token of the page it was on.
    #[error("trust a form that did not come from this site's page")]
    ForeignForm,
    /// An answer by form was not taken.
    #[error(transparent)]
    Hosted(#[from] HostedError),
    /// The thread that asked the node ended early.
    #[error("finish asking the node")]
    Interrupted,
    /// There is no such page, alert or finding; or the address was guessed.
    #[error("find what was asked for")]
    NotFound,
    /// The system gave no random bytes.
    #[error("draw random bytes")]
    Random,
    /// The node's state could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A template failed.
    #[error(transparent)]
    Render(#[from] askama::Error),
    /// The request took too long.
    #[error("wait for the request any longer")]
    TimedOut,
    /// A form or a file in it is larger than the limit.
    #[error("take a form of this size")]
    TooLarge,
    /// Too many pages are open.
    #[error("serve more streams of changes")]
    TooManyStreams,
    /// A form's fields are missing or malformed.
    #[error("read the form: {0}")]
    Unreadable(String),
    /// The request names another server.
    #[error("answer for another host name")]
    WrongHost,
}

impl WebError {
    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Decide(DecideError::NoAlert(_))
            | Self::Hosted(HostedError::NoOrganisation)
            | Self::NotFound => StatusCode::NOT_FOUND,
            Self::Decide(DecideError::Read(_))
            | Self::Evidence(_)
            | Self::Hosted(HostedError::Read(_))
            | Self::Interrupted
            | Self::Random
            | Self::Read(_)
            | Self::Render(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Decide(DecideError::NotInForce(_)) | Self::Hosted(HostedError::NoAlert(_)) => {
                StatusCode::CONFLICT
            }
            Self::Decide(_) | Self::Hosted(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyStreams => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unreadable(_) => StatusCode::BAD_REQUEST,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
        }
    }

    /// Returns the key of the sentence that people read.
    pub fn text_key(&self) -> &'static str {
        match self {
            Self::Decide(DecideError::NoAlert(_)) | Self::NotFound => "web-error-not-found",
            Self::Decide(DecideError::NotInForce(_)) | Self::Hosted(HostedError::NoAlert(_)) => {
                "web-error-not-in-force"
            }
            Self::Decide(DecideError::NotAsked(_) | DecideError::Pending) | Self::Unreadable(_) => {
                "web-error-form"
            }
            Self::Decide(DecideError::Officer) | Self::Hosted(HostedError::Officer) => {
                "web-error-officer"
            }
            Self::Decide(DecideError::Read(_))
            | Self::Hosted(HostedError::Read(_))
            | Self::Interrupted
            | Self::Random
            | Self::Read(_)
            | Self::Render(_) => "web-error-internal",
            Self::Evidence(_) => "web-error-evidence",
            Self::ForeignForm => "web-error-foreign-form",
            Self::Hosted(HostedError::Counts) => "web-error-counts",
            Self::Hosted(HostedError::NoOrganisation) => "web-error-no-organisation",
            Self::Hosted(HostedError::TooMany) | Self::TooLarge => "web-error-too-large",
            Self::TimedOut => "web-error-timed-out",
            Self::TooManyStreams => "web-error-busy",
            Self::WrongHost => "web-error-wrong-host",
        }
    }
}

/// Carries an error to the middleware that knows the visitor's language.
#[derive(Clone)]
pub(crate) struct Failed(pub Arc<WebError>);

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Failed(Arc::new(self)));
        response
    }
}
