//! Where the browser may go, and what has been asked and passed on.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use visit::{Names, Permission};

/// Places and refusals that are written down.
const NOTES_MAX: usize = 500;
/// Characters of a host that are written down.
const HOST_CHARS: usize = 255;
/// Addresses of a name that are tried.
const ADDRESSES_MAX: usize = 3;

/// A place that the browser was connected with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reached {
    /// The name that it asked for.
    pub host: String,
    /// The address and port that it was connected with.
    pub address: SocketAddr,
}

/// A place that the browser was not connected with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refused {
    /// The name and port that it asked for.
    pub place: String,
    /// Why.
    pub why: String,
    /// Whether it is inside somebody's own network.
    pub is_inside: bool,
}

/// Why a place is not connected with.
pub(crate) enum Refusal {
    /// It is inside somebody's own network.
    Inside,
    /// For another reason.
    Outside(String),
}

/// What holds for one opening.
pub(crate) struct Rules {
    pub(crate) names: Names,
    pub(crate) permission: Permission,
    /// Names that were asked for already, and the address that the check saw.
    pub(crate) pins: BTreeMap<String, IpAddr>,
    /// The port of the page, if it has one of its own.
    pub(crate) port: u16,
    pub(crate) bytes_max: u64,
    pub(crate) connections_max: usize,
}

/// What has happened so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    pub(crate) reached: BTreeSet<Reached>,
    pub(crate) refused: BTreeSet<Refused>,
    pub(crate) bytes: u64,
    pub(crate) connections: usize,
}

/// Rules and what has happened under them.
pub(crate) struct Gate {
    rules: Rules,
    account: Mutex<Account>,
}

impl Gate {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            account: Mutex::default(),
        }
    }

    /// Returns the addresses at which a host may be connected with. What is refused is written down.
    pub(crate) async fn admit(&self, host: &str, port: u16) -> Option<Vec<SocketAddr>> {
        match self.judge(host, port).await {
            Ok(addresses) => Some(addresses),
            Err(refusal) => {
                self.refuse(host, port, refusal);
                None
            }
        }
    }

    async fn judge(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Refusal> {
        // Below 1024 live mail, shells and file servers, which a web page has nothing to say to.
        if port < 1_024 && ![80, 443, self.rules.port].contains(&port) {
            return Err(Refusal::Outside("no port of the web".to_owned()));
        }
        {
            let mut account = self.account();
            account.connections += 1;
            if account.connections > self.rules.connections_max {
                return Err(Refusal::Outside("too many connections".to_owned()));
            }
        }
        let found = if let Some(address) = self.rules.pins.get(host) {
            vec![*address]
        } else {
            let answers = self.rules.names.find(host).await;
            answers
                .map_err(|error| Refusal::Outside(error.to_string()))?
                .addresses
        };
        let allowed: Vec<SocketAddr> = found
            .into_iter()
            .filter(|address| self.rules.permission.allows(host, *address))
            .map(|address| SocketAddr::new(address, port))
            .take(ADDRESSES_MAX)
            .collect();
        if allowed.is_empty() {
            return Err(Refusal::Inside);
        }
        Ok(allowed)
    }

    /// Tells whether a host may be this machine itself.
    pub(crate) fn may_be_ours(&self, host: &str) -> bool {
        self.rules.permission.names(host)
    }

    /// Writes down that a place could not be connected with.
    pub(crate) fn refuse(&self, host: &str, port: u16, refusal: Refusal) {
        let host: String = host.chars().take(HOST_CHARS).collect();
        let mut account = self.account();
        if account.refused.len() < NOTES_MAX {
            let place = if host.contains(':') {
                format!("[{host}]:{port}")
            } else {
                format!("{host}:{port}")
            };
            let (why, is_inside) = match refusal {
                Refusal::Inside => {
                    let why = "not a public address, and not allowed by name";
                    (why.to_owned(), true)
                }
                Refusal::Outside(why) => (why, false),
            };
            account.refused.insert(Refused {
                place,
                why,
                is_inside,
            });
        }
    }

    /// Writes down that a place was connected with.
    pub(crate) fn reach(&self, host: &str, address: SocketAddr) {
        let host = host.chars().take(HOST_CHARS).collect();
        let mut account = self.account();
        if account.reached.len() < NOTES_MAX {
            account.reached.insert(Reached { host, address });
        }
    }

    /// Counts bytes, and tells whether they may still be passed on.
    pub(crate) fn count(&self, bytes: usize) -> bool {
        let mut account = self.account();
        account.bytes = account.bytes.saturating_add(bytes as u64);
        account.bytes <= self.rules.bytes_max
    }

    /// Returns what has happened so far.
    pub(crate) fn so_far(&self) -> Account {
        self.account().clone()
    }

    fn account(&self) -> std::sync::MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
