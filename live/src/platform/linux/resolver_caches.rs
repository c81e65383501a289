//! What resolvers of this system remember, as far as it can be read.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::names::{NameSource, ResolvedName, ResolvedNames};
use crate::options::LiveOptions;
use crate::patience::Patience;
use crate::platform::linux::hosts::plain_name;
use crate::platform::linux::resolved::fetch_cache;
use crate::platform::linux::tree::Tree;
use crate::processes::Processes;
use crate::unread::{Cause, Unread};

/// Bytes of a cache file: `nscd` keeps 32 MB by default, `named` writes down as much as its memory.
const CACHE_BYTES_MAX: usize = 256 << 20;
const RESOLVED_SOCKET: &str = "run/systemd/resolve/io.systemd.Resolve.Monitor";
/// Where files of caches lie, and how they are read.
const CACHE_FILES: [(&[u8], NameSource); 5] = [
    (b"/var/cache/nscd/hosts", NameSource::Nscd),
    (b"/var/db/nscd/hosts", NameSource::Nscd),
    (b"/var/cache/bind/named_dump.db", NameSource::BindDump),
    (b"/var/named/data/cache_dump.db", NameSource::BindDump),
    (b"/var/named/data/named_dump.db", NameSource::BindDump),
];
/// Resolvers that keep their cache in their memory only, by the names of their processes.
const SILENT_RESOLVERS: [&[u8]; 7] = [
    b"coredns",
    b"dnsmasq",
    b"dnscrypt-proxy",
    b"kresd",
    b"named",
    b"pdns_recursor",
    b"unbound",
];

/// Lists what resolvers remember.
pub(crate) fn list_resolved_names(options: &LiveOptions, processes: &Processes) -> ResolvedNames {
    let mut names = BTreeSet::new();
    let mut unread = Vec::new();
    match ask_resolved(options) {
        Ok(found) => names.extend(found),
        // It does not run, or is older than the question.
        Err(Cause::Vanished) if !runs(processes, b"systemd-resolve") => {}
        Err(Cause::Vanished) => {
            let cause = Cause::NotAvailable("this version does not tell");
            unread.push(Unread::new("cache of systemd-resolved", cause));
        }
        Err(cause) => unread.push(Unread::new("cache of systemd-resolved", cause)),
    }
    for (path, source) in CACHE_FILES {
        let content = Tree::open(&options.root)
            .map_err(Cause::from)
            .and_then(|tree| tree.read(path, CACHE_BYTES_MAX));
        let what = String::from_utf8_lossy(path);
        match content {
            Ok(content) => {
                names.extend(match source {
                    NameSource::Nscd => names_in_binary(&content.bytes),
                    _ => names_in_dump(&content.bytes),
                });
                if content.cut {
                    let cause = Cause::TooLarge("bytes of a resolver's cache");
                    unread.push(Unread::new(format!("the rest of {what}"), cause));
                }
            }
            Err(Cause::Vanished) => {}
            Err(cause) => unread.push(Unread::new(what, cause)),
        }
    }
    for resolver in SILENT_RESOLVERS {
        if runs(processes, resolver) {
            let what = format!("cache of {}", String::from_utf8_lossy(resolver));
            let cause = Cause::NotAvailable("it keeps its cache in its memory");
            unread.push(Unread::new(what, cause));
        }
    }
    ResolvedNames {
        items: names.into_iter().collect(),
        unread,
    }
}

fn ask_resolved(options: &LiveOptions) -> Result<Vec<ResolvedName>, Cause> {
    let socket = options.root.join(RESOLVED_SOCKET);
    let limit = options.patience;
    // Also a slow drip of bytes ends with the look.
    Patience::new(limit)
        .look(move || fetch_cache(&socket, limit))
        .flatten()
        .map_err(|cause| match cause {
            // A socket file without a program behind it.
            Cause::Failed(text) if text.contains("refused") => Cause::Vanished,
            cause => cause,
        })
}

fn runs(processes: &Processes, name: &[u8]) -> bool {
    processes.items.iter().any(|process| process.name == name)
}

/// The cache of `nscd` is its memory written down as it is; the names in it end with a zero byte.
fn names_in_binary(bytes: &[u8]) -> Vec<ResolvedName> {
    bytes
        .split(|&byte| byte == 0)
        .filter_map(|run| {
            // What stands before the name is a number in binary.
            let start = run
                .iter()
                .rposition(|&byte| !is_name_byte(byte))
                .map_or(0, |at| at + 1);
            name_of(&run[start..], NameSource::Nscd)
        })
        .collect()
}

/// `named` writes its cache as a zone file (RFC 1035 §5); a line that starts with a space is of the name before.
fn names_in_dump(bytes: &[u8]) -> Vec<ResolvedName> {
    let mut names: Vec<ResolvedName> = Vec::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        if line.starts_with(b";") || line.starts_with(b"$") {
            continue;
        }
        let text = String::from_utf8_lossy(line);
        let mut words = text.split_ascii_whitespace();
        if line.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            let Some(name) = words
                .next()
                .and_then(|name| name_of(name.as_bytes(), NameSource::BindDump))
            else {
                continue;
            };
            names.push(name);
        }
        let Some(name) = names.last_mut() else {
            continue;
        };
        let mut rest = words.skip_while(|word| !matches!(*word, "A" | "AAAA" | "CNAME"));
        match (rest.next(), rest.next()) {
            (Some("CNAME"), Some(alias)) => name.aliases.push(plain_name(alias)),
            (Some(_), Some(address)) => name.addresses.extend(
                address
                    .parse::<IpAddr>()
                    .ok()
                    .map(|address| address.to_canonical()),
            ),
            _ => {}
        }
    }
    names
}

fn name_of(bytes: &[u8], source: NameSource) -> Option<ResolvedName> {
    let text = std::str::from_utf8(bytes).ok()?;
    // RFC 1035 §2.3.4: 253 characters as text.
    let plausible = text.len() <= 254
        && text.trim_end_matches('.').contains('.')
        && text.bytes().all(is_name_byte)
        && !text.starts_with('.')
        && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    plausible.then(|| ResolvedName {
        name: plain_name(text),
        addresses: Vec::new(),
        aliases: Vec::new(),
        source,
    })
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::{names_in_binary, names_in_dump};

    #[test]
    fn finds_names_between_other_bytes() {
        let bytes = b"\x01\x00\x02\xffair.dcsvn.org\0\0junk\x0010.0.0.1\0Playball.DDNS.info.\0";
        let names: Vec<String> = names_in_binary(bytes)
            .into_iter()
            .map(|name| name.name)
            .collect();
        assert_eq!(names, ["air.dcsvn.org", "playball.ddns.info"]);
    }

    #[test]
    fn reads_a_dump_of_named() {
        let dump = b"; Cache dump\n$DATE 20261122\nair.dcsvn.org.\t300\tIN A\t203.0.113.7\n\t\t300\tIN AAAA\t2001:db8::1\nwww.example.com. 5 CNAME cdn.example.net.\n";
        let names = names_in_dump(dump);
        assert_eq!(names[0].addresses.len(), 2);
        assert_eq!(names[1].aliases, ["cdn.example.net"]);
    }
}
