//! Who answers for a site: addresses, certificate, where the visit ends.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::Url;
use visit::{Certificate, Visit};

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
        let mut certificates = visit
            .hops
            .iter()
            .rev()
            .filter_map(|hop| hop.certificate.as_ref());
        if let Some(certificate) = certificates.next() {
            facts.keys.insert(certificate.key_digest.clone());
            facts.issuers.insert(organisation_of(certificate));
            facts.problem.clone_from(&certificate.problem);
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
    }

    /// Says what it means that a visit showed `now`. Whoever has the same key is the same; a new address and a new key
    /// together are somebody else until a person says otherwise.
    pub fn judge(&self, now: &Self) -> (Verdict, Vec<Reason>) {
        let mut reasons = Vec::new();
        let mut verdict = Verdict::Unchanged;
        let mut say = |worse: Verdict, reason: Reason| {
            verdict = verdict.max(worse);
            reasons.push(reason);
        };
        if !self.ends_at.is_empty()
            && now.ends_at.is_disjoint(&self.ends_at)
            && !now.ends_at.is_empty()
        {
            let reason = Reason::Redirect {
                from: joined(&self.ends_at),
                to: joined(&now.ends_at),
            };
            say(Verdict::Takeover, reason);
        }
        let moved = !now.addresses.is_empty()
            && !self.addresses.is_empty()
            && now.addresses.is_disjoint(&self.addresses);
        let has_key = !now.keys.is_empty() && !self.keys.is_empty();
        let other_key = has_key && now.keys.is_disjoint(&self.keys);
        let other_issuer = has_key && now.issuers.is_disjoint(&self.issuers);
        let is_worse = now.problem.is_some() && now.problem != self.problem;
        if moved && (!has_key || other_key) {
            let reason = Reason::Addresses {
                from: self.addresses.iter().map(ToString::to_string).collect(),
                to: now.addresses.iter().map(ToString::to_string).collect(),
            };
            say(
                if other_key {
                    Verdict::Takeover
                } else {
                    Verdict::Unexplained
                },
                reason,
            );
        }
        if (other_key && (other_issuer || moved)) || is_worse {
            let is_someone_else = other_key && (other_issuer || moved) && (is_worse || moved);
            let reason = Reason::Certificate {
                from: joined(&self.issuers),
                to: joined(&now.issuers),
                problem: now.problem.clone(),
            };
            say(
                if is_someone_else {
                    Verdict::Takeover
                } else {
                    Verdict::Unexplained
                },
                reason,
            );
        }
        (verdict, reasons)
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

fn organisation_of(certificate: &Certificate) -> String {
    let fields = certificate.issuer.split(", ");
    let organisation = fields.clone().find_map(|field| field.strip_prefix("O="));
    organisation.unwrap_or(&certificate.issuer).to_owned()
}

fn joined(values: &BTreeSet<String>) -> String {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.join(", ")
}
