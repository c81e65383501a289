//! Reads what really stands at the places that the filter points at, and looks it up.

use crate::digests::read_digest;
use crate::filter::{DIGEST, HOST, IPV4, IPV6, Kinds};
use crate::hosts::{Host, Reading};
use crate::networks::{read_ipv4, read_ipv6};
use crate::patterns::LogPatterns;

/// Something sought that stands in the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Where it begins.
    pub start: usize,
    /// The caller's id.
    pub id: usize,
    /// What stands there.
    pub value: String,
    /// Where it ends.
    pub end: usize,
}

/// Up to where a text has been examined, for each kind of thing. Places before that are not looked at again: a name has
/// several windows, and examining it once for each would make hostile texts slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    host: usize,
    digest: usize,
    ipv4: usize,
    ipv6: usize,
}

impl Examined {
    /// Returns the further of both, for each kind.
    pub fn max(self, other: Self) -> Self {
        Self {
            host: self.host.max(other.host),
            digest: self.digest.max(other.digest),
            ipv4: self.ipv4.max(other.ipv4),
            ipv6: self.ipv6.max(other.ipv6),
        }
    }

    /// Moves with a text of which the beginning is dropped.
    pub fn moved(self, dropped: usize) -> Self {
        Self {
            host: self.host.saturating_sub(dropped),
            digest: self.digest.saturating_sub(dropped),
            ipv4: self.ipv4.saturating_sub(dropped),
            ipv6: self.ipv6.saturating_sub(dropped),
        }
    }
}

/// Examines places of one text.
pub struct Examiner<'a> {
    pub patterns: &'a LogPatterns,
    pub text: &'a [u8],
    pub examined: Examined,
    pub host: &'a mut Host,
    pub hits: &'a mut Vec<Hit>,
}

impl Examiner<'_> {
    /// Examines the place `at`, inside of something of these kinds.
    pub fn examine(&mut self, at: usize, kinds: Kinds) {
        if kinds & HOST != 0 && at >= self.examined.host {
            self.examined.host = self.examine_host(at);
        }
        if kinds & DIGEST != 0 && at >= self.examined.digest {
            self.examined.digest = self.examine_digest(at);
        }
        if kinds & IPV4 != 0 && at >= self.examined.ipv4 {
            self.examined.ipv4 = self.examine_ipv4(at);
        }
        if kinds & IPV6 != 0 && at >= self.examined.ipv6 {
            self.examined.ipv6 = self.examine_ipv6(at);
        }
    }

    fn examine_host(&mut self, at: usize) -> usize {
        match self.host.read(self.text, at) {
            Reading::NoneBefore(place) => place,
            Reading::Name => {
                self.look_up_name();
                self.host.end().max(at + 1)
            }
        }
    }

    fn look_up_name(&mut self) {
        let (start, end) = (self.host.start(), self.host.end());
        let names = &self.patterns.names;
        let value = || String::from_utf8_lossy(self.host.name()).into_owned();
        for parent in self.host.parents() {
            for &sought in names.below.get(parent).into_iter().flatten() {
                let id = self.patterns.ids[sought as usize];
                self.hits.push(Hit {
                    start,
                    id,
                    value: value(),
                    end,
                });
            }
        }
        for &sought in names.exact.get(self.host.name()).into_iter().flatten() {
            let id = self.patterns.ids[sought as usize];
            self.hits.push(Hit {
                start,
                id,
                value: value(),
                end,
            });
        }
        look_up_urls(
            self.patterns,
            self.text,
            self.host.name(),
            (start, end),
            self.hits,
        );
        if let Some((name, start)) = self.host.other_name(self.text) {
            for &sought in names.exact.get(&name).into_iter().flatten() {
                let id = self.patterns.ids[sought as usize];
                let value = String::from_utf8_lossy(&name).into_owned();
                self.hits.push(Hit {
                    start,
                    id,
                    value,
                    end,
                });
            }
            look_up_urls(self.patterns, self.text, &name, (start, end), self.hits);
        }
    }

    fn examine_digest(&mut self, at: usize) -> usize {
        let (found, next) = read_digest(self.text, at);
        if let Some(found) = found {
            for &sought in self
                .patterns
                .digests
                .get(&found.digest)
                .into_iter()
                .flatten()
            {
                self.hits.push(Hit {
                    start: found.start,
                    id: self.patterns.ids[sought as usize],
                    value: found.digest.to_string(),
                    end: found.end,
                });
            }
        }
        next
    }

    fn examine_ipv4(&mut self, at: usize) -> usize {
        if let Some(end) = self.patterns.networks.rules_out_ipv4(self.text, at) {
            return end.max(at + 1);
        }
        let (found, next) = read_ipv4(self.text, at);
        if let Some(found) = found {
            self.patterns.networks.find_ipv4(found.address, |sought| {
                self.hits.push(Hit {
                    start: found.start,
                    id: self.patterns.ids[sought as usize],
                    value: found.address.to_string(),
                    end: found.end,
                });
            });
        }
        next
    }

    fn examine_ipv6(&mut self, at: usize) -> usize {
        let (found, next) = read_ipv6(self.text, at);
        if let Some(found) = found {
            self.patterns.networks.find_ipv6(found.address, |sought| {
                self.hits.push(Hit {
                    start: found.start,
                    id: self.patterns.ids[sought as usize],
                    value: found.address.to_string(),
                    end: found.end,
                });
            });
            let is_bracketed = found.start > 0 && self.text[found.start - 1] == b'[';
            if is_bracketed && self.text.get(found.end) == Some(&b']') {
                let host = format!("[{}]", found.address);
                let around = (found.start - 1, found.end + 1);
                look_up_urls(self.patterns, self.text, host.as_bytes(), around, self.hits);
            }
        }
        next
    }
}

fn look_up_urls(
    patterns: &LogPatterns,
    text: &[u8],
    host: &[u8],
    (start, end): (usize, usize),
    hits: &mut Vec<Hit>,
) {
    for (sought, url) in patterns.urls.get(host).into_iter().flatten() {
        if let Some((start, end)) = url.around(text, start, end) {
            hits.push(Hit {
                start,
                id: patterns.ids[*sought as usize],
                value: url.written.clone(),
                end,
            });
        }
    }
}
