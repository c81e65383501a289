//! A proxy into the zoo, for programs that ask the machine for names and not us: `CONNECT` (RFC 9110, 9.3.6) and plain requests.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::world::World;

/// Bytes of the head of a request.
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Opens the proxy.
pub async fn serve_proxy(world: &Arc<World>) -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::new(127, 1, 255, 80), 0))
        .await
        .context("open the proxy")?;
    let at = listener.local_addr()?;
    let world = Arc::clone(world);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                // Whoever hangs up is nobody's concern.
                let _ = pass_on(stream, &world).await;
            });
        }
    });
    Ok(at)
}

async fn pass_on(mut stream: TcpStream, world: &World) -> Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= HEAD_BYTES_MAX {
            bail!("the head of a request is too long");
        }
        head.push(stream.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut words = text.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let is_tunnel = method == "CONNECT";
    let authority = if is_tunnel {
        target
    } else {
        target
            .trim_start_matches("http://")
            .split('/')
            .next()
            .unwrap_or_default()
    };
    let host = authority.split(':').next().unwrap_or_default();
    let address = world.address_of(host).context("no such name")?;
    let mut inside = TcpStream::connect((address, world.port())).await?;
    if is_tunnel {
        stream
            .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            .await?;
    } else {
        // Servers understand a whole address in the first line (RFC 9112, 3.2.2), and tell sites apart by `Host`.
        inside.write_all(&head).await?;
    }
    copy_bidirectional(&mut stream, &mut inside).await?;
    Ok(())
}
