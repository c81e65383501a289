//! Addresses as they stand in a text, and the blocks they belong to.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::NetworkPattern;

use crate::notation::word_start;

/// An address that stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing<A> {
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The address.
    pub address: A,
}

/// Reads the IPv4 address of which the byte at `at` is a part. The second value is where the next could begin.
///
/// An address is four numbers, with plain dots or `[.]`, or five where the last is a port, as packet filters write it. It
/// is none inside a longer word, number or name: `110.1.2.3` has no `10.1.2.3`, and neither has `10.1.2.3.example.org`.
pub fn read_ipv4(text: &[u8], at: usize) -> (Option<Standing<Ipv4Addr>>, usize) {
    /// Five numbers of up to five digits, `[.]` between them, and an escape's digits in front.
    const LOOKED_AT_MAX: usize = 48;
    let mut start = at;
    while let Some(previous) = before_in_quad(text, start) {
        start = previous;
        if at - start > LOOKED_AT_MAX {
            return (None, at + 1);
        }
    }
    let mut end = at;
    while let Some(next) = after_in_quad(text, end) {
        end = next;
        if end - at > 2 * LOOKED_AT_MAX {
            // What begins this far before an end that was not found is part of something too long.
            return (None, at + LOOKED_AT_MAX);
        }
    }
    (quad(text, start, end), end.max(at + 1))
}

/// Returns where the digit or dot before `at` begins.
fn before_in_quad(text: &[u8], at: usize) -> Option<usize> {
    let before = &text[..at];
    match before.last()? {
        b'0'..=b'9' => Some(at - 1),
        b'.' if before.len() > 1 && before[at - 2].is_ascii_digit() => Some(at - 1),
        b'.' | b'[' | b']' => dot_part(text, at - 1).then_some(at - 1),
        _ => None,
    }
}

/// Returns where the digit or dot at `at` ends.
fn after_in_quad(text: &[u8], at: usize) -> Option<usize> {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    match text.get(at)? {
        b'0'..=b'9' => Some(at + 1),
        b'.' if at > 0 && is_digit(at - 1) && is_digit(at + 1) => Some(at + 1),
        b'.' | b'[' | b']' => dot_part(text, at).then_some(at + 1),
        _ => None,
    }
}

/// Tells whether the byte at `at` belongs to a `[.]` between two digits.
fn dot_part(text: &[u8], at: usize) -> bool {
    (at.saturating_sub(3)..at).any(|from| {
        matches!(
            text.get(from..from + 5),
            Some([b'0'..=b'9', b'[', b'.', b']', b'0'..=b'9'])
        )
    })
}

/// Reads the numbers between `start` and `end`, and looks at what surrounds them.
fn quad(text: &[u8], start: usize, end: usize) -> Option<Standing<Ipv4Addr>> {
    let first_end = start + digit_count(&text[start..end]);
    // The whole word, so that `%3D10.1.2.3` is known for what it is.
    let letters = text[..start]
        .iter()
        .rev()
        .take(8)
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let word = word_start(text, start - letters, first_end);
    if word.start < start {
        return None;
    }
    let start = word.start;
    if is_after_label(text, start) {
        return None;
    }
    let mut octets = [0; 4];
    let mut at = start;
    for (index, octet) in octets.iter_mut().enumerate() {
        if index > 0 {
            at += dot_length(&text[at..end])?;
        }
        let count = digit_count(&text[at..end]);
        *octet = number(&text[at..at + count], 3, 255)?.try_into().ok()?;
        at += count;
    }
    if at < end {
        let port = at + dot_length(&text[at..end])?;
        number(&text[port..end], 5, 65_535)?;
    }
    let is_end =
        !text.get(end).is_some_and(u8::is_ascii_alphanumeric) && !is_before_label(text, end);
    is_end.then(|| Standing {
        start,
        end: at,
        address: Ipv4Addr::from(octets),
    })
}

/// Tells whether a dot and a letter follow: it is the beginning of a name.
fn is_before_label(text: &[u8], end: usize) -> bool {
    text.get(end..)
        .and_then(dot_length)
        .and_then(|length| text.get(end + length))
        .is_some_and(u8::is_ascii_alphanumeric)
}

