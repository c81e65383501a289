//! Names: the addresses that they have, and the other names on the way there.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::time::timeout;

/// The longest that an answer is believed, 5 minutes: who takes a name over would otherwise say how long nobody looks.
const BELIEVED_MAX: Duration = Duration::from_mins(5);
/// Addresses and names of one answer that are kept.
const ANSWERS_MAX: usize = 32;
/// How long one server is waited for.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long is waited for a name and all that it is an alias of.
const ALL_PATIENCE: Duration = Duration::from_secs(20);

/// What a name stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Its addresses, in order of their values.
    pub addresses: Vec<IpAddr>,
    /// The names that it is an alias of, from itself on.
    pub aliases: Vec<String>,
}

/// Why a name has no addresses.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// The name does not exist, or has no address.
    #[error("find an address of '{name}': it has none")]
    Nothing {
        /// The name.
        name: String,
    },
    /// Nobody answered, or the answer makes no sense.
    #[error("ask for the address of '{name}': {message}")]
    Unanswered {
        /// The name.
        name: String,
        /// What the resolver says.
        message: String,
    },
}

/// Why there is no one to ask.
#[derive(Debug, Error)]
#[error("set up the resolver of names: {message}")]
pub struct NoResolver {
    message: String,
}

/// Asks for names.
#[derive(Clone)]
pub struct Names {
    resolver: TokioResolver,
}

impl Names {
    /// Asks the servers that this machine asks.
    pub fn of_system() -> Result<Self, NoResolver> {
        let failed = |error: &dyn std::fmt::Display| NoResolver {
            message: error.to_string(),
        };
        let mut builder = TokioResolver::builder_tokio().map_err(|error| failed(&error))?;
        Self::set(builder.options_mut());
        let resolver = builder.build().map_err(|error| failed(&error))?;
        Ok(Self { resolver })
    }

    /// Asks these servers.
    pub fn of_servers(servers: &[SocketAddr]) -> Result<Self, NoResolver> {
        let server = |address: &SocketAddr| {
            let at_port = |mut connection: ConnectionConfig| {
                connection.port = address.port();
                connection
            };
            let connections = vec![
                at_port(ConnectionConfig::udp()),
                at_port(ConnectionConfig::tcp()),
            ];
            NameServerConfig::new(address.ip(), true, connections)
        };
        let config = ResolverConfig::from_name_servers(servers.iter().map(server).collect());
        let mut builder =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        Self::set(builder.options_mut());
        let resolver = builder.build().map_err(|error| NoResolver {
            message: error.to_string(),
        })?;
        Ok(Self { resolver })
    }

    /// Forgets every answer.
    pub fn forget(&self) {
        self.resolver.clear_cache();
    }

    /// Asks for the addresses of a host.
    pub async fn find(&self, host: &str) -> Result<Answers, NameError> {
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            return Ok(Answers {
                addresses: vec![address],
                aliases: Vec::new(),
            });
        }
        // With the dot at its end a name is not tried inside the machine's own domain.
        let name = format!("{}.", host.trim_end_matches('.'));
        let asked = timeout(ALL_PATIENCE, self.resolver.lookup_ip(name.as_str()));
        let Ok(found) = asked.await else {
            let (name, message) = (host.to_owned(), "it takes too long".to_owned());
            return Err(NameError::Unanswered { name, message });
        };
        let found = found.map_err(|error| {
            let name = host.to_owned();
            if error.is_no_records_found() {
                NameError::Nothing { name }
            } else {
                let message = error.to_string();
                NameError::Unanswered { name, message }
            }
        })?;
        let mut answers = Answers {
            addresses: found.iter().take(ANSWERS_MAX).collect(),
            aliases: Vec::new(),
        };
        answers.addresses.sort_unstable();
        answers.addresses.dedup();
        for record in found.as_lookup().answers().iter().take(ANSWERS_MAX) {
            if record.record_type() == RecordType::CNAME
                && let RData::CNAME(alias) = &record.data
            {
                answers.aliases.push(alias.0.to_utf8().to_lowercase());
            }
        }
        if answers.addresses.is_empty() {
            let name = host.to_owned();
            return Err(NameError::Nothing { name });
        }
        Ok(answers)
    }

    fn set(options: &mut hickory_resolver::config::ResolverOpts) {
        options.positive_max_ttl = Some(BELIEVED_MAX);
        options.negative_max_ttl = Some(Duration::from_secs(30));
        options.timeout = PATIENCE;
        options.attempts = 2;
        options.cache_size = 32_768;
        options.preserve_intermediates = true;
    }
}
