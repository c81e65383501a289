//! Campaigns: the same addition on unrelated members within a short time, what those hit have in common, and who else has it.
//! Pure: whoever calls brings the sightings and the members.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use pictures::Hash;
use serde::{Deserialize, Serialize};

use super::added::Added;

/// Campaigns that are told at one time, the largest first.
const CAMPAIGNS_MAX: usize = 100;
/// Additions that are named of one campaign.
const ADDED_SHOWN: usize = 20;
/// Members that are named as next.
const NEXT_SHOWN: usize = 1_000;

/// Bits in which two looks at one picture differ at most.
const SAME_PICTURE_BITS: u32 = 24;
/// Different pictures that are compared with each other; further ones have to be the same bit for bit.
const PICTURES_MAX: usize = 4_096;

/// What was seen on one site at one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which site, by its host.
    pub site: String,
    /// When.
    pub at: Timestamp,
    /// What was added.
    pub added: Vec<Added>,
    /// What is known of it.
    pub standing: Standing,
}

/// What is known of an addition on one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Its publisher announced it, or a person approved it.
    InOrder,
    /// Nobody has said.
    Unexplained,
    /// The watch raised an alarm.
    Alarm,
}

/// A site under watch, and what may be common to it and others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its host.
    pub site: String,
    /// The domain that somebody registered.
    pub domain: String,
    /// Whose it is.
    pub organisation: String,
    /// Who built or hosts it.
    pub supplier: String,
    /// The networks in which it is.
    pub networks: BTreeSet<String>,
    /// What it is made with.
    pub software: BTreeSet<String>,
}

/// When additions are one campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CampaignRules {
    /// The longest time from one site to the next, by default 1 h.
    pub within: SignedDuration,
    /// Unrelated members at least, by default 2.
    pub members: usize,
}

impl Default for CampaignRules {
    fn default() -> Self {
        Self {
            within: SignedDuration::from_hours(1),
            members: 2,
        }
    }
}

/// The same addition on several members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Campaign {
    /// Whether somebody is to be called.
    pub kind: CampaignKind,
    /// When it was seen first.
    pub from: Timestamp,
    /// When it was seen on a further member last.
    pub until: Timestamp,
    /// What was added.
    pub added: Vec<Added>,
    /// Where, in order of time.
    pub hit: Vec<String>,
    /// What those hit have in common, the most telling first.
    pub shares: Vec<Share>,
    /// Who has the same and was not hit yet; who has most of it first.
    pub next: Vec<String>,
}

/// What a campaign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CampaignKind {
    /// The same change, which is in order on at least one member, or nobody's alarm.
    SameChange,
    /// An attack.
    Attack,
}

/// Something that members have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// What sort of thing.
    pub kind: ShareKind,
    /// What.
    pub value: String,
    /// How many of those hit have it.
    pub hit: usize,
    /// How many members have it.
    pub members: usize,
}

/// What members can have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShareKind {
    /// A network of addresses.
    Network,
    /// What they are made with.
    Software,
    /// Who built or hosts them.
    Supplier,
}

/// Finds what was added to several members within the time, attacks first and the largest of each first.
pub fn find_campaigns(
    sightings: &[Sighting],
    members: &[Member],
    rules: &CampaignRules,
) -> Vec<Campaign> {
    let by_site: BTreeMap<&str, &Member> = members
        .iter()
        .map(|member| (member.site.as_str(), member))
        .collect();
    let mut groups: BTreeMap<Vec<&str>, Group<'_>> = BTreeMap::new();
    for (added, places) in places_of(sightings) {
        for wave in waves(places, rules.within) {
            if count_unrelated(&wave, &by_site) < rules.members {
                continue;
            }
            let mut sites: Vec<&str> = wave.iter().map(|place| place.site).collect();
            sites.sort_unstable();
            // The same members hit by several things are one campaign.
            let group = groups.entry(sites).or_default();
            group.added.push(added);
            group.places.extend(wave);
        }
    }
    let mut campaigns: Vec<Campaign> = groups
        .into_values()
        .map(|group| group.describe(members, &by_site))
        .collect();
    campaigns.sort_by(|one, other| {
        let rank = |campaign: &Campaign| (campaign.kind, campaign.hit.len(), campaign.until);
        rank(other).cmp(&rank(one))
    });
    without_parts(campaigns)
}

