//! The feed: what goes down, a page at a time, as soon as there is something and within the memory that there is.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::inbox::InboxError;
use crate::memory::Loan;
use crate::protocol::{FeedAnswer, FeedPage, Peer, encode_documents};
use crate::routes::{ConnectionKey, Refusal, Shared};
use crate::server::stopped;

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeedQuery {
    after: u64,
    wait_ms: u64,
}

/// Answers with the documents after a cursor; where there are none, waits for one.
pub(crate) async fn feed(
    State(shared): State<Arc<Shared>>,
    Extension(connection): Extension<ConnectionKey>,
    Query(FeedQuery { after, wait_ms }): Query<FeedQuery>,
) -> Result<Response, Refusal> {
    let wait = Duration::from_millis(wait_ms).min(shared.limits.poll_wait_max);
    let deadline = Instant::now() + wait;
    let mut changes = shared.inbox.changes();
    let mut stopping = shared.stopping.clone();
    let mut peer = shared.heard_peer(connection).await?;
    loop {
        // Marked as seen before looking: what changes while we look wakes us again.
        changes.borrow_and_update();
        let page = shared.make_page(&peer, after).await?;
        if !page.is_empty {
            return Ok(page.into_response());
        }
        tokio::select! {
            () = changed(&mut changes) => {}
            () = sleep_until(deadline) => return Ok(page.into_response()),
            () = stopped(&mut stopping) => return Ok(page.into_response()),
        }
        peer = shared.peer(connection).await?;
    }
}

/// A page as it is sent, and the memory it holds until it is.
struct Page {
    is_empty: bool,
    json: Vec<u8>,
    _loan: Loan,
}

impl Shared {
    /// Makes a page within the memory that there is for pages. One that turns out larger than pages are (one large
    /// document) is made again, once there is room for it.
    async fn make_page(&self, peer: &Peer, after: u64) -> Result<Page, Refusal> {
        let page_bytes_max = self.limits.page_bytes_max;
        let mut bytes_max = page_bytes_max;
        loop {
            let loan = self.pages.borrow(memory_of_page(bytes_max)).await;
            let loan = loan.ok_or_else(Refusal::unavailable)?;
            let asker = peer.clone();
            let made = self
                .ask(move |inbox| {
                    let page = inbox.feed(&asker, after, page_bytes_max)?;
                    let bytes = page.documents.iter().map(Vec::len).sum();
                    Ok::<_, InboxError>(if bytes > bytes_max {
                        Err(bytes)
                    } else {
                        Ok(encode_page(&page, loan))
                    })
                })
                .await??;
            match made {
                Ok(page) => return Ok(page),
                Err(bytes) => bytes_max = bytes,
            }
        }
    }
}

/// The documents, their base64, and the JSON around it, at the same time.
const fn memory_of_page(documents_bytes: usize) -> usize {
    documents_bytes.saturating_mul(4)
}

fn encode_page(page: &FeedPage, mut loan: Loan) -> Page {
    let answer = FeedAnswer {
        documents: encode_documents(&page.documents),
        cursor: page.cursor,
    };
    let json = serde_json::to_vec(&answer).expect("texts and numbers can always be written");
    loan.shrink(json.len());
    Page {
        is_empty: page.documents.is_empty(),
        json,
        _loan: loan,
    }
}

impl AsRef<[u8]> for Page {
    fn as_ref(&self) -> &[u8] {
        &self.json
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let content_type = [(header::CONTENT_TYPE, "application/json")];
        (content_type, Body::from(Bytes::from_owner(self))).into_response()
    }
}

/// Waits for the next change; for ever, where nobody is left to make one.
async fn changed(changes: &mut watch::Receiver<u64>) {
    if changes.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
