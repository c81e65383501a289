//! Which addresses may be visited. A site under watch may point anywhere, also into the network of whoever watches.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where visits may go beside public addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// Host names that may have any address.
    pub hosts: BTreeSet<String>,
}

impl Permission {
    /// Tells whether `host` may be visited at `address`.
    pub fn allows(&self, host: &str, address: IpAddr) -> bool {
        is_public(address) || self.names(host)
    }

    /// Tells whether `host` may be visited wherever it is, also on this machine.
    pub fn names(&self, host: &str) -> bool {
        self.hosts.contains(&host.to_ascii_lowercase())
    }
}

/// Tells whether an address is on the public internet (IANA's registries of special-purpose addresses, RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        // Carriers' own networks, protocol assignments, relays of 6to4, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        // Multicast and everything after it.
        || a >= 224)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // An address of IPv4 in another coat is judged as what it is.
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [.., high, low] = segments;
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    let last = Ipv4Addr::new(a, b, c, d);
    match segments {
        // NAT64.
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_public_v4(last),
        // 6to4: the second and third segment.
        [0x2002, high, low, ..] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Teredo and other protocol assignments, documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x3fff, ..] => false,
        // Global unicast, and nothing else.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_own_networks_are_not_public_in_any_coat() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "8.8.8.8",
            "113.160.0.1",
            "2001:4860:4860::8888",
            "2400:cb00::1",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_name_that_was_allowed_may_be_anywhere() {
        let permission = Permission {
            hosts: ["intranet.example.gov.vn".to_owned()].into(),
        };
        let private = "10.0.0.1".parse().unwrap();
        assert!(permission.allows("Intranet.example.gov.vn", private));
        assert!(!permission.allows("other.example.gov.vn", private));
    }
}
