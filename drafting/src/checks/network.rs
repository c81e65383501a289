//! Addresses that are not on the public Internet, and blocks of too many.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::evidence::Evidence;
use crate::material::Flaw;
use crate::problem::ProblemCode;

/// Shortest prefix of an IPv4 block: 65,536 addresses are more than any attacker rents.
const V4_PREFIX_MIN: u8 = 16;
/// Shortest prefix of an IPv6 block: what one provider gets.
const V6_PREFIX_MIN: u8 = 32;

/// The special-purpose blocks of IPv4: RFC 6890 and the IANA registry as of 2024, multicast, and the former class E.
const RESERVED_V4: &[(Ipv4Addr, u8, &str)] = &[
    (Ipv4Addr::UNSPECIFIED, 8, "this-network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "protocol"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation"),
    (Ipv4Addr::new(192, 31, 196, 0), 24, "protocol"),
    (Ipv4Addr::new(192, 52, 193, 0), 24, "protocol"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "protocol"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private"),
    (Ipv4Addr::new(192, 175, 48, 0), 24, "protocol"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmarking"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

/// The special-purpose blocks of IPv6, from the same registries.
const RESERVED_V6: &[(Ipv6Addr, u8, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "this-network"),
    (Ipv6Addr::LOCALHOST, 128, "loopback"),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, "protocol"),
    (
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0),
        96,
        "protocol",
    ),
    (
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0),
        48,
        "protocol",
    ),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "reserved"),
    (
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        32,
        "documentation",
    ),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "protocol"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "protocol"),
    (
        Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0),
        48,
        "protocol",
    ),
    (
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
        20,
        "documentation",
    ),
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16, "protocol"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "private"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "link-local"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "private"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "multicast"),
];

/// Resolvers that everybody uses.
const PUBLIC_RESOLVERS: &[&str] = &[
    "1.0.0.1",
    "1.1.1.1",
    "8.8.4.4",
    "8.8.8.8",
    "9.9.9.9",
    "208.67.220.220",
    "208.67.222.222",
    "2001:4860:4860::8844",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
];

pub(super) fn check(value: &str, _evidence: &Evidence) -> Vec<Flaw> {
    let (text, prefix) = value
        .split_once('/')
        .map_or((value, None), |(text, prefix)| (text, Some(prefix)));
    let Ok(address) = text.parse::<IpAddr>() else {
        return vec![Flaw::refused(ProblemCode::AddressMalformed)];
    };
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix.map(str::parse::<u8>) {
        None => bits,
        Some(Ok(prefix)) if prefix <= bits => prefix,
        Some(_) => return vec![Flaw::refused(ProblemCode::AddressMalformed)],
    };
    let shortest = if address.is_ipv4() {
        V4_PREFIX_MIN
    } else {
        V6_PREFIX_MIN
    };
    if let Some(purpose) = purpose(address, prefix) {
        return vec![Flaw::refused(ProblemCode::AddressReserved).with("purpose", purpose)];
    }
    if prefix < shortest {
        return vec![
            Flaw::refused(ProblemCode::AddressTooWide)
                .with("prefix", prefix)
                .with("shortest", shortest),
        ];
    }
    if PUBLIC_RESOLVERS.contains(&text) {
        return vec![Flaw::refused(ProblemCode::AddressReserved).with("purpose", "resolver")];
    }
    let first = first_of_block(address, prefix);
    if first != address {
        return vec![
            Flaw::refused(ProblemCode::AddressHostBits).meant(Some(format!("{first}/{prefix}"))),
        ];
    }
    Vec::new()
}

/// Returns what the block that holds, or lies in, the given one is for.
fn purpose(address: IpAddr, prefix: u8) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => RESERVED_V4
            .iter()
            .find(|(block, length, _)| {
                let shared = u32::from((*length).min(prefix));
                // A block that is too wide is reported as such, not as each block it covers.
                prefix >= V4_PREFIX_MIN.min(*length)
                    && high_bits_u32(u32::from(address), shared)
                        == high_bits_u32(u32::from(*block), shared)
            })
            .map(|(_, _, purpose)| *purpose),
        IpAddr::V6(address) => RESERVED_V6
            .iter()
            .find(|(block, length, _)| {
                let shared = u32::from((*length).min(prefix));
                prefix >= V6_PREFIX_MIN.min(*length)
                    && high_bits_u128(u128::from(address), shared)
                        == high_bits_u128(u128::from(*block), shared)
            })
            .map(|(_, _, purpose)| *purpose),
    }
}

fn first_of_block(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            Ipv4Addr::from(high_bits_u32(u32::from(address), u32::from(prefix))).into()
        }
        IpAddr::V6(address) => {
            Ipv6Addr::from(high_bits_u128(u128::from(address), u32::from(prefix))).into()
        }
    }
}

fn high_bits_u32(number: u32, count: u32) -> u32 {
    number & u32::MAX.checked_shl(32 - count).unwrap_or(0)
}

fn high_bits_u128(number: u128, count: u32) -> u128 {
    number & u128::MAX.checked_shl(128 - count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(value: &str) -> Option<&'static str> {
        check(value, &Evidence::default())
            .first()
            .map(|flaw| flaw.code.as_str())
    }

    #[test]
    fn refuses_addresses_that_are_not_public() {
        for value in [
            "10.1.2.3",
            "192.168.1.1",
            "172.31.0.1",
            "127.0.0.1",
            "0.0.0.0",
            "100.64.0.1",
            "169.254.1.1",
            "192.0.2.1",
            "198.51.100.7",
            "203.0.113.9",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "2001:db8::1",
            "ff02::1",
            "::ffff:8.8.8.8",
            "192.168.0.0/24",
            "10.0.0.0/8",
            "8.8.8.8",
            "2002::1",
            "3fff::1",
        ] {
            assert_eq!(code(value), Some("address-reserved"), "{value}");
        }
    }

    #[test]
    fn accepts_public_addresses_and_narrow_blocks() {
        for value in [
            "203.113.131.1",
            "172.32.0.1",
            "45.77.0.0/16",
            "2001:ee0::1",
            "2a00:1450::/32",
        ] {
            assert_eq!(code(value), None, "{value}");
        }
    }

    #[test]
    fn refuses_blocks_that_are_too_wide_or_have_host_bits() {
        assert_eq!(code("0.0.0.0/0"), Some("address-too-wide"));
        assert_eq!(code("45.0.0.0/8"), Some("address-too-wide"));
        assert_eq!(code("2400::/12"), Some("address-too-wide"));
        assert_eq!(code("45.77.1.5/24"), Some("address-host-bits"));
        assert_eq!(code("1.2.3"), Some("address-malformed"));
        assert_eq!(code("1.2.3.256"), Some("address-malformed"));
        assert_eq!(code("1.2.3.4/33"), Some("address-malformed"));
    }
}
