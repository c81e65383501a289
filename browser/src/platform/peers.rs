//! Who is at the other end of a connection that stays on this machine: the kernel's table of connections says whose socket it is.

use std::io::{self, BufRead, BufReader, Read as _};
use std::net::{SocketAddr, SocketAddrV4};

/// The table, `Documentation/networking/proc_net_tcp.rst` of Linux.
const TABLE: &str = "/proc/net/tcp";
/// Bytes of it that are read, 64 MiB: some 400,000 connections.
const TABLE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How often it is read: a line can be passed over when others go meanwhile.
const ATTEMPTS: usize = 3;

/// A socket at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// As whom the process runs that has made it.
    pub(crate) user: u32,
    /// Its number.
    pub(crate) socket: u64,
}

/// Returns who is at the other end; nobody where it has gone or is not on this machine.
pub(crate) fn peer_of(here: SocketAddr, there: SocketAddr) -> io::Result<Option<Peer>> {
    let (SocketAddr::V4(here), SocketAddr::V4(there)) = (here, there) else {
        return Ok(None);
    };
    for _ in 0..ATTEMPTS {
        let table = fs_err::File::open(TABLE)?.take(TABLE_BYTES_MAX);
        let found = find(&mut BufReader::with_capacity(64 * 1024, table), here, there)?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Finds the line of the socket whose own address is `there`, and that is connected with `here`.
fn find(
    table: &mut impl BufRead,
    here: SocketAddrV4,
    there: SocketAddrV4,
) -> io::Result<Option<Peer>> {
    let (own, other) = (written(there), written(here));
    let mut line = String::new();
    loop {
        line.clear();
        if table.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let words: Vec<&str> = line.split_ascii_whitespace().take(10).collect();
        let &[_, local, remote, _, _, _, _, user, _, socket] = words.as_slice() else {
            continue;
        };
        if local == own && remote == other {
            let peer = user.parse().ok().zip(socket.parse().ok());
            return Ok(peer.map(|(user, socket)| Peer { user, socket }));
        }
    }
}

/// Writes an address as the table does: its bytes as one number of this machine.
fn written(address: SocketAddrV4) -> String {
    let number = u32::from_ne_bytes(address.ip().octets());
    format!("{number:08X}:{:04X}", address.port())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn whose_a_connection_is_stands_in_the_table() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let here = listener.local_addr().unwrap();
        let asking = TcpStream::connect(here).unwrap();
        let (_taken, there) = listener.accept().unwrap();
        let peer = peer_of(here, there).unwrap().unwrap();
        assert_eq!(peer.user, rustix::process::getuid().as_raw());
        let file = std::os::fd::AsRawFd::as_raw_fd(&asking);
        let name = fs_err::read_link(format!("/proc/self/fd/{file}")).unwrap();
        assert_eq!(name.to_str().unwrap(), format!("socket:[{}]", peer.socket));
        // The other way round it is our own end.
        assert_ne!(peer_of(there, here).unwrap(), Some(peer));
        assert_eq!(peer_of(here, here).unwrap(), None);
    }

    #[test]
    fn lines_that_are_none_are_passed_over() {
        let (here, there) = ("127.0.0.1:1", "127.0.0.1:2");
        let (here, there) = (here.parse().unwrap(), there.parse().unwrap());
        let good = format!(
            " 0: {} {} 01 0:0 00:0 0 77 0 4242 1",
            written(there),
            written(here)
        );
        let text = format!("  sl local\n\n{}\n{good}\n", "x ".repeat(100_000));
        let found = find(&mut text.as_bytes(), here, there).unwrap().unwrap();
        assert_eq!((found.user, found.socket), (77, 4_242));
        assert_eq!(find(&mut text.as_bytes(), there, here).unwrap(), None);
    }
}
