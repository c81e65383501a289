//! What is in memory of a page between two looks, some three hundred bytes: enough to tell that nothing has changed. Everything
//! else is on the disk, and is read only when something has.

use domain::digest::parse_hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use visit::{Known, Outcome, Visit};

use crate::checking::Check;
use crate::site::SiteFacts;
use crate::verdict::Verdict;

/// Answers of different addresses that are remembered: names that take turns among theirs are usual.
const FACTS_MAX: usize = 4;

/// What is in memory of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What to ask the site with.
    known: Known,
    digest: [u8; 32],
    status: u16,
    /// Of who answered, the latest last.
    facts: Vec<u64>,
    /// What was said of exactly this.
    verdict: Verdict,
}

impl Kept {
    /// Returns what is to be kept of a check; `None` where no page came.
    pub fn of(check: &Check, before: Option<&Self>) -> Option<Self> {
        let page = check.visits.first()?.page()?;
        let digest = parse_hex(&page.digest)?;
        let verdict = check.judgement.verdict;
        let now = digest_of(&check.site);
        // Who else has answered is known to be in order only as long as everything was.
        let others = before
            .filter(|before| !verdict.wants_person() && !before.verdict.wants_person())
            .map_or(&[][..], |before| before.facts.as_slice());
        let mut facts: Vec<u64> = others.iter().copied().filter(|one| *one != now).collect();
        if facts.len() >= FACTS_MAX {
            facts.remove(0);
        }
        facts.push(now);
        Some(Self {
            known: page.known.clone(),
            digest,
            status: page.status,
            facts,
            verdict,
        })
    }

    /// Returns what to ask the site with.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Returns what was said of the page that is still the same.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Tells whether a visit shows what was shown before, by the same who answered before.
    pub fn is_shown_by(&self, visit: &Visit) -> bool {
        let is_same_page = match &visit.outcome {
            Outcome::Unchanged => true,
            Outcome::Page(page) => {
                page.status == self.status && parse_hex(&page.digest) == Some(self.digest)
            }
            Outcome::Failed(_) => false,
        };
        is_same_page && self.facts.contains(&digest_of(&SiteFacts::of(visit)))
    }
}

fn digest_of(facts: &SiteFacts) -> u64 {
    let mut digest = Sha256::new();
    for address in &facts.addresses {
        digest.update(address.to_string());
        digest.update([0]);
    }
    let texts = [&facts.keys, &facts.issuers, &facts.ends_at];
    for text in texts.into_iter().flatten().chain(&facts.problem) {
        digest.update([1]);
        digest.update(text);
        digest.update([0]);
    }
    let digest = digest.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}