/// Tells whether a letter or digit and a dot stand before: it is the end of a name.
fn is_after_label(text: &[u8], start: usize) -> bool {
    let before = &text[..start];
    let label = before
        .strip_suffix(b"[.]")
        .or_else(|| before.strip_suffix(b"."));
    label
        .and_then(<[u8]>::last)
        .is_some_and(u8::is_ascii_alphanumeric)
}

fn dot_length(text: &[u8]) -> Option<usize> {
    if text.starts_with(b".") {
        Some(1)
    } else {
        text.starts_with(b"[.]").then_some(3)
    }
}

fn digit_count(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn number(digits: &[u8], digits_max: usize, max: u32) -> Option<u32> {
    if digits.is_empty() || digits.len() > digits_max {
        return None;
    }
    let value = digits.iter().try_fold(0_u32, |value, &digit| {
        let digit = char::from(digit).to_digit(10)?;
        Some(value * 10 + digit)
    })?;
    (value <= max).then_some(value)
}

/// Reads the IPv6 address of which the byte at `at` is a part. The second value is where the next could begin.
///
/// The longest run of hexadecimal digits, colons and dots is tried, then without what may surround it: a word and colon
/// before (`addr:2001:db8::1`), a colon or a port after.
pub fn read_ipv6(text: &[u8], at: usize) -> (Option<Standing<Ipv6Addr>>, usize) {
    /// The longest address as text has 45 bytes; a word before it and a port after it add some.
    const RUN_MAX: usize = 64;
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || matches!(**byte, b':' | b'.');
    let left = text[..at]
        .iter()
        .rev()
        .take(RUN_MAX + 1)
        .take_while(is_part);
    let right = text[at..].iter().take(RUN_MAX + 1).take_while(is_part);
    let (start, end) = (at - left.count(), at + right.count());
    if end - start > RUN_MAX {
        return (None, end.max(at + 1));
    }
    (address_in(text, start, end), end.max(at + 1))
}

fn address_in(text: &[u8], start: usize, end: usize) -> Option<Standing<Ipv6Addr>> {
    let is_word = |at: usize| text.get(at).is_some_and(u8::is_ascii_alphanumeric);
    if is_word(end) {
        return None;
    }
    let run = std::str::from_utf8(&text[start..end]).ok()?;
    let word_end = start + run.find([':', '.']).unwrap_or(run.len());
    let word = word_start(text, start, word_end).start;
    let mut starts = vec![word];
    let is_inside_word = word == start && start > 0 && is_word(start - 1);
    if is_inside_word {
        starts.clear();
    }
    if text.get(word_end) == Some(&b':') {
        starts.push(word_end + 1);
    }
    let mut ends = vec![end];
    if run.ends_with([':', '.']) {
        ends.push(end - 1);
    }
    if let Some(dot) = run.trim_end_matches([':', '.']).rfind('.') {
        ends.push(start + dot);
    }
    let candidates = starts
        .iter()
        .flat_map(|&start| ends.iter().map(move |&end| (start, end)));
    candidates
        .filter(|(start, end)| start < end)
        .find_map(|(start, end)| {
            let address = run_str(text, start, end)?.parse().ok()?;
            Some(Standing {
                start,
                end,
                address,
            })
        })
}

fn run_str(text: &[u8], start: usize, end: usize) -> Option<&str> {
    std::str::from_utf8(text.get(start..end)?).ok()
}

/// The addresses and blocks sought, by the length of their prefix.
#[derive(Debug, Default)]
pub struct Networks {
    ipv4: BTreeMap<u8, HashMap<u32, Vec<u32>>>,
    ipv6: BTreeMap<u8, HashMap<u128, Vec<u32>>>,
    /// For each value of the upper 16 bits of an IPv4 address, whether any block has addresses with it.
    ipv4_halves: Vec<bool>,
}

impl Networks {
    /// Adds a block, with the place of what is sought.
    pub fn insert(&mut self, network: &NetworkPattern, sought: u32) {
        let prefix = network.prefix_bits();
        match network.address() {
            IpAddr::V4(address) => {
                let base = address.to_bits() & mask_ipv4(prefix);
                let blocks = self.ipv4.entry(prefix).or_default();
                blocks.entry(base).or_default().push(sought);
                self.mark_halves(base, prefix);
            }
            IpAddr::V6(address) => {
                let base = address.to_bits() & mask_ipv6(prefix);
                let blocks = self.ipv6.entry(prefix).or_default();
                blocks.entry(base).or_default().push(sought);
            }
        }
    }

    fn mark_halves(&mut self, base: u32, prefix: u8) {
        self.ipv4_halves.resize(1 << 16, false);
        let first = (base >> 16) as usize;
        let last = first | (!mask_ipv4(prefix) >> 16) as usize;
        self.ipv4_halves[first..=last].fill(true);
    }

    /// Tells whether IPv4 addresses are sought.
    pub fn has_ipv4(&self) -> bool {
        !self.ipv4.is_empty()
    }

    /// Tells what is sought nowhere, from a look at the numbers around `at`; then the second value is where they end.
    /// Most addresses and nearly all other numbers are told by it.
    pub fn rules_out_ipv4(&self, text: &[u8], at: usize) -> Option<usize> {
        const LOOKED_AT_MAX: usize = 24;
        let is_part = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        let first = at.saturating_sub(LOOKED_AT_MAX);
        let mut start = at;
        while start > first && is_part(text[start - 1]) {
            start -= 1;
        }
        let rest = &text[start..text.len().min(at + LOOKED_AT_MAX)];
        let (mut numbers, mut count, mut digit_count, mut number) = ([0; 2], 0, 0, 0);
        let mut end = start;
        for &byte in rest {
            match byte {
                b'0'..=b'9' => {
                    number = (number * 10 + usize::from(byte - b'0')) & 0xffff;
                    digit_count += 1;
                }
                // Two dots part two runs of numbers, each of which may be an address.
                b'.' if digit_count == 0 => return None,
                b'.' => {
                    if count < 2 {
                        // More digits than an octet has: an escape's, or no octet.
                        numbers[count] = if digit_count > 3 { return None } else { number };
                    }
                    (count, digit_count, number) = (count + 1, 0, 0);
                }
                _ => break,
            }
            end += 1;
        }
        let before = start.checked_sub(1).map_or(b' ', |at| text[at]);
        let after = text.get(end).copied().unwrap_or(b' ');
        // Escapes and `[.]` are for the careful reading.
        let is_plain = !before.is_ascii_alphanumeric()
            && !matches!(before, b'%' | b'[' | b']')
            && !matches!(after, b'[' | b']');
        let is_whole = start > first && end < at + LOOKED_AT_MAX;
        let is_sought = || {
            let half = numbers[0] << 8 | numbers[1];
            numbers[1] < 256 && self.ipv4_halves.get(half) == Some(&true)
        };
        (is_plain && is_whole && (count < 3 || !is_sought())).then_some(end)
    }

    /// Calls `found` with everything sought that has this address.
    pub fn find_ipv4(&self, address: Ipv4Addr, mut found: impl FnMut(u32)) {
        let bits = address.to_bits();
        if !self
            .ipv4_halves
            .get((bits >> 16) as usize)
            .is_some_and(|&known| known)
        {
            return;
        }
        for (&prefix, blocks) in &self.ipv4 {
            for &sought in blocks
                .get(&(bits & mask_ipv4(prefix)))
                .into_iter()
                .flatten()
            {
                found(sought);
            }
        }
    }

    /// Calls `found` with everything sought that has this address.
    pub fn find_ipv6(&self, address: Ipv6Addr, mut found: impl FnMut(u32)) {
        let bits = address.to_bits();
        for (&prefix, blocks) in &self.ipv6 {
            for &sought in blocks
                .get(&(bits & mask_ipv6(prefix)))
                .into_iter()
                .flatten()
            {
                found(sought);
            }
        }
    }
}

fn mask_ipv4(prefix: u8) -> u32 {
    u32::MAX
        .checked_shl(32 - u32::from(prefix.min(32)))
        .unwrap_or(0)
}

fn mask_ipv6(prefix: u8) -> u128 {
    u128::MAX
        .checked_shl(128 - u32::from(prefix.min(128)))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ipv4(text: &str) -> Option<String> {
        let at = text.find(".2").expect("an address with .2");
        read_ipv4(text.as_bytes(), at)
            .0
            .map(|found| found.address.to_string())
    }

    #[test]
    fn whole_ipv4_addresses_are_read() {
        for text in [
            "10.1.2.3",
            "[10.1.2.3]:53",
            "src=10.1.2.3,",
            "10.1.2.3.",
            "10.1.2.3.443: Flags",
            "10.1.2.3/24",
            "10.1.2.3#53",
            "a-10.1.2.3-b",
            "::ffff:10.1.2.3",
            "%3D10.1.2.3%20",
            "%2010.1.2.3",
            "\\n10.1.2.3",
            "\\u003d10.1.2.3",
            "010.001.2.003",
            "10.1.2[.]3",
            "_10.1.2.3_",
            "10[.]1.2[.]3[.]",
        ] {
            assert_eq!(ipv4(text).as_deref(), Some("10.1.2.3"), "{text}");
        }
        assert_eq!(ipv4("110.1.2.3").as_deref(), Some("110.1.2.3"));
        assert_eq!(ipv4("10.1.2.31").as_deref(), Some("10.1.2.31"));
    }

    #[test]
    fn parts_of_longer_things_are_no_ipv4_addresses() {
        for text in [
            "10.1.2.3.4.5",
            "10.1.2.3.example.org",
            "static.10.1.2.3",
            "v10.1.2.3",
            "10.1.2.3a",
            "10.1.2",
            "10.1.2.256",
            "10.1.2.0003",
            "10.1.2.3.in-addr.arpa",
            "10.1.2.3.65536",
        ] {
            assert_eq!(ipv4(text), None, "{text}");
        }
    }

    #[test]
    fn ipv6_addresses_are_read_out_of_what_surrounds_them() {
        for text in [
            "2001:db8::1",
            "[2001:db8::1]:443",
            "addr:2001:db8::1",
            "src:2001:db8::1 ",
            "2001:DB8:0:0:0:0:0:1,",
            "2001:db8::1: Flags",
            "2001:db8::1.443 >",
            "2001:db8::1%eth0",
            "=2001:0db8:0000:0000:0000:0000:0000:0001",
            "%3D2001:db8::1",
            "2001:db8::1.",
        ] {
            let at = text.to_lowercase().find("db8").expect("it is there");
            let found = read_ipv6(text.as_bytes(), at).0;
            let address = found.map(|found| found.address.to_string());
            assert_eq!(address.as_deref(), Some("2001:db8::1"), "{text}");
        }
        for text in [
            "aa:bb:cc:dd:ee:db8",
            "12:30:45 db8",
            "2001:db8::1g",
            "g2001db8",
        ] {
            let at = text.find("db8").expect("it is there");
            assert_eq!(read_ipv6(text.as_bytes(), at).0, None, "{text}");
        }
    }

    #[test]
    fn blocks_have_their_addresses_and_no_others() {
        let mut networks = Networks::default();
        for (sought, text) in [
            "203.113.5.9/22",
            "203.113.4.1",
            "0.0.0.0/0",
            "2001:db8::/32",
        ]
        .iter()
        .enumerate()
        {
            networks.insert(&text.parse().unwrap(), u32::try_from(sought).unwrap());
        }
        let find = |text: &str| {
            let mut all = Vec::new();
            match text.parse().unwrap() {
                IpAddr::V4(address) => networks.find_ipv4(address, |sought| all.push(sought)),
                IpAddr::V6(address) => networks.find_ipv6(address, |sought| all.push(sought)),
            }
            all
        };
        assert_eq!(find("203.113.4.1"), [2, 0, 1]);
        assert_eq!(find("203.113.7.255"), [2, 0]);
        assert_eq!(find("203.113.8.0"), [2]);
        assert_eq!(find("2001:db8:ffff::"), [3]);
        assert_eq!(find("2001:db9::"), [] as [u32; 0]);
    }
}
