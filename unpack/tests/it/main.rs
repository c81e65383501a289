//! Containers as other programs write them, as attackers write them, and as chance writes them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::cast_possible_truncation,
    reason = "what is built here is small"
)]

mod building;
mod clamav;
mod documents;
mod hostile;
mod mail;
mod random;
mod real;
mod running;
mod streams;

use std::io::Cursor;

use unpack::{Budget, Flow, Kind, Unpacked, WhyNot, recognise, unpack};

/// What a run showed.
#[derive(Debug, Default)]
struct Seen {
    members: Vec<(String, Vec<u8>)>,
    not_opened: Vec<(String, WhyNot, String)>,
}

impl Seen {
    /// Returns the content of the member at a path such as `b.tar » c.dll`.
    fn content(&self, path: &str) -> Option<&[u8]> {
        let found = self.members.iter().find(|(name, _)| name == path);
        found.map(|(_, content)| content.as_slice())
    }

    /// Tells whether any member has that content.
    fn has(&self, content: &[u8]) -> bool {
        self.members.iter().any(|(_, found)| found == content)
    }

    fn paths(&self) -> Vec<&str> {
        self.members.iter().map(|(path, _)| path.as_str()).collect()
    }

    fn reasons(&self) -> Vec<WhyNot> {
        self.not_opened.iter().map(|(_, why, _)| *why).collect()
    }

    fn bytes(&self) -> u64 {
        (self.members.iter())
            .map(|(_, content)| content.len() as u64)
            .sum()
    }
}

fn shown(path: &[unpack::MemberName]) -> String {
    let names: Vec<_> = path
        .iter()
        .map(unpack::MemberName::to_string_lossy)
        .collect();
    names.join(" » ")
}

/// Opens bytes as a given kind.
fn open_as(kind: Kind, name: &str, bytes: &[u8], budget: &Budget) -> Seen {
    let mut seen = Seen::default();
    let mut source = Cursor::new(bytes);
    let size = bytes.len() as u64;
    unpack(
        kind,
        name.as_bytes(),
        &mut source,
        size,
        budget,
        &|| false,
        &mut |unpacked| {
            match unpacked {
                Unpacked::Member(member) => {
                    seen.members
                        .push((shown(member.path), member.content.into_vec()));
                }
                Unpacked::NotOpened(not) => {
                    seen.not_opened.push((shown(not.path), not.why, not.detail));
                }
            }
            Flow::GoOn
        },
    );
    seen
}

/// Recognises bytes and opens them.
fn open(name: &str, bytes: &[u8]) -> Seen {
    open_within(name, bytes, &Budget::default())
}

fn open_within(name: &str, bytes: &[u8], budget: &Budget) -> Seen {
    let head = bytes.get(..unpack::HEAD_BYTES).unwrap_or(bytes);
    let kind =
        recognise(name.as_bytes(), head).unwrap_or_else(|| panic!("{name} is not recognised"));
    open_as(kind, name, bytes, budget)
}