/// Where and when one thing was seen.
#[derive(Clone, Copy)]
struct Place<'s> {
    site: &'s str,
    at: Timestamp,
    standing: Standing,
}

#[derive(Default)]
struct Group<'s> {
    added: Vec<&'s Added>,
    places: Vec<Place<'s>>,
}

/// Returns for each addition the first time that each site showed it, and the most that is known of it there.
fn places_of(sightings: &[Sighting]) -> BTreeMap<&Added, Vec<Place<'_>>> {
    type BySite<'s> = BTreeMap<&'s str, Place<'s>>;
    let mut found: BTreeMap<(u8, u64), (&Added, BySite<'_>)> = BTreeMap::new();
    let mut pictures = Pictures::default();
    for sighting in sightings {
        for added in &sighting.added {
            let key = (added.kind as u8, pictures.digest_of(added));
            let (_, places) = found.entry(key).or_insert_with(|| (added, BTreeMap::new()));
            let place = places.entry(&sighting.site).or_insert(Place {
                site: &sighting.site,
                at: sighting.at,
                standing: sighting.standing,
            });
            place.at = place.at.min(sighting.at);
            // What a person says counts more than what the watch says.
            place.standing = match (place.standing, sighting.standing) {
                (Standing::InOrder, _) | (_, Standing::InOrder) => Standing::InOrder,
                (one, other) => one.max(other),
            };
        }
    }
    let lists = found.into_values();
    lists
        .map(|(added, places)| (added, places.into_values().collect()))
        .collect()
}

/// Pictures that were seen so far, each one once: it is stored anew on one site and made smaller on another.
#[derive(Default)]
struct Pictures(Vec<(Hash, u64)>);

impl Pictures {
    /// Returns the digest of the first picture that looks like this one, and of anything else its own.
    fn digest_of(&mut self, added: &Added) -> u64 {
        let Some(looks) = added.looks else {
            return added.digest;
        };
        let mut known = self.0.iter();
        if let Some((_, digest)) = known.find(|(one, _)| one.distance(looks) <= SAME_PICTURE_BITS) {
            return *digest;
        }
        if self.0.len() < PICTURES_MAX {
            self.0.push((looks, added.digest));
        }
        added.digest
    }
}

