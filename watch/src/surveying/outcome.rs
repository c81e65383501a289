//! What a survey came to.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use visit::{Robots, Visit, Visitor};

use super::memory::{FolderState, KnownPage};
use crate::verdict::{Judgement, Reason, Verdict};

/// What a survey of one site came to.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Whose.
    pub site: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// What is said of the site beside its pages under watch.
    pub judgement: Judgement,
    /// Pages that were looked at, in order.
    pub looked: Vec<Looked>,
    /// What there is that was not there.
    pub news: News,
    /// What was not looked at, and why.
    pub left_out: Vec<LeftOut>,
    /// Where the pages that are not in order lead: intruders link the pages that they put on one site from others.
    pub leads_to: BTreeSet<String>,
    /// The visits that were made, in order. Bodies are kept of what is not in order only.
    pub visits: Vec<Visit>,
    /// What the memory takes over.
    pub(super) lesson: Lesson,
}

/// A page that a survey looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// Its address.
    pub url: String,
    /// As whom.
    pub visitor: Visitor,
    /// Its status.
    pub status: u16,
    /// Its title.
    pub title: String,
    /// Whether its address was not known.
    pub is_new: bool,
    /// What is said of it.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// What there is that was not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// How many addresses.
    pub count: usize,
    /// Some of them.
    pub addresses: Vec<String>,
    /// Folders that list their files to everybody and did not.
    pub folders: Vec<String>,
}

/// Something that was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its path on the site.
    pub path: String,
    /// Why.
    pub why: LeftOutWhy,
}

/// Why something was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOutWhy {
    /// `robots.txt` asks for it.
    Robots,
    /// The budget was spent: it has its turn another time.
    Budget,
}

/// What a memory takes over from a survey: the parts that are in order after it, the rest when a person approves.
#[derive(Clone, Debug, Default)]
pub(super) struct Lesson {
    /// Whether nothing could be learned, because the site was out of order.
    pub(super) is_void: bool,
    pub(super) robots: Robots,
    pub(super) robots_digest: String,
    /// Digests of addresses, and whether each is in order.
    pub(super) addresses: BTreeMap<u64, InOrder>,
    pub(super) pages: BTreeMap<u64, (KnownPage, InOrder)>,
    pub(super) folders: BTreeMap<String, FolderState>,
    pub(super) maps: BTreeMap<String, (String, u32)>,
    /// Hosts of other sites that site maps name.
    pub(super) foreign: BTreeSet<String>,
    /// How many new addresses there were that are in order.
    pub(super) new_count: u32,
}

/// Whether something may be learned without a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum InOrder {
    #[default]
    Yes,
    No,
}

impl Survey {
    /// Tells how many requests it took.
    pub fn requests(&self) -> usize {
        self.visits.iter().map(|visit| visit.hops.len()).sum()
    }
}
