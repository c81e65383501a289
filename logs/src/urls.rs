//! URLs as they stand in a text: with their scheme, or without it as proxies write them; host and scheme in any case, the
//! rest exactly.

use std::net::Ipv6Addr;

use crate::notation::{ends_with_folded, word_start};

/// A URL that is sought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoughtUrl {
    /// As the alert has it.
    pub written: String,
    scheme: String,
    /// In lower case; an IPv6 address in brackets, as [`Ipv6Addr`] writes it.
    pub host: String,
    port: Option<u16>,
    /// Path and query; empty for the root. Nobody logs the fragment.
    rest: Vec<u8>,
    has_query: bool,
}

impl SoughtUrl {
    /// Parses an absolute URL; none where its host can be found in no log.
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, after) = url.split_once("://")?;
        let after = after.split('#').next()?;
        let authority_end = after.find(['/', '?']).unwrap_or(after.len());
        let (authority, rest) = after.split_at(authority_end);
        let authority = authority.rsplit('@').next()?;
        let (host, port) = split_port(authority)?;
        let scheme = scheme.to_ascii_lowercase();
        let rest = if rest == "/" { "" } else { rest };
        Some(Self {
            written: url.to_owned(),
            port: port.or_else(|| default_port(&scheme)),
            scheme,
            host,
            rest: rest.as_bytes().to_vec(),
            has_query: rest.contains('?'),
        })
    }

    /// Returns the host as an IPv6 address, where it is one.
    pub fn ipv6_host(&self) -> Option<Ipv6Addr> {
        let inside = self.host.strip_prefix('[')?.strip_suffix(']')?;
        inside.parse().ok()
    }

    /// Tells where the URL begins and ends whose host stands at `start..end`, if it is this one.
    pub fn around(&self, text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
        let scheme = scheme_before(text, start);
        let begin = match scheme {
            None => start,
            Some((scheme_start, scheme_end)) => self
                .has_scheme(&text[scheme_start..scheme_end])
                .then_some(scheme_start)?,
        };
        let (port, after_port) = port_at(text, end);
        if port.is_some_and(|port| Some(port) != self.port)
            || port.is_none() && self.port != default_port(&self.scheme)
        {
            return None;
        }
        if !self.rest.is_empty() {
            let rest_end = match_rest(text, after_port, &self.rest)?;
            return self.ends_at(text, rest_end).then_some((begin, rest_end));
        }
        // A bare host is a name that is mentioned; a scheme, a port or a slash makes it a URL.
        let slash_end = match_rest(text, after_port, b"/");
        let is_url = scheme.is_some() || port.is_some() || slash_end.is_some();
        let url_end = slash_end.unwrap_or(after_port);
        (is_url && self.ends_at(text, url_end)).then_some((begin, url_end))
    }

    /// Compares a scheme, also one made harmless (`hxxp`).
    fn has_scheme(&self, written: &[u8]) -> bool {
        let harmless = self.scheme.replacen("tt", "xx", 1);
        written.eq_ignore_ascii_case(self.scheme.as_bytes())
            || written.eq_ignore_ascii_case(harmless.as_bytes())
    }

    /// Tells whether a URL can end at `end`: what follows is not part of one, or begins something else.
    fn ends_at(&self, text: &[u8], end: usize) -> bool {
        let rest = text.get(end..).unwrap_or_default();
        match rest.first() {
            Some(b'&') => !self.has_query,
            Some(b'.' | b':' | b'!' | b'?') => !rest.get(1).is_some_and(|&byte| is_url_byte(byte)),
            Some(&byte) => !is_url_byte(byte),
            None => true,
        }
    }
}

/// Tells whether a byte goes on with a URL. What separates fields and quotes does not, though some could.
fn is_url_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?@!$&*+=%".contains(&byte)
}

