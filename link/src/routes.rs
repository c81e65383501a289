//! What a parent answers. No rule is here: each route finds out who asks, reads what is asked and passes it to the
//! node's [`Inbox`].

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use documents::{PublicKey, strict_json};
use serde::de::DeserializeOwned;
use tokio::sync::{Semaphore, watch};
use tracing::{debug, warn};

use crate::authority::CertificateAuthority;
use crate::body::{BodyError, ReadBody, read_body};
use crate::feed::feed;
use crate::inbox::{EnrolRefusal, EnrolRequest, Inbox, InboxError};
use crate::invitation::EnrolSecret;
use crate::limits::Limits;
use crate::memory::Memory;
use crate::protocol::{
    AUTHORITY_PATH, AuthorityAnswer, BATCH_DOCUMENTS_MAX, DOCUMENTS_PATH, DocumentsAnswer,
    DocumentsBody, ENROL_PATH, EnrolAnswer, EnrolBody, FEED_PATH, NAME_CHARS_MAX, Peer, RENEW_PATH,
    RefusalAnswer, RenewAnswer, RenewBody, SMALL_BODY_BYTES_MAX, cut_reason, decode_documents,
    encode_documents, enrol_statement, is_proved, renew_statement,
};
use crate::uploads::Uploads;

/// Calls into the node at once: more would only wait for its database, each on a thread.
const INBOX_CALLS_MAX: usize = 8;

/// The key that the other end of a connection proved to hold in its handshake; nothing for strangers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionKey(pub(crate) Option<PublicKey>);

/// What all connections share.
pub(crate) struct Shared {
    authority: Arc<CertificateAuthority>,
    pub(crate) inbox: Arc<dyn Inbox>,
    inbox_calls: Semaphore,
    bodies: Memory,
    uploads: Uploads,
    pub(crate) pages: Memory,
    pub(crate) limits: Limits,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Shared {
    pub(crate) fn new(
        authority: Arc<CertificateAuthority>,
        inbox: Arc<dyn Inbox>,
        limits: Limits,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            authority,
            inbox,
            inbox_calls: Semaphore::new(INBOX_CALLS_MAX),
            bodies: Memory::new(limits.bodies_bytes_max),
            uploads: Uploads::default(),
            pages: Memory::new(limits.pages_bytes_max),
            limits,
            stopping,
        }
    }

    /// Calls the node on a thread that may block. A panic there costs this one request.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Inbox) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let _turn = self
            .inbox_calls
            .acquire()
            .await
            .map_err(|_| Refusal::unavailable())?;
        let inbox = Arc::clone(&self.inbox);
        tokio::task::spawn_blocking(move || question(inbox.as_ref()))
            .await
            .map_err(|error| {
                warn!(%error, "the node's inbox failed");
                Refusal::unavailable()
            })
    }

    /// Returns who asks. The roster is looked at each time: whoever is removed from it is out at once.
    pub(crate) async fn peer(&self, connection: ConnectionKey) -> Result<Peer, Refusal> {
        let key = connection.0.ok_or(Refusal {
            status: StatusCode::UNAUTHORIZED,
            reason: "this needs a certificate of this node".to_owned(),
        })?;
        self.ask(move |inbox| inbox.find_peer(&key))
            .await??
            .ok_or(Refusal::not_on_the_roster())
    }

    /// As [`Self::peer`], and notes that the peer has been heard of.
    pub(crate) async fn heard_peer(&self, connection: ConnectionKey) -> Result<Peer, Refusal> {
        let peer = self.peer(connection).await?;
        let heard = peer.clone();
        self.ask(move |inbox| inbox.seen(&heard)).await?;
        Ok(peer)
    }

    async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        bytes_max: usize,
    ) -> Result<ReadBody, Refusal> {
        let announced: Option<usize> = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse().ok());
        match announced {
            None => {
                return Err(Refusal::new(
                    StatusCode::LENGTH_REQUIRED,
                    "the length must be stated",
                ));
            }
            Some(length) if length > bytes_max => return Err(BodyError::TooLong.into()),
            Some(_) => {}
        }
        Ok(read_body(body, bytes_max, &self.bodies, &self.limits).await?)
    }
}

/// Returns the routes of protocol version 1.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(AUTHORITY_PATH, get(authority))
        .route(DOCUMENTS_PATH, post(documents))
        .route(ENROL_PATH, post(enrol))
        .route(FEED_PATH, get(feed))
        .route(RENEW_PATH, post(renew))
        .with_state(shared)
}

async fn authority(State(shared): State<Arc<Shared>>) -> Json<AuthorityAnswer> {
    Json(AuthorityAnswer {
        certificate: shared.authority.certificate_pem().to_owned(),
    })
}

