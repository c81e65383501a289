//! All sites, all attacks, and what time it is.

use std::collections::{BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};

use crate::attacks::{Attack, Deed, Shown};
use crate::sites::{Moment, Scheme, Section, Seen, Site};

/// The simulated world.
pub struct World {
    /// Every site, by number.
    pub sites: Vec<Site>,
    attacks_of: Vec<Vec<Attack>>,
    by_host: HashMap<String, usize>,
    minutes: AtomicU64,
    requests: AtomicU64,
    port: AtomicU16,
}

impl World {
    /// Makes a world at its first minute.
    pub fn new(sites: Vec<Site>, attacks: &[Attack]) -> Self {
        let mut attacks_of = vec![Vec::new(); sites.len()];
        for attack in attacks {
            attacks_of[attack.site].push(attack.clone());
        }
        let by_host = sites
            .iter()
            .map(|site| (site.host.clone(), site.number))
            .collect();
        Self {
            sites,
            attacks_of,
            by_host,
            minutes: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            port: AtomicU16::new(0),
        }
    }

    /// Sets the time.
    pub fn set_time(&self, day: u32, minute: u32) {
        let minutes = u64::from(day) * 1_440 + u64::from(minute);
        self.minutes.store(minutes, Ordering::SeqCst);
    }

    pub(super) fn set_port(&self, port: u16) {
        self.port.store(port, Ordering::SeqCst);
    }

    /// Returns the moment, and counts no request.
    pub fn now(&self) -> Moment {
        let minutes = self.minutes.load(Ordering::SeqCst);
        Moment {
            day: u32::try_from(minutes / 1_440).unwrap_or(u32::MAX),
            minute: u32::try_from(minutes % 1_440).unwrap_or(0),
            request: self.requests.load(Ordering::SeqCst),
        }
    }

    /// Returns the moment of a further request.
    pub(super) fn next_request(&self) -> Moment {
        let request = self.requests.fetch_add(1, Ordering::SeqCst);
        Moment {
            request,
            ..self.now()
        }
    }

    /// Returns how many requests there were.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Returns the port of every server.
    pub fn port(&self) -> u16 {
        self.port.load(Ordering::SeqCst)
    }

    /// Returns the site of a host.
    pub fn site_of(&self, host: &str) -> Option<&Site> {
        self.by_host.get(host).map(|number| &self.sites[*number])
    }

    /// Returns every attack, by site.
    pub fn attacks(&self) -> impl Iterator<Item = &Attack> {
        self.attacks_of.iter().flatten()
    }

    /// Returns the attack on a site at a moment.
    pub fn attack_on(&self, site: usize, moment: Moment) -> Option<&Attack> {
        self.attacks_of[site]
            .iter()
            .find(|attack| attack.lasts_at(moment))
    }

    /// Returns the attack that touches a day of a site.
    pub fn attack_on_day(&self, site: usize, day: u32) -> Option<&Attack> {
        self.attacks_of[site]
            .iter()
            .find(|attack| attack.touches(day))
    }

    /// Returns the addresses of pages that intruders have put somewhere by now and that only other sites link to.
    pub(super) fn farmed(&self, moment: Moment) -> Vec<String> {
        let live = self.attacks().filter(|attack| attack.lasts_at(moment));
        let elsewhere = live.filter(|attack| attack.shows_uploads() == Shown::Elsewhere);
        let url_of = |attack: &Attack| {
            let ways = attack.upload_ways();
            let site = self.root_of(&self.sites[attack.site]);
            ways.first().map(|way| format!("{site}{way}"))
        };
        elsewhere.filter_map(url_of).collect()
    }

    /// Returns the address under which a page is watched.
    pub fn url_of(&self, site: &Site, section: Section) -> String {
        format!("{}{}", self.root_of(site), site.path_of(section))
    }

    fn root_of(&self, site: &Site) -> String {
        let scheme = match site.scheme {
            Scheme::Https => "https",
            Scheme::Http | Scheme::HttpToHttps => "http",
        };
        format!("{scheme}://{}:{}", site.host, self.port())
    }

    /// Returns the address of a host at this moment.
    pub(super) fn address_of(&self, host: &str) -> Option<Ipv4Addr> {
        if host.rsplit('.').next() != Some("test") {
            return None;
        }
        let Some(site) = self.site_of(host) else {
            return Some(Ipv4Addr::new(127, 1, 241, 1));
        };
        let moment = self.now();
        let stolen = self
            .attack_on(site.number, moment)
            .and_then(Attack::other_address);
        Some(match stolen {
            Some(number) => Ipv4Addr::new(127, 1, 240, number),
            None => own_address(site.number, site.life.state(moment.day).addresses),
        })
    }

    /// Returns every address at which somebody answers.
    pub(super) fn addresses(&self) -> BTreeSet<Ipv4Addr> {
        let mut all: BTreeSet<Ipv4Addr> = [Ipv4Addr::new(127, 1, 241, 1)].into();
        for site in &self.sites {
            let moves = site.life.state(u32::MAX).addresses;
            all.extend((0..=moves).map(|number| own_address(site.number, number)));
            let stolen = self.attacks_of[site.number]
                .iter()
                .filter_map(Attack::other_address);
            all.extend(stolen.map(|number| Ipv4Addr::new(127, 1, 240, number)));
        }
        all
    }

    /// Returns every host to which a visit may lead.
    pub fn hosts(&self) -> BTreeSet<String> {
        let mut hosts: BTreeSet<String> = self.by_host.keys().cloned().collect();
        let seen = |agent: &str, referrer: &str| Seen {
            agent: agent.to_owned(),
            referrer: referrer.to_owned(),
        };
        let everybody = [
            seen("Googlebot", "https://www.google.com/"),
            seen("Mobile", "https://www.google.com/"),
        ];
        for attack in self.attacks_of.iter().flatten() {
            for (minute, visitor) in [(59, &everybody[0]), (59, &everybody[1])] {
                let moment = Moment {
                    day: 0,
                    minute,
                    request: 0,
                };
                let site = &self.sites[attack.site];
                let section = attack.section.unwrap_or(Section::Home);
                if let Deed::Redirect(url) =
                    attack.spoil(site, section, String::new(), moment, visitor)
                {
                    let host = url
                        .trim_start_matches("https://")
                        .split('/')
                        .next()
                        .unwrap_or_default();
                    hosts.insert(host.to_owned());
                }
            }
        }
        hosts
    }
}

/// Returns the address of a site after so many moves.
fn own_address(site: usize, moves: u32) -> Ipv4Addr {
    let third = site / 200 + moves as usize % 12 * 16;
    let octet = |value: usize| u8::try_from(value).unwrap_or(255);
    Ipv4Addr::new(127, 1, octet(third), octet(site % 200 + 1))
}