fn split_port(authority: &str) -> Option<(String, Option<u16>)> {
    if let Some((address, after)) = authority
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        let address: Ipv6Addr = address.parse().ok()?;
        let port = match after.strip_prefix(':') {
            Some(port) => Some(port.parse().ok()?),
            None => None,
        };
        return Some((format!("[{address}]"), port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (authority, None),
    };
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let is_valid = host.len() <= 253
        && host.split('.').all(|label| {
            crate::notation::is_label(label.as_bytes())
                && label.bytes().all(crate::notation::is_label_byte)
        });
    is_valid.then_some((host, port))
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "ftp" => Some(21),
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

/// Finds the scheme in front of a host, and of a user's name before the host.
fn scheme_before(text: &[u8], host_start: usize) -> Option<(usize, usize)> {
    const SEPARATORS: [&[u8]; 6] = [
        b"://",
        b"[:]//",
        b"[://]",
        b":\\/\\/",
        b"%3a%2f%2f",
        b":%2f%2f",
    ];
    let at = before_user(text, host_start);
    let before = &text[..at];
    let separator = SEPARATORS
        .iter()
        .find(|separator| ends_with_folded(before, separator))?;
    let end = at - separator.len();
    let letters = text[..end]
        .iter()
        .rev()
        .take(24)
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let word = word_start(text, end - letters, end);
    Some((word.start, end))
}

/// Steps over `user:password@` to the left.
fn before_user(text: &[u8], host_start: usize) -> usize {
    const USER_MAX: usize = 64;
    if host_start == 0 || text[host_start - 1] != b'@' {
        return host_start;
    }
    let user = text[..host_start - 1]
        .iter()
        .rev()
        .take(USER_MAX)
        .take_while(|&&byte| byte.is_ascii_alphanumeric() || b"-._~:%!$".contains(&byte))
        .count();
    host_start - 1 - user
}

/// Reads `:8080`; returns the end of what was read.
fn port_at(text: &[u8], at: usize) -> (Option<u16>, usize) {
    let digits: Vec<u8> = match text.get(at) {
        Some(b':') => text[at + 1..]
            .iter()
            .take(6)
            .take_while(|byte| byte.is_ascii_digit())
            .copied()
            .collect(),
        _ => return (None, at),
    };
    let port = std::str::from_utf8(&digits)
        .ok()
        .and_then(|digits| digits.parse().ok());
    match port {
        Some(port) => (Some(port), at + 1 + digits.len()),
        None => (None, at),
    }
}

/// Compares path and query, with `/` also as JSON and nested URLs write it; returns where it ends.
fn match_rest(text: &[u8], start: usize, rest: &[u8]) -> Option<usize> {
    let mut at = start;
    for &byte in rest {
        let there = text.get(at..)?;
        at += if there.first() == Some(&byte) {
            1
        } else if byte == b'/' && there.starts_with(b"\\/") {
            2
        } else if byte == b'/' && there.get(..3)?.eq_ignore_ascii_case(b"%2f") {
            3
        } else {
            return None;
        };
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `url` stands in `text`, at its host.
    fn stands(url: &str, text: &str) -> bool {
        let sought = SoughtUrl::parse(url).expect(url);
        let start = text.to_lowercase().find(&sought.host).expect(text);
        sought
            .around(text.as_bytes(), start, start + sought.host.len())
            .is_some()
    }

    #[test]
    fn a_url_is_found_as_it_and_as_proxies_write_it() {
        let url = "http://playball.ddns.info/a/b.php?id=1";
        for text in [
            "http://playball.ddns.info/a/b.php?id=1",
            "HTTP://PLAYBALL.DDNS.INFO/a/b.php?id=1 200",
            "\"hxxp://playball.ddns.info/a/b.php?id=1\"",
            "http[:]//playball.ddns.info/a/b.php?id=1",
            "GET playball.ddns.info/a/b.php?id=1 HTTP/1.1",
            "http://playball.ddns.info:80/a/b.php?id=1,200",
            "http://u:p@playball.ddns.info/a/b.php?id=1).",
            "http:\\/\\/playball.ddns.info\\/a\\/b.php?id=1\\n",
            "u=http%3A%2F%2Fplayball.ddns.info%2Fa%2Fb.php?id=1",
            "http://playball.ddns.info/a/b.php?id=1.",
            "http://playball.ddns.info/a/b.php?id=1#top",
        ] {
            assert!(stands(url, text), "{text}");
        }
        for text in [
            "https://playball.ddns.info/a/b.php?id=1",
            "http://playball.ddns.info/A/b.php?id=1",
            "http://playball.ddns.info/a/b.php?id=12",
            "http://playball.ddns.info/a/b.php?id=1&x=2",
            "http://playball.ddns.info:8080/a/b.php?id=1",
            "http://playball.ddns.info/a/b.php?id=",
            "playball.ddns.info",
        ] {
            assert!(!stands(url, text), "{text}");
        }
    }

    #[test]
    fn the_root_of_a_site_is_more_than_its_name() {
        for url in ["https://t.me", "https://t.me/"] {
            for text in [
                "https://t.me",
                "https://t.me/ ",
                "CONNECT t.me:443 ",
                "t.me/ ",
                "\"t.me/\"",
            ] {
                assert!(stands(url, text), "{url} {text}");
            }
            for text in [
                "t.me",
                "t.me/x",
                "https://t.me/x",
                "t.me:80",
                "http://t.me/",
            ] {
                assert!(!stands(url, text), "{url} {text}");
            }
        }
    }

    #[test]
    fn what_cannot_stand_in_a_log_is_not_sought() {
        assert!(SoughtUrl::parse("http://địa.chỉ/a.b").is_none());
        assert!(SoughtUrl::parse("http://a b.c/").is_none());
        let sought = SoughtUrl::parse("http://[2001:DB8:0::1]:8080/a.b").expect("an address");
        assert_eq!(sought.host, "[2001:db8::1]");
        assert_eq!(sought.ipv6_host(), Some("2001:db8::1".parse().unwrap()));
    }
}
