//! The style sheets, the script and the logo, embedded. Their address changes with their content.

use std::sync::OnceLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::digest::to_hex;
use sha2::{Digest, Sha256};

use crate::error::WebError;
use crate::server::Route;

const ASSETS: [(&str, &str, &str); 4] = [
    (
        "bell.svg",
        "image/svg+xml",
        include_str!("../assets/bell.svg"),
    ),
    (
        "live.js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/live.js"),
    ),
    (
        "tocsin.css",
        "text/css; charset=utf-8",
        include_str!("../assets/tocsin.css"),
    ),
    ("verdict.css", "text/css; charset=utf-8", verdicts::STYLE),
];

pub(crate) fn routes() -> Vec<Route> {
    vec![("/assets/{name}", get(asset))]
}

async fn asset(Path(name): Path<String>) -> Result<Response, WebError> {
    let (_, kind, content) = ASSETS
        .iter()
        .find(|(asset, _, _)| *asset == name)
        .ok_or(WebError::NotFound)?;
    Ok((
        [
            (CONTENT_TYPE, *kind),
            (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ],
        *content,
    )
        .into_response())
}

/// Returns the address of an asset, with the digest of all assets in it.
pub(crate) fn address(name: &str) -> String {
    static DIGEST: OnceLock<String> = OnceLock::new();
    let digest = DIGEST.get_or_init(|| {
        let mut hash = Sha256::new();
        for (_, _, content) in ASSETS {
            hash.update(content);
        }
        to_hex(&hash.finalize()[..6])
    });
    format!("/assets/{name}?{digest}")
}