async fn enrol(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<EnrolAnswer>, Refusal> {
    let body = shared.read(&headers, body, SMALL_BODY_BYTES_MAX).await?;
    let asked: EnrolBody = parse(&body.bytes)?;
    let secret = EnrolSecret::from_text(&asked.secret)
        .ok_or_else(|| Refusal::bad_request("the secret is malformed"))?;
    let name_is_valid = !asked.name.trim().is_empty()
        && asked.name.chars().count() <= NAME_CHARS_MAX
        && !asked.name.chars().any(char::is_control);
    if !name_is_valid {
        return Err(Refusal::bad_request(
            "the name is empty, too long or has control characters",
        ));
    }
    let statement = enrol_statement(&shared.authority.fingerprint(), &secret, &asked.name);
    if !is_proved(&asked.public_key, &statement, &asked.proof) {
        return Err(Refusal::forbidden("the key was not proved"));
    }
    let request = EnrolRequest {
        secret,
        name: asked.name,
        public_key: asked.public_key,
    };
    let certificate_chain = shared.issue(&request.public_key, &request.name)?;
    let grant = shared.ask(move |inbox| inbox.enrol(&request)).await??;
    Ok(Json(EnrolAnswer {
        certificate_chain,
        peer: grant.peer,
        organisation: grant.organisation,
        organisation_name: grant.organisation_name,
        document_key: grant.document_key,
        roots: encode_documents(&grant.roots),
    }))
}

/// Needs no certificate: one that has expired could never be renewed with itself. The signature proves the key, the
/// roster decides, and what is issued is of use to the key's holder only.
async fn renew(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RenewAnswer>, Refusal> {
    let body = shared.read(&headers, body, SMALL_BODY_BYTES_MAX).await?;
    let asked: RenewBody = parse(&body.bytes)?;
    let statement = renew_statement(&shared.authority.fingerprint());
    if !is_proved(&asked.public_key, &statement, &asked.proof) {
        return Err(Refusal::forbidden("the key was not proved"));
    }
    let peer = shared
        .heard_peer(ConnectionKey(Some(asked.public_key)))
        .await?;
    let certificate_chain = shared.issue(&asked.public_key, &peer.to_string())?;
    Ok(Json(RenewAnswer { certificate_chain }))
}

async fn documents(
    State(shared): State<Arc<Shared>>,
    Extension(connection): Extension<ConnectionKey>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<DocumentsAnswer>, Refusal> {
    // Who asks comes first: nobody who is out may have a long body read.
    let peer = shared.heard_peer(connection).await?;
    let turn = connection.0.and_then(|key| shared.uploads.begin(key));
    let _turn = turn.ok_or_else(Refusal::unavailable)?;
    let bytes_max = shared.limits.body_bytes_max;
    let body = shared.read(&headers, body, bytes_max).await?;
    let (count, answers) = shared
        .ask(move |inbox| {
            let documents = read_documents(&body.bytes, bytes_max)?;
            let count = documents.len();
            let answers = inbox.accept(&peer, documents)?;
            Ok::<_, Refusal>((count, answers))
        })
        .await??;
    if answers.len() != count {
        warn!(
            asked = count,
            answered = answers.len(),
            "the node's inbox did not answer each document"
        );
        return Err(Refusal::unavailable());
    }
    Ok(Json(DocumentsAnswer { answers }))
}

/// Takes the documents out of an upload. Called on a thread that may take its time: there may be much to read.
fn read_documents(body: &[u8], bytes_max: usize) -> Result<Vec<Vec<u8>>, Refusal> {
    let asked: DocumentsBody = strict_json::parse(body, bytes_max)
        .map_err(|error| Refusal::bad_request(&error.to_string()))?;
    if asked.documents.len() > BATCH_DOCUMENTS_MAX {
        return Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too many documents at once",
        ));
    }
    decode_documents(asked.documents)
        .ok_or_else(|| Refusal::bad_request("a document is not base64"))
}

impl Shared {
    fn issue(&self, key: &PublicKey, name: &str) -> Result<String, Refusal> {
        self.authority.issue_client(key, name).map_err(|error| {
            warn!(%error, "could not issue a certificate");
            Refusal::unavailable()
        })
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    strict_json::parse(bytes, SMALL_BODY_BYTES_MAX)
        .map_err(|error| Refusal::bad_request(&error.to_string()))
}

/// Why a request is not answered, as the peer is told.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    reason: String,
}

impl Refusal {
    fn new(status: StatusCode, reason: &str) -> Self {
        Self {
            status,
            reason: cut_reason(reason),
        }
    }

    fn bad_request(reason: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason)
    }

    fn forbidden(reason: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, reason)
    }

    fn not_on_the_roster() -> Self {
        Self::forbidden("this key is not on the roster")
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the node cannot answer now; try again later",
        )
    }
}

impl From<InboxError> for Refusal {
    fn from(error: InboxError) -> Self {
        warn!(
            error = &error as &(dyn std::error::Error + 'static),
            "the node's inbox failed"
        );
        Self::unavailable()
    }
}

impl From<EnrolRefusal> for Refusal {
    fn from(refusal: EnrolRefusal) -> Self {
        match refusal {
            EnrolRefusal::Unavailable(error) => error.into(),
            other => Self::forbidden(&other.to_string()),
        }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let (status, reason) = match error {
            BodyError::TooLong => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long"),
            BodyError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body came too slowly"),
            BodyError::Broken => (StatusCode::BAD_REQUEST, "the body was cut off"),
            BodyError::Busy => return Self::unavailable(),
        };
        Self::new(status, reason)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        debug!(
            status = self.status.as_u16(),
            reason = self.reason,
            "refused"
        );
        // What was not read cannot be skipped: the connection ends with the refusal.
        let close = [(header::CONNECTION, "close")];
        let body = Json(RefusalAnswer {
            reason: self.reason,
        });
        (self.status, close, body).into_response()
    }
}
