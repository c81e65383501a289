//! Takes connections of the browser and passes on what they are allowed.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use super::heads::{Wish, parse};
use super::rules::{Account, Gate, Refusal, Rules};
use crate::platform::{Kin, peer_of};

/// Bytes of the head of a request.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Connections of the browser that are served beside each other.
const BESIDE: usize = 128;
/// Bytes that are passed on at a time.
const PIECE_BYTES: usize = 16 * 1024;
/// How long a server may take until it is connected, and the browser until it has said what it wants of a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// A proxy for one browser. It closes with this value, and with it every connection.
pub(crate) struct Proxy {
    gate: Arc<Gate>,
    guests: Arc<Guests>,
    at: SocketAddr,
    task: JoinHandle<()>,
}

/// Who is served. Every program on this machine can connect with a loopback address; what it asked for would be taken for what the
/// page does, and it would come where the watch may go.
struct Guests {
    /// As whom the browser runs.
    user: u32,
    /// Its processes, once there are any. Before that nobody is served.
    kin: OnceLock<Kin>,
}

impl Proxy {
    /// Opens one for a browser that runs as this user.
    pub(crate) async fn open(rules: Rules, user: u32) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let at = listener.local_addr()?;
        let gate = Arc::new(Gate::new(rules));
        let guests = Arc::new(Guests {
            user,
            kin: OnceLock::new(),
        });
        let task = tokio::spawn(serve(listener, Arc::clone(&gate), Arc::clone(&guests)));
        Ok(Self {
            gate,
            guests,
            at,
            task,
        })
    }

    /// From now on serves these processes.
    pub(crate) fn serve(&self, kin: Kin) {
        let _ = self.guests.kin.set(kin);
    }

    /// Returns where it is.
    pub(crate) fn at(&self) -> SocketAddr {
        self.at
    }

    /// Returns what was asked of it so far.
    pub(crate) fn account(&self) -> Account {
        self.gate.so_far()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Guests {
    /// Tells whether one of those who are served is at the other end. Waits for the kernel's tables.
    fn include(&self, here: SocketAddr, there: SocketAddr) -> bool {
        let Some(kin) = self.kin.get() else {
            return false;
        };
        let peer = peer_of(here, there).ok().flatten();
        peer.is_some_and(|peer| peer.user == self.user && kin.may_hold(peer.socket))
    }
}

/// Serves until it is aborted; every connection ends with it.
async fn serve(listener: TcpListener, gate: Arc<Gate>, guests: Arc<Guests>) {
    let mut connections = JoinSet::new();
    loop {
        if connections.len() >= BESIDE {
            connections.join_next().await;
        }
        while connections.try_join_next().is_some() {}
        let Ok((stream, there)) = listener.accept().await else {
            // Out of files: another one has to end first.
            if connections.join_next().await.is_none() {
                return;
            }
            continue;
        };
        let (gate, guests) = (Arc::clone(&gate), Arc::clone(&guests));
        connections.spawn(async move {
            let Ok(here) = stream.local_addr() else {
                return;
            };
            let asked = tokio::task::spawn_blocking(move || guests.include(here, there));
            if asked.await.unwrap_or(false) {
                // Whoever hangs up is nobody's concern.
                let _ = pass_on(stream, &gate).await;
            }
        });
    }
}

async fn pass_on(mut stream: TcpStream, gate: &Gate) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let Ok(head) = timeout(PATIENCE, read_head(&mut stream)).await else {
        return Ok(());
    };
    let (head, rest) = head?;
    let Some(wish) = parse(&head) else {
        return answer(&mut stream, "400 Bad Request").await;
    };
    let (host, port) = match &wish {
        Wish::Plain { host, port, .. } | Wish::Tunnel { host, port } => (host.as_str(), *port),
    };
    let Some(addresses) = gate.admit(host, port).await else {
        return answer(&mut stream, "403 Forbidden").await;
    };
    let Some((server, address)) = connect(&addresses).await else {
        let refusal = Refusal::Outside("nobody answers".to_owned());
        gate.refuse(host, port, refusal);
        return answer(&mut stream, "502 Bad Gateway").await;
    };
    if !gate.may_be_ours(host) && is_ours(&server) {
        // A public address of this machine is behind no firewall for this machine.
        gate.refuse(host, port, Refusal::Inside);
        return answer(&mut stream, "403 Forbidden").await;
    }
    gate.reach(host, address);
    let (from_server, mut to_server) = server.into_split();
    match wish {
        Wish::Tunnel { .. } => {
            stream
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .await?;
            to_server.write_all(&rest).await?;
            let (from_browser, to_browser) = stream.into_split();
            let out = pump(from_browser.take(u64::MAX), to_server, gate, AtEnd::SayIt);
            let back = pump(from_server.take(u64::MAX), to_browser, gate, AtEnd::SayIt);
            // One direction that may no longer be used ends both.
            let _both = tokio::try_join!(out, back)?;
        }
        Wish::Plain {
            head, body_bytes, ..
        } => {
            to_server.write_all(&head).await?;
            let now = usize::try_from(body_bytes).unwrap_or(usize::MAX);
            let now = rest.len().min(now);
            to_server.write_all(&rest[..now]).await?;
            let (from_browser, to_browser) = stream.into_split();
            let body = from_browser.take(body_bytes - now as u64);
            // Many servers take a closed half for a visitor who has left.
            let out = pump(body, to_server, gate, AtEnd::SayNothing);
            let back = pump(from_server.take(u64::MAX), to_browser, gate, AtEnd::SayIt);
            let _both = tokio::try_join!(out, back)?;
        }
    }
    Ok(())
}

