//! The kernel's tables of sockets: `/proc/PID/net/tcp` and its kin (`Documentation/networking/proc_net_tcp.rst`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::connections::{Connection, Protocol, TcpState};

/// The tables, and what their sockets speak.
pub(super) const TABLES: [(&str, Protocol); 10] = [
    ("net/tcp", Protocol::Tcp),
    ("net/tcp6", Protocol::Tcp),
    ("net/udp", Protocol::Udp),
    ("net/udp6", Protocol::Udp),
    ("net/udplite", Protocol::UdpLite),
    ("net/udplite6", Protocol::UdpLite),
    ("net/raw", Protocol::Raw),
    ("net/raw6", Protocol::Raw),
    ("net/icmp", Protocol::Icmp),
    ("net/icmp6", Protocol::Icmp),
];

/// Parses one line behind the heading.
pub(super) fn parse_line(line: &[u8], protocol: Protocol, namespace: u64) -> Option<Connection> {
    let line = std::str::from_utf8(line).ok()?;
    let mut fields = line.split_ascii_whitespace();
    let local = parse_address(fields.nth(1)?)?;
    let remote = parse_address(fields.next()?)?;
    let state = u8::from_str_radix(fields.next()?, 16).ok()?;
    let user_id = fields.nth(3)?.parse().ok()?;
    let inode = fields.nth(1)?.parse().ok()?;
    let tcp = protocol == Protocol::Tcp;
    Some(Connection {
        protocol,
        local,
        remote,
        state: if tcp { Some(parse_state(state)?) } else { None },
        user_id,
        inode,
        namespace,
        pids: Vec::new(),
    })
}

/// `0100007F:1F90`: the address as numbers of 32 bits, each in the order of bytes of this machine.
fn parse_address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    if !address.is_ascii() {
        return None;
    }
    let mut bytes = [0_u8; 16];
    let words = address.len() / 8;
    if !address.len().is_multiple_of(8) || words > 4 {
        return None;
    }
    for (word, place) in address.as_bytes().chunks(8).zip(bytes.chunks_mut(4)) {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        place.copy_from_slice(&word.to_ne_bytes());
    }
    let address = match words {
        1 => IpAddr::V4(Ipv4Addr::new(bytes[0], bytes[1], bytes[2], bytes[3])),
        4 => IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical(),
        _ => return None,
    };
    Some(SocketAddr::new(
        address,
        u16::from_str_radix(port, 16).ok()?,
    ))
}

/// `include/net/tcp_states.h`.
fn parse_state(number: u8) -> Option<TcpState> {
    Some(match number {
        1 => TcpState::Established,
        2 => TcpState::SynSent,
        3 | 12 => TcpState::SynReceived,
        4 => TcpState::FinWait1,
        5 => TcpState::FinWait2,
        6 => TcpState::TimeWait,
        7 | 13 => TcpState::Closed,
        8 => TcpState::CloseWait,
        9 => TcpState::LastAck,
        10 => TcpState::Listen,
        11 => TcpState::Closing,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{parse_address, parse_line};
    use crate::connections::{Protocol, TcpState};

    #[test]
    #[cfg(target_endian = "little")]
    fn reads_addresses_and_shows_ipv4_in_ipv6_as_ipv4() {
        let cases = [
            ("0100007F:1F90", "127.0.0.1:8080"),
            ("00000000:0000", "0.0.0.0:0"),
            ("00000000000000000000000001000000:0016", "[::1]:22"),
            ("0000000000000000FFFF0000040310AC:01BB", "172.16.3.4:443"),
        ];
        for (text, address) in cases {
            assert_eq!(parse_address(text), address.parse().ok(), "{text}");
        }
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn reads_a_line_of_the_table() {
        let line = b"   1: 0100007F:9C42 0200007F:0050 01 00000000:00000000 02:000005D2 00000000  1000        0 33107 2 0000000000000000 20 4 30 10 -1";
        let found = parse_line(line, Protocol::Tcp, 5).unwrap();
        assert_eq!(found.remote, "127.0.0.2:80".parse().unwrap());
        assert_eq!(found.state, Some(TcpState::Established));
        assert_eq!(
            (found.user_id, found.inode, found.namespace),
            (1000, 33_107, 5)
        );
    }

    proptest! {
        #[test]
        fn takes_any_line(line in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = parse_line(&line, Protocol::Udp, 0);
        }

        #[test]
        fn takes_any_address(text in "\\PC{0,40}:\\PC{0,6}") {
            let _ = parse_address(&text);
        }
    }
}