/// Cuts a list of places where nothing happened for longer than the time.
fn waves(mut places: Vec<Place<'_>>, within: SignedDuration) -> Vec<Vec<Place<'_>>> {
    places.sort_by_key(|place| place.at);
    let mut waves: Vec<Vec<Place<'_>>> = Vec::new();
    for place in places {
        match waves.last_mut() {
            Some(wave)
                if wave
                    .last()
                    .is_some_and(|last| place.at.duration_since(last.at) <= within) =>
            {
                wave.push(place);
            }
            _ => waves.push(vec![place]),
        }
    }
    waves
}

/// Counts members that are neither of one registered domain nor of one organisation. Sites that nobody knows count by name.
fn count_unrelated(wave: &[Place<'_>], members: &BTreeMap<&str, &Member>) -> usize {
    let owners: BTreeSet<(&str, &str)> = wave
        .iter()
        .map(|place| match members.get(place.site) {
            Some(member) if !member.organisation.is_empty() => ("", member.organisation.as_str()),
            Some(member) if !member.domain.is_empty() => (member.domain.as_str(), ""),
            _ => (place.site, ""),
        })
        .collect();
    owners.len()
}

impl Group<'_> {
    fn describe(mut self, members: &[Member], by_site: &BTreeMap<&str, &Member>) -> Campaign {
        self.places.sort_by_key(|place| place.at);
        let mut hit: Vec<String> = Vec::new();
        for place in &self.places {
            if !hit.iter().any(|site| site == place.site) {
                hit.push(place.site.to_owned());
            }
        }
        let shares = shares_of(&hit, members, by_site);
        let next = next_of(&hit, &shares, members);
        let is_in_order = self
            .places
            .iter()
            .any(|place| place.standing == Standing::InOrder);
        let is_alarm = self
            .places
            .iter()
            .any(|place| place.standing == Standing::Alarm);
        let times = || self.places.iter().map(|place| place.at);
        Campaign {
            kind: if is_alarm && !is_in_order {
                CampaignKind::Attack
            } else {
                CampaignKind::SameChange
            },
            from: times().min().unwrap_or_default(),
            until: times().max().unwrap_or_default(),
            added: self
                .added
                .iter()
                .take(ADDED_SHOWN)
                .copied()
                .cloned()
                .collect(),
            hit,
            shares,
            next,
        }
    }
}

fn traits_of(member: &Member) -> impl Iterator<Item = (ShareKind, &str)> {
    let supplier = Some(member.supplier.as_str()).filter(|supplier| !supplier.is_empty());
    let networks = member
        .networks
        .iter()
        .map(|one| (ShareKind::Network, one.as_str()));
    let software = member
        .software
        .iter()
        .map(|one| (ShareKind::Software, one.as_str()));
    networks
        .chain(software)
        .chain(supplier.map(|one| (ShareKind::Supplier, one)))
}

/// Returns what at least two of those hit have in common and most of them have; rarer things among all members tell more.
fn shares_of(hit: &[String], members: &[Member], by_site: &BTreeMap<&str, &Member>) -> Vec<Share> {
    let mut counts: BTreeMap<(ShareKind, &str), (usize, usize)> = BTreeMap::new();
    let hit_members = hit.iter().filter_map(|site| by_site.get(site.as_str()));
    for one in hit_members.flat_map(|member| traits_of(member)) {
        counts.entry(one).or_default().0 += 1;
    }
    for one in members.iter().flat_map(traits_of) {
        if let Some(count) = counts.get_mut(&one) {
            count.1 += 1;
        }
    }
    let is_common = |hit_count: usize| hit_count >= 2 && hit_count * 2 > hit.len();
    let mut shares: Vec<Share> = counts
        .into_iter()
        .filter(|(_, (hit_count, _))| is_common(*hit_count))
        .map(|((kind, value), (hit, members))| Share {
            kind,
            value: value.to_owned(),
            hit,
            members,
        })
        .collect();
    // The share of its members that were hit, compared without fractions.
    shares.sort_by(|one, other| {
        (other.hit * one.members)
            .cmp(&(one.hit * other.members))
            .then(other.hit.cmp(&one.hit))
            .then(one.kind.cmp(&other.kind))
    });
    shares
}

/// Returns who has the same as those hit: first whoever has most of it, each thing by how telling it is.
fn next_of(hit: &[String], shares: &[Share], members: &[Member]) -> Vec<String> {
    let weight = |share: &Share| share.hit * 1_000 / share.members.max(1) + 1;
    let weights: BTreeMap<(ShareKind, &str), usize> = shares
        .iter()
        .map(|share| ((share.kind, share.value.as_str()), weight(share)))
        .collect();
    let hit: BTreeSet<&str> = hit.iter().map(String::as_str).collect();
    let mut next: Vec<(usize, &str)> = members
        .iter()
        .filter(|member| !hit.contains(member.site.as_str()))
        .map(|member| {
            let sum = traits_of(member).filter_map(|one| weights.get(&one)).sum();
            (sum, member.site.as_str())
        })
        .filter(|(sum, _)| *sum > 0)
        .collect();
    next.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(other.1)));
    let sites = next.into_iter().take(NEXT_SHOWN);
    sites.map(|(_, site)| site.to_owned()).collect()
}

/// Leaves out a campaign whose members are all among those of a larger one of the same time: one thing more that some had.
fn without_parts(campaigns: Vec<Campaign>) -> Vec<Campaign> {
    let mut kept: Vec<Campaign> = Vec::new();
    for campaign in campaigns {
        let whole = kept.iter().position(|other| {
            let is_same_time = campaign.from <= other.until && other.from <= campaign.until;
            is_same_time
                && other.kind == campaign.kind
                && campaign.hit.iter().all(|site| other.hit.contains(site))
        });
        if let Some(whole) = whole {
            let room = ADDED_SHOWN.saturating_sub(kept[whole].added.len());
            kept[whole]
                .added
                .extend(campaign.added.into_iter().take(room));
        } else if kept.len() < CAMPAIGNS_MAX {
            kept.push(campaign);
        }
    }
    kept
}
