//! Opens the ports: one for the web on every address of the zoo, one for names.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_rustls::TlsAcceptor;

use super::answers::{Line, answer};
use super::certificates::Certificates;
use super::names;
use super::world::World;
use crate::living::Edit;

/// What was opened.
pub struct Served {
    /// Who knows the names.
    pub names: SocketAddr,
    /// The authorities that are believed, as PEM.
    pub authorities: Vec<String>,
}

/// Opens everything. It stays open as long as the runtime that this is called in.
pub async fn serve(world: &Arc<World>) -> Result<Served> {
    let certificates = Arc::new(Certificates::new(Arc::clone(world))?);
    let authorities = certificates.believed();
    let mut config = ServerConfig::builder_with_provider(certificates.provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut port = 0;
    for address in world.addresses() {
        let listener = TcpListener::bind((address, port))
            .await
            .with_context(|| format!("listen at {address}:{port}"))?;
        port = listener.local_addr()?.port();
        tokio::spawn(accept(listener, Arc::clone(world), acceptor.clone()));
    }
    world.set_port(port);
    let names = serve_names(world).await?;
    Ok(Served { names, authorities })
}

async fn accept(listener: TcpListener, world: Arc<World>, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        let (world, acceptor) = (Arc::clone(&world), acceptor.clone());
        tokio::spawn(async move {
            // A visitor who hangs up early is nobody's concern.
            let _ = attend(stream, world, acceptor).await;
        });
    }
}

async fn attend(stream: TcpStream, world: Arc<World>, acceptor: TlsAcceptor) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 {
        return Ok(());
    }
    // The first byte of TLS (RFC 8446, 5.1) begins no request of HTTP.
    if first[0] != 0x16 {
        return converse(stream, world, Line::Plain).await;
    }
    let stream = acceptor.accept(stream).await?;
    let host = stream.get_ref().1.server_name().unwrap_or_default();
    if is_out_of_order(&world, host) {
        return Ok(());
    }
    converse(stream, world, Line::Secure).await
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    world: Arc<World>,
    line: Line,
) -> Result<()> {
    let service = service_fn(|request: Request<Incoming>| {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str);
        let host = request
            .headers()
            .get(http::header::HOST)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let is_down = is_out_of_order(&world, host.split(':').next().unwrap_or_default());
        let answer = answer(&world, line, path, request.headers());
        async move { if is_down { Err(Down) } else { Ok(answer) } }
    });
    hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await?;
    Ok(())
}

/// Why a site that is out of order says nothing.
#[derive(Debug)]
struct Down;

impl std::fmt::Display for Down {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the site is out of order")
    }
}

impl std::error::Error for Down {}

fn is_out_of_order(world: &World, host: &str) -> bool {
    let moment = world.now();
    world.site_of(host).is_some_and(|site| {
        matches!(
            site.life.disturbance(moment.day, moment.minute),
            Some(Edit::Outage(..))
        )
    })
}

async fn serve_names(world: &Arc<World>) -> Result<SocketAddr> {
    let address = Ipv4Addr::new(127, 1, 255, 53);
    let udp = UdpSocket::bind((address, 0))
        .await
        .context("listen for questions about names")?;
    let at = udp.local_addr()?;
    let tcp = TcpListener::bind(at)
        .await
        .context("listen for long questions about names")?;
    let of_udp = Arc::clone(world);
    tokio::spawn(async move {
        let mut message = [0; 1_500];
        while let Ok((length, from)) = udp.recv_from(&mut message).await {
            if let Some(reply) = names::answer(&of_udp, &message[..length]) {
                let _ = udp.send_to(&reply, from).await;
            }
        }
    });
    let of_tcp = Arc::clone(world);
    tokio::spawn(async move {
        while let Ok((stream, _)) = tcp.accept().await {
            let world = Arc::clone(&of_tcp);
            tokio::spawn(async move {
                let _: Result<(), std::io::Error> = attend_to_names(stream, &world).await;
            });
        }
    });
    Ok(at)
}

/// Over TCP each message has its length before it (RFC 1035, 4.2.2).
async fn attend_to_names(mut stream: TcpStream, world: &World) -> Result<(), std::io::Error> {
    loop {
        let length = stream.read_u16().await?;
        let mut message = vec![0; usize::from(length)];
        stream.read_exact(&mut message).await?;
        let Some(reply) = names::answer(world, &message) else {
            return Ok(());
        };
        stream
            .write_u16(u16::try_from(reply.len()).unwrap_or(0))
            .await?;
        stream.write_all(&reply).await?;
    }
}
