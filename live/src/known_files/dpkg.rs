//! Debian's package database (dpkg(1), deb-md5sums(5), `/var/lib/dpkg/status`, `/var/lib/dpkg/diversions`).

use std::collections::HashMap;

/// A package of the status file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stanza {
    pub(super) name: String,
    pub(super) architecture: String,
    pub(super) version: String,
    /// Configuration files, and what they were when the package brought them.
    pub(super) configuration: Vec<(Vec<u8>, [u8; 16])>,
}

/// Files that lie elsewhere than their package says: by the package's path, where they are, and whose they are not.
pub(super) type Diversions = HashMap<Vec<u8>, (Vec<u8>, String)>;

/// Parses the status file.
pub(super) fn parse_status(text: &[u8]) -> Vec<Stanza> {
    let mut stanzas = Vec::new();
    let mut stanza = Stanza::default();
    let mut in_configuration = false;
    for line in text.split(|&byte| byte == b'\n') {
        if line.is_empty() {
            if !stanza.name.is_empty() {
                stanzas.push(std::mem::take(&mut stanza));
            }
            in_configuration = false;
        } else if let Some(value) = line.strip_prefix(b" ") {
            if in_configuration {
                stanza.configuration.extend(parse_configuration(value));
            }
        } else {
            let value = |field: &[u8]| {
                let value = line.strip_prefix(field)?;
                Some(String::from_utf8_lossy(value.trim_ascii()).into_owned())
            };
            in_configuration = line.starts_with(b"Conffiles:");
            if let Some(name) = value(b"Package:") {
                stanza.name = name;
            } else if let Some(architecture) = value(b"Architecture:") {
                stanza.architecture = architecture;
            } else if let Some(version) = value(b"Version:") {
                stanza.version = version;
            }
        }
    }
    if !stanza.name.is_empty() {
        stanzas.push(stanza);
    }
    stanzas
}

/// `/etc/x 0123… obsolete`; the path may hold spaces.
fn parse_configuration(line: &[u8]) -> Option<(Vec<u8>, [u8; 16])> {
    let line = line.trim_ascii();
    let mut words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    while words
        .last()
        .is_some_and(|word| matches!(*word, b"obsolete" | b"remove-on-upgrade"))
    {
        words.pop();
    }
    let digest = parse_md5(words.pop()?)?;
    Some((words.join(&b' '), digest))
}

/// Calls `each` with path and digest of each line of a package's list.
pub(super) fn parse_md5sums(text: &[u8], each: &mut dyn FnMut(Vec<u8>, [u8; 16])) {
    for line in text.split(|&byte| byte == b'\n') {
        // md5sum(1) marks a line with an escaped name.
        let (line, escaped) = line
            .strip_prefix(b"\\")
            .map_or((line, false), |line| (line, true));
        let Some((digest, rest)) = line.split_at_checked(32) else {
            continue;
        };
        let (Some(digest), Some(name)) = (parse_md5(digest), rest.get(2..)) else {
            continue;
        };
        if name.is_empty() {
            continue;
        }
        let name = if escaped {
            unescape(name)
        } else {
            name.to_vec()
        };
        each(absolute(&name), digest);
    }
}

/// Parses the list of diversions: three lines each.
pub(super) fn parse_diversions(text: &[u8]) -> Diversions {
    let lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    let triples = lines.chunks_exact(3);
    triples
        .map(|lines| {
            let owner = String::from_utf8_lossy(lines[2]).into_owned();
            (lines[0].to_vec(), (lines[1].to_vec(), owner))
        })
        .collect()
}

/// Returns a path from the root on.
pub(super) fn absolute(name: &[u8]) -> Vec<u8> {
    let name = name.strip_prefix(b"./").unwrap_or(name);
    let name = name.strip_prefix(b"/").unwrap_or(name);
    [b"/", name].concat()
}

fn unescape(name: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(name.len());
    let mut bytes = name.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, byte == b'\\') {
            (_, true) => match bytes.next() {
                Some(b'n') => plain.push(b'\n'),
                Some(b'r') => plain.push(b'\r'),
                Some(other) => plain.push(other),
                None => {}
            },
            (byte, false) => plain.push(byte),
        }
    }
    plain
}

fn parse_md5(text: &[u8]) -> Option<[u8; 16]> {
    domain::digest::parse_hex(std::str::from_utf8(text).ok()?)
}
