//! The router and the server. Connections are bounded in number and in the time they may take to say what they want.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::MethodRouter;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use node::Node;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::app::{App, stopped};
use crate::board::Board;
use crate::request::guard;
use crate::settings::WebSettings;

/// Bytes of a form. Uploads have a limit of their own.
const FORM_BYTES_MAX: usize = 64 * 1024;
/// Connections at once: browsers keep six each.
const CONNECTIONS_MAX: usize = 2_000;
/// How long a connection may take to send the head of a request.
const HEAD_TIME_MAX: Duration = Duration::from_secs(15);
/// How long connections may take to end once the server stops.
const FAREWELL: Duration = Duration::from_secs(3);

/// A pattern and what answers there.
pub(crate) type Route = (&'static str, MethodRouter<App>);

/// Why the pages could not be served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The address is in use or may not be used.
    #[error("listen for browsers on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Returns the pages of `node`, for a server of the caller's own.
pub fn router(node: Node, settings: WebSettings) -> Router {
    router_over(Arc::new(node), settings)
}

/// Returns the pages over anything that answers like a node.
pub fn router_over(board: Arc<dyn Board>, settings: WebSettings) -> Router {
    // Nobody stops this one: the sender is dropped, and streams take that for "never".
    let (_, stopping) = watch::channel(false);
    build(board, settings, stopping)
}

/// Serves the pages of `node` on `address` until `shutdown` is done.
pub async fn serve(
    node: Node,
    settings: WebSettings,
    address: SocketAddr,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen { address, source })?;
    serve_on(listener, Arc::new(node), settings, shutdown).await;
    Ok(())
}

/// Serves the pages over `board` on a socket that is bound already, until `shutdown` is done.
pub async fn serve_on(
    listener: TcpListener,
    board: Arc<dyn Board>,
    settings: WebSettings,
    shutdown: impl Future<Output = ()> + Send,
) {
    let (stop, stopping) = watch::channel(false);
    let router = build(board, settings, stopping.clone());
    accept(listener, &router, &stopping, shutdown, &stop).await;
}

async fn accept(
    listener: TcpListener,
    router: &Router,
    stopping: &watch::Receiver<bool>,
    shutdown: impl Future<Output = ()> + Send,
    stop: &watch::Sender<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => continue,
            accepted = async { (place.await, listener.accept().await) } => accepted,
        };
        match accepted {
            (Ok(place), Ok((stream, _))) => {
                let connection = answer(stream, router.clone(), stopping.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            (_, Err(error)) => {
                // Out of file descriptors, most likely: wait for some to close rather than spin.
                tracing::warn!("could not accept a connection: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            (Err(_), _) => break,
        }
    }
    drop(listener);
    stop.send_replace(true);
    let farewell = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        tracing::debug!("connections were cut after {FAREWELL:?}");
    }
}

async fn answer(stream: TcpStream, router: Router, stopping: watch::Receiver<bool>) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopped(stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a browser's connection ended early: {error}");
    }
}

fn build(board: Arc<dyn Board>, settings: WebSettings, stopping: watch::Receiver<bool>) -> Router {
    let app = App::new(board, settings, stopping);
    let mut router = Router::new();
    for (pattern, methods) in routes() {
        router = router.route(pattern, methods);
    }
    router
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
        .with_state(app)
}

/// All routes, area by area. `access.rs` says who may use them.
pub(crate) fn routes() -> Vec<Route> {
    [
        crate::alerts::routes(),
        crate::findings::routes(),
        crate::hosts::routes(),
        crate::not_examined::routes(),
        crate::organisations::routes(),
        crate::websites::routes(),
        crate::refusals::routes(),
        crate::hosted_form::routes(),
        crate::sign_in::routes(),
        crate::live::routes(),
        crate::assets::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