/// Reads until the head is complete, and returns it with what came after it.
async fn read_head(stream: &mut TcpStream) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let count = stream.read(&mut piece).await?;
        let searched = bytes.len().saturating_sub(3);
        bytes.extend_from_slice(&piece[..count]);
        if let Some(at) = memchr::memmem::find(&bytes[searched..], b"\r\n\r\n") {
            let rest = bytes.split_off(searched + at + 4);
            return Ok((bytes, rest));
        }
        if count == 0 || bytes.len() > HEAD_BYTES_MAX {
            return Err(io::Error::other("no head of a request"));
        }
    }
}

async fn connect(addresses: &[SocketAddr]) -> Option<(TcpStream, SocketAddr)> {
    for address in addresses {
        if let Ok(Ok(server)) = timeout(PATIENCE, TcpStream::connect(address)).await {
            let _ = server.set_nodelay(true);
            return Some((server, *address));
        }
    }
    None
}

/// Tells whether a connection leads back to the machine that it comes from.
fn is_ours(server: &TcpStream) -> bool {
    match (server.local_addr(), server.peer_addr()) {
        (Ok(here), Ok(there)) => here.ip() == there.ip(),
        _ => true,
    }
}

async fn answer(stream: &mut TcpStream, status: &str) -> io::Result<()> {
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

/// What is done when one side has said everything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AtEnd {
    SayIt,
    SayNothing,
}

/// Passes on until one side ends or nothing more is allowed. The direction is given back, so that it stays open.
async fn pump<R, W>(mut from: R, mut to: W, gate: &Gate, at_end: AtEnd) -> io::Result<(R, W)>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let count = from.read(&mut piece).await?;
        if count == 0 {
            if at_end == AtEnd::SayIt {
                to.shutdown().await?;
            }
            return Ok((from, to));
        }
        if !gate.count(count) {
            return Err(io::Error::other("more than one page may load"));
        }
        to.write_all(&piece[..count]).await?;
    }
}

#[cfg(test)]
mod tests {
    use visit::{Names, Permission};

    use super::*;
    use crate::platform::kin_of;

    /// Returns what a proxy for this user and these processes answers to this process, and what it has written down.
    async fn answer_to_us(user: u32, kin: Option<Kin>) -> (String, usize) {
        let rules = Rules {
            names: Names::of_servers(&["127.0.0.1:1".parse().unwrap()]).unwrap(),
            permission: Permission::default(),
            pins: std::collections::BTreeMap::new(),
            port: 443,
            bytes_max: 1_000,
            connections_max: 10,
        };
        let proxy = Proxy::open(rules, user).await.unwrap();
        if let Some(kin) = kin {
            proxy.serve(kin);
        }
        let mut stream = TcpStream::connect(proxy.at()).await.unwrap();
        let wish = b"CONNECT 10.0.0.1:443 HTTP/1.1\r\n\r\n";
        // Who is not served may have been hung up on already.
        let _ = stream.write_all(wish).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        (answer, proxy.account().refused.len())
    }

    #[tokio::test]
    async fn nobody_is_served_but_the_processes_of_the_browser() {
        let user = rustix::process::getuid().as_raw();
        let (answer, count) = answer_to_us(user, Some(kin_of(true))).await;
        assert!(
            answer.starts_with("HTTP/1.1 403 ") && count == 1,
            "{answer}"
        );
        for (user, kin) in [
            (user.wrapping_add(1), Some(kin_of(true))),
            (user, Some(kin_of(false))),
            (user, None),
        ] {
            assert_eq!(answer_to_us(user, kin).await, (String::new(), 0));
        }
    }
}
