//! Forms: read, and checked to come from a page of ours before a handler sees them.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::visitor::Visitor;
use crate::error::WebError;

/// A form whose `token` field was right.
pub(crate) struct CheckedForm<T>(pub T);

impl<S, T> FromRequest<S> for CheckedForm<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, state).await?;
        // Once as text: the token is checked before the other fields are even looked at.
        let Form(fields): Form<Vec<(String, String)>> =
            Form::from_request(Request::from_parts(parts, body), state)
                .await
                .map_err(|rejection| refuse(&rejection))?;
        let token = fields.iter().find(|(name, _)| name == "token");
        visitor.check_form(token.map_or("", |(_, value)| value))?;
        let unreadable = |error: &dyn std::fmt::Display| WebError::Unreadable(error.to_string());
        let rest: serde_json::Map<String, serde_json::Value> = fields
            .into_iter()
            .filter(|(name, value)| name != "token" && !value.is_empty())
            .map(|(name, value)| (name, value.into()))
            .collect();
        serde_json::from_value(rest.into())
            .map(Self)
            .map_err(|error| unreadable(&error))
    }
}

fn refuse(rejection: &FormRejection) -> WebError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => WebError::TooLarge,
        _ => WebError::Unreadable(rejection.body_text()),
    }
}
