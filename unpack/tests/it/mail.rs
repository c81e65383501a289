//! Mail, mailboxes, Outlook messages and TNEF.

pub(crate) mod outlook;
mod parsing;
mod python;
mod tnef;

use std::time::Duration;

use proptest::prelude::*;
use unpack::{Budget, Kind};

use crate::{Seen, open_as};

/// Returns the members' paths with what was not opened behind them, one a line.
pub(crate) fn listed(seen: &Seen) -> String {
    let members = seen.members.iter();
    let members = members.map(|(path, content)| format!("{path} ({})", content.len()));
    let not_opened = seen.not_opened.iter();
    let not_opened = not_opened.map(|(path, why, _)| format!("{path} !{why}"));
    members.chain(not_opened).collect::<Vec<_>>().join("\n")
}

/// A change of a sample: something overwritten, repeated, left out or cut off.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Cut(prop::sample::Index),
    Overwrite(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
}

/// Any few changes.
pub(crate) fn changes() -> impl Strategy<Value = Vec<Change>> {
    let place = any::<prop::sample::Index>;
    let change = prop_oneof![
        1 => place().prop_map(Change::Cut),
        6 => (place(), prop::collection::vec(any::<u8>(), 1..5)).prop_map(|(at, with)| Change::Overwrite(at, with)),
        2 => (place(), 1_usize..60).prop_map(|(at, count)| Change::Remove(at, count)),
        2 => (place(), 1_usize..200).prop_map(|(at, count)| Change::Repeat(at, count)),
    ];
    prop::collection::vec(change, 1..8)
}

/// Opens a changed sample as its kind with a small budget: whatever comes out, it ends and keeps to the budget.
pub(crate) fn survives(kind: Kind, sample: &[u8], changes: &[Change]) {
    let mut bytes = sample.to_vec();
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        match change {
            Change::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Change::Overwrite(at, with) => {
                let at = at.index(bytes.len());
                let end = bytes.len().min(at + with.len());
                bytes[at..end].copy_from_slice(&with[..end - at]);
            }
            Change::Remove(at, count) => {
                let at = at.index(bytes.len());
                let end = bytes.len().min(at + count);
                bytes.drain(at..end);
            }
            Change::Repeat(at, count) => {
                let at = at.index(bytes.len());
                let end = bytes.len().min(at + count);
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    let budget = Budget {
        bytes_max: 1 << 20,
        member_count_max: 1000,
        time_max: Duration::from_secs(20),
        ..Budget::default()
    };
    let seen = open_as(kind, "sample", &bytes, &budget);
    assert!(seen.members.len() <= 1000);
    assert!(seen.bytes() <= 1 << 20);
    for (path, why, detail) in &seen.not_opened {
        assert_ne!(*why, unpack::WhyNot::ParserFailed, "{path}: {detail}");
        assert_ne!(*why, unpack::WhyNot::Time, "{path}: {detail}");
    }
}
