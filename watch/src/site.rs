//! Who answers for a site: addresses, certificate, where the visit ends.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::Url;
use visit::{Certificate, Visit};

use crate::judging::{Sign, there, weigh_or_ask};
use crate::verdict::{Reason, Verdict};

/// Values of each kind that are learned for one site: more change so often that they prove nothing.
const LEARNED_MAX: usize = 64;

/// What is known of who answers for a site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteFacts {
    /// Every address that the name was seen with while the site proved to be itself.
    pub addresses: BTreeSet<IpAddr>,
    /// Digests of the public keys.
    pub keys: BTreeSet<String>,
    /// Organisations that signed its certificates.
    pub issuers: BTreeSet<String>,
    /// The domain at which visits end, as somebody can register it.
    pub ends_at: BTreeSet<String>,
    /// What a browser had against the certificate when it was approved.
    pub problem: Option<String>,
    /// Whether the certificate names hosts, and not the one that was asked.
    #[serde(default)]
    pub is_for_others: bool,
}

impl SiteFacts {
    /// Returns the facts that one visit showed.
    pub fn of(visit: &Visit) -> Self {
        let mut facts = Self::default();
        if let Some(first) = visit.hops.first() {
            let answers = first.answers.iter();
            facts.addresses = answers
                .flat_map(|one| one.addresses.iter().copied())
                .collect();
        }
        let mut shown = visit
            .hops
            .iter()
            .rev()
            .filter_map(|hop| Some((hop, hop.certificate.as_ref()?)));
        if let Some((hop, certificate)) = shown.next() {
            facts.keys.insert(certificate.key_digest.clone());
            facts.issuers.insert(organisation_of(certificate));
            facts.problem.clone_from(&certificate.problem);
            facts.is_for_others = is_for_others(certificate, &hop.url);
        }
        if let Some(last) = visit.hops.last() {
            facts.ends_at.extend(registrable(&last.url));
        }
        facts
    }

    /// Takes over what a visit showed that was found to be in order.
    pub fn learn(&mut self, other: &Self) {
        fn extend<T: Ord + Clone>(known: &mut BTreeSet<T>, new: &BTreeSet<T>) {
            for value in new {
                if known.len() < LEARNED_MAX {
                    known.insert(value.clone());
                }
            }
        }
        extend(&mut self.addresses, &other.addresses);
        extend(&mut self.keys, &other.keys);
        extend(&mut self.issuers, &other.issuers);
        extend(&mut self.ends_at, &other.ends_at);
        if !other.keys.is_empty() && other.problem.is_none() {
            // Whoever is believed again is excused no longer.
            self.problem = None;
            self.is_for_others = false;
        }
    }

    /// Takes over what a person approved, with what browsers have against the certificate.
    pub fn approve(&mut self, other: &Self) {
        self.learn(other);
        if other.problem.is_some() {
            self.problem.clone_from(&other.problem);
            self.is_for_others = other.is_for_others;
        }
    }

    /// Says what it means that a visit showed `now`. Whoever has the same key is the same; a new address and a new key
    /// together are somebody else until a person says otherwise.
    pub fn judge(&self, now: &Self) -> (Verdict, Vec<Reason>) {
        let signs = self.signs(now);
        let mut reasons = Vec::new();
        let mut verdict = Verdict::Unchanged;
        if !self.ends_at.is_empty()
            && now.ends_at.is_disjoint(&self.ends_at)
            && !now.ends_at.is_empty()
        {
            verdict = Verdict::Takeover;
            reasons.push(Reason::Redirect {
                from: joined(&self.ends_at),
                to: joined(&now.ends_at),
            });
        }
        let has = |sign: Sign| signs.contains(&sign);
        if has(Sign::Elsewhere) {
            reasons.push(Reason::Addresses {
                from: self.addresses.iter().map(ToString::to_string).collect(),
                to: now.addresses.iter().map(ToString::to_string).collect(),
            });
        }
        let is_another = has(Sign::OtherKey) && (has(Sign::OtherAuthority) || has(Sign::Elsewhere));
        if is_another || has(Sign::Refused) {
            reasons.push(Reason::Certificate {
                from: joined(&self.issuers),
                to: joined(&now.issuers),
                problem: now.problem.clone(),
            });
        }
        if !reasons.is_empty() {
            verdict = verdict.max(weigh_or_ask(&signs));
        }
        (verdict, reasons)
    }

    /// What speaks against those who answered `now`. The same key elsewhere is the same site, and another key of the same
    /// authority in the same place is a renewal.
    pub(crate) fn signs(&self, now: &Self) -> Vec<Sign> {
        let moved = !now.addresses.is_empty()
            && !self.addresses.is_empty()
            && now.addresses.is_disjoint(&self.addresses);
        let has_key = !now.keys.is_empty() && !self.keys.is_empty();
        let other_key = has_key && now.keys.is_disjoint(&self.keys);
        let other_authority = has_key && now.issuers.is_disjoint(&self.issuers);
        there(&[
            (moved && (!has_key || other_key), Sign::Elsewhere),
            (other_key, Sign::OtherKey),
            (other_authority, Sign::OtherAuthority),
            (
                is_worse(self.problem.as_deref(), now.problem.as_deref()),
                Sign::Refused,
            ),
            (now.is_for_others && !self.is_for_others, Sign::ForOthers),
        ])
    }
}

/// Returns the domain that somebody registered: `so.example.gov.vn` of `https://www.so.example.gov.vn/`.
pub(crate) fn registrable(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    Some(match url.host() {
        Some(url::Host::Domain(_)) => psl::domain_str(&host).map_or(host.clone(), str::to_owned),
        _ => host,
    })
}

/// Tells whether browsers have something against a certificate that they had not. How long it has expired is no news.
fn is_worse(before: Option<&str>, now: Option<&str>) -> bool {
    let kind = |problem: &str| -> String {
        let letters = problem.chars();
        letters.filter(|letter| !letter.is_ascii_digit()).collect()
    };
    now.is_some() && now.map(kind) != before.map(kind)
}

/// Tells whether a certificate names hosts, and not the one of this address. A star stands for one label.
fn is_for_others(certificate: &Certificate, url: &str) -> bool {
    let url = Url::parse(url).ok();
    let Some(host) = url.as_ref().and_then(Url::host_str) else {
        return false;
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let parent = host.split_once('.').map(|(_, parent)| parent);
    let means = |name: &String| match name.strip_prefix("*.") {
        Some(domain) => parent == Some(domain),
        None => *name == host,
    };
    !certificate.names.is_empty() && !certificate.names.iter().any(means)
}

fn organisation_of(certificate: &Certificate) -> String {
    let fields = certificate.issuer.split(", ");
    let organisation = fields.clone().find_map(|field| field.strip_prefix("O="));
    organisation.unwrap_or(&certificate.issuer).to_owned()
}

fn joined(values: &BTreeSet<String>) -> String {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.join(", ")
}
