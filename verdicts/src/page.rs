//! What the page of a verdict is made of. Texts from sites stand in it as they came: whoever renders makes them harmless.

use domain::is_rest_of_site;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use texts::Texts;

use crate::difference::Difference;
use crate::sentence::Sentence;

/// Everything that is shown of one verdict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VerdictPage {
    /// Which page of which site.
    pub url: String,
    /// Whose it is; empty where nobody said.
    pub organisation: String,
    /// Who built or hosts it; empty where nobody said.
    pub supplier: String,
    /// Whom to telephone; empty where nobody said.
    pub contact: String,
    /// The verdict as formats write it: `defacement`, `outage` ….
    pub verdict: String,
    /// As which visitor it was seen, as formats write it: `watch`, `crawler`, `phone`, `from-search`.
    pub visitor: String,
    /// At which look as this visitor, from 1; 0 where nobody noted it.
    pub look: u32,
    /// When it was checked.
    pub checked_at: Timestamp,
    /// When the case began: the first of the checks without a good one in between.
    pub since: Option<Timestamp>,
    /// When it was last found in order.
    pub in_order_at: Option<Timestamp>,
    /// The version that it was compared with.
    pub approved: Option<Approved>,
    /// Why, the heaviest first.
    pub reasons: Vec<Sentence>,
    /// Further reasons that are not listed.
    pub reasons_left_out: u64,
    /// What stood there and what stands there.
    pub difference: Difference,
    /// Bytes of style sheets that were too long to be read: what they hide is not known to be hidden.
    pub style_bytes_cut: u64,
    /// Where the page takes things from and leads to that it did not, or no longer does.
    pub uses: Vec<UseChange>,
    /// What it looked like and what it looks like.
    pub pictures: Pictures,
    /// Every request that was made, and what came back.
    pub requests: Vec<Request>,
    /// What happened to this page so far, the oldest first.
    pub timeline: Vec<Event>,
    /// Where it stands in the chain of evidence.
    pub chain: Option<ChainPlace>,
}

/// Who approved the version before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Approved {
    /// The person.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub note: String,
}

/// An origin that is new on a page, or gone from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UseChange {
    /// What for, as formats write it: `script`, `frame`, `form` ….
    pub kind: String,
    /// Scheme, host and port.
    pub origin: String,
    /// The whole address.
    pub url: String,
    /// New; otherwise gone.
    pub is_new: bool,
    /// Visitors do not see it.
    pub is_hidden: bool,
}

/// Pictures of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pictures {
    /// Of the approved version.
    pub before: Option<Picture>,
    /// Of this check.
    pub after: Option<Picture>,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Picture {
    /// Where the browser of the reader finds it: an address that we made ourselves, `data:image/png;base64,…` or a path of our own
    /// pages. Never one from a site; others are not shown.
    pub address: String,
    /// SHA-256 of it, in hexadecimal.
    pub digest: String,
    /// When it was taken.
    pub at: Option<Timestamp>,
}

/// One request and what came back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// As which visitor.
    pub visitor: String,
    /// What was asked for.
    pub url: String,
    /// What the name stood for: aliases first, then addresses.
    pub answers: Vec<String>,
    /// The address that was asked.
    pub address: String,
    /// The certificate, over TLS.
    pub certificate: Option<CertificateShown>,
    /// The status, where an answer came.
    pub status: Option<u16>,
    /// Why nothing came, readable after "could not"; empty otherwise.
    pub failure: String,
    /// The headers that came.
    pub headers: Vec<(String, String)>,
    /// SHA-256 of the page that came, where one did.
    pub content: String,
    /// Which of the visits to this address as this visitor it belongs to, from 1; 0 where nobody noted it.
    pub look: u32,
    /// Whether what came here is what the verdict is about.
    pub is_shown: bool,
}

/// A certificate, as far as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CertificateShown {
    /// Whom it names.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Until when it is valid.
    pub valid_until: Option<Timestamp>,
    /// SHA-256 of its public key.
    pub key_digest: String,
    /// Why a browser would refuse it; empty where it would not.
    pub problem: String,
}

/// Something that happened to a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What, as formats write it: `check`, `approval`, `notice` ….
    pub event: String,
    /// What a check came to; empty for others.
    pub verdict: String,
    /// Who, where a person did it.
    pub by: String,
    /// Why.
    pub note: String,
    /// The line of the chain of evidence.
    pub line: u64,
}

/// A line of a chain of evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChainPlace {
    /// Counted from 1.
    pub line: u64,
    /// Its digest.
    pub digest: String,
    /// The digest of the line before.
    pub previous: String,
}

/// What the officer on duty does about a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Telephone, whatever the hour.
    Telephone,
    /// Somebody looks in the morning.
    Morning,
    /// Nothing is known: never shown as fine.
    Unknown,
    /// Nothing.
    Nothing,
}

impl Urgency {
    /// Returns how urgent a verdict is, by its word in formats. A word that is not known is nothing to rely on.
    pub fn of(verdict: &str) -> Self {
        match verdict {
            "defacement" | "injection" | "cloaking" | "takeover" => Self::Telephone,
            "unexplained" | "outage" | "fault-page" => Self::Morning,
            "unchanged" | "ordinary" | "announced" => Self::Nothing,
            _ => Self::Unknown,
        }
    }

    /// Returns its name in keys of texts and in classes of pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Telephone => "telephone",
            Self::Morning => "morning",
            Self::Unknown => "unknown",
            Self::Nothing => "nothing",
        }
    }
}

impl VerdictPage {
    /// Returns what the officer on duty does about it.
    pub fn urgency(&self) -> Urgency {
        Urgency::of(&self.verdict)
    }

    /// Returns the text of its verdict whose key begins so: of a verdict that is not known, that nothing is.
    pub fn in_words(&self, beginning: &str, texts: &Texts) -> String {
        let verdict = &self.verdict;
        let of_rest = format!("{beginning}rest-{verdict}");
        let key = format!("{beginning}{verdict}");
        if is_rest_of_site(&self.url) && texts.has(&of_rest) {
            texts.text(&of_rest)
        } else if texts.has(&key) {
            texts.text(&key)
        } else {
            texts.text(&format!("{beginning}nothing"))
        }
    }
}
