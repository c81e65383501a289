//! What every handler holds, and the one way in which it asks the node: off the threads that serve connections.

use std::sync::{Arc, Mutex};

use tokio::sync::{Semaphore, watch};

use crate::board::Board;
use crate::error::WebError;
use crate::settings::WebSettings;
use crate::sign_in::Attempts;

/// Pages open at once that are told of changes. More are refused and fall back to reloading.
const STREAMS_MAX: usize = 256;
/// Passwords stretched at once: each takes 19 MiB.
const STRETCHING_MAX: usize = 2;
/// Uploads of reports read at once: each may take 32 MiB, and the time that a request may take.
const UPLOADS_MAX: usize = 8;
/// Verdicts put together at once: each reads and proves the whole chain of evidence, and may hold two pictures of 8 MiB.
const EVIDENCE_MAX: usize = 2;

/// Shared by all handlers.
#[derive(Clone)]
pub(crate) struct App {
    pub board: Arc<dyn Board>,
    pub settings: Arc<WebSettings>,
    pub attempts: Arc<Mutex<Attempts>>,
    pub stretching: Arc<Semaphore>,
    pub streams: Arc<Semaphore>,
    pub uploads: Arc<Semaphore>,
    pub evidence: Arc<Semaphore>,
    /// Becomes true when the server stops: streams end, so that connections can close.
    pub stopping: watch::Receiver<bool>,
}

impl App {
    pub fn new(
        board: Arc<dyn Board>,
        settings: WebSettings,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            board,
            settings: Arc::new(settings),
            attempts: Arc::default(),
            stretching: Arc::new(Semaphore::new(STRETCHING_MAX)),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
            evidence: Arc::new(Semaphore::new(EVIDENCE_MAX)),
            stopping,
        }
    }

    /// Asks the node, on a thread that may wait for the disk.
    pub async fn ask<T, E>(
        &self,
        question: impl FnOnce(&dyn Board) -> Result<T, E> + Send + 'static,
    ) -> Result<T, WebError>
    where
        T: Send + 'static,
        E: Send + 'static,
        WebError: From<E>,
    {
        let board = Arc::clone(&self.board);
        let answer = tokio::task::spawn_blocking(move || question(&*board)).await;
        match answer {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(WebError::Interrupted),
        }
    }
}

/// Waits until the server stops; for ever where nobody can stop it.
pub(crate) async fn stopped(mut stopping: watch::Receiver<bool>) {
    let stopped = stopping.wait_for(|stopping| *stopping).await.is_ok();
    if !stopped {
        std::future::pending::<()>().await;
    }
}
