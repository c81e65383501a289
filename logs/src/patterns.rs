//! Everything sought, in the shape that searching needs. Made once for an alert.

use std::collections::HashMap;

use crate::digests::Digests;
use crate::filter::{DIGEST, Filter, FilterBuilder, HOST, IPV6, Kinds};
use crate::networks::Networks;
use crate::rarity::Rarity;
use crate::search::LogSearch;
use crate::short::ShortLiterals;
use crate::sought::{Sought, What};
use crate::urls::SoughtUrl;
use crate::windows::{self, Chosen};

/// Everything sought, made ready for searching. Made once for an alert and shared by all threads.
#[derive(Debug)]
pub struct LogPatterns {
    pub(crate) filter: Filter,
    /// What is too short for the filter.
    pub(crate) short: Vec<ShortLiterals>,
    /// The caller's ids, by the place of what is sought.
    pub(crate) ids: Vec<usize>,
    /// Names, by what is sought of them.
    pub(crate) names: Names,
    pub(crate) networks: Networks,
    pub(crate) digests: Digests,
    /// URLs by their host.
    pub(crate) urls: HashMap<Vec<u8>, Vec<(u32, SoughtUrl)>>,
    unsearchable: Vec<usize>,
}

/// Names sought: places of what is sought, by name.
#[derive(Debug, Default)]
pub struct Names {
    /// Exactly these.
    pub exact: HashMap<Vec<u8>, Vec<u32>>,
    /// Every name below these.
    pub below: HashMap<Vec<u8>, Vec<u32>>,
}

impl LogPatterns {
    /// Makes the patterns ready.
    pub fn new(sought: &[Sought]) -> Self {
        let mut patterns = Self {
            filter: FilterBuilder::default().build(),
            short: Vec::new(),
            ids: sought.iter().map(|sought| sought.id).collect(),
            names: Names::default(),
            networks: Networks::default(),
            digests: Digests::new(),
            urls: HashMap::new(),
            unsearchable: Vec::new(),
        };
        let mut chooser = Chooser::new();
        for (place, sought) in (0..).zip(sought) {
            patterns.insert(place, sought, &mut chooser);
        }
        if patterns.networks.has_ipv4() {
            chooser.builder.add_dotted_quads();
        }
        patterns.short = ShortLiterals::of_names(chooser.short_names);
        let addresses = ShortLiterals::of_addresses(chooser.short_addresses);
        patterns.short.extend(addresses);
        patterns.filter = chooser.builder.build();
        patterns
    }

    /// Makes a search, which can be used for one file after the other.
    pub fn search(&self) -> LogSearch<'_> {
        LogSearch::new(self)
    }

    /// Tells whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.ids.len() == self.unsearchable.len()
    }

    /// Returns the ids of what cannot be looked for: URLs whose host is neither a name in ASCII nor an address.
    pub fn unsearchable(&self) -> &[usize] {
        &self.unsearchable
    }

    fn insert(&mut self, place: u32, sought: &Sought, chooser: &mut Chooser) {
        match &sought.what {
            What::Digest(digest) => {
                chooser.add(DIGEST, windows::of_digest(digest, &chooser.rarity));
                self.digests.entry(*digest).or_default().push(place);
            }
            What::Domain(domain) => {
                chooser.add(HOST, windows::of_name(domain.name(), &chooser.rarity));
                let names = if domain.is_wildcard() {
                    &mut self.names.below
                } else {
                    &mut self.names.exact
                };
                let name = domain.name().as_bytes().to_vec();
                names.entry(name).or_default().push(place);
            }
            What::Network(network) => {
                chooser.add(IPV6, windows::of_ipv6(network));
                self.networks.insert(network, place);
            }
            What::Url(url) => match SoughtUrl::parse(url) {
                Some(url) => self.insert_url(place, url, chooser),
                None => self.unsearchable.push(sought.id),
            },
        }
    }

    fn insert_url(&mut self, place: u32, url: SoughtUrl, chooser: &mut Chooser) {
        match url.ipv6_host() {
            Some(address) => {
                let host = std::net::IpAddr::V6(address).to_string().parse();
                let host = host.expect("an address is a block of one");
                chooser.add(IPV6, windows::of_ipv6(&host));
            }
            None => chooser.add(HOST, windows::of_name(&url.host, &chooser.rarity)),
        }
        let host = url.host.as_bytes().to_vec();
        self.urls.entry(host).or_default().push((place, url));
    }
}

/// Collects what to look for.
struct Chooser {
    rarity: Rarity,
    builder: FilterBuilder,
    short_names: Vec<Vec<u8>>,
    short_addresses: Vec<Vec<u8>>,
}

impl Chooser {
    fn new() -> Self {
        Self {
            rarity: Rarity::new(),
            builder: FilterBuilder::default(),
            short_names: Vec::new(),
            short_addresses: Vec::new(),
        }
    }

    fn add(&mut self, kind: Kinds, chosen: Chosen) {
        for window in chosen.windows {
            self.builder.add_window(window, chosen.next, kind);
        }
        let short = if kind == HOST {
            &mut self.short_names
        } else {
            &mut self.short_addresses
        };
        short.extend(chosen.literals);
    }
}
