//! What to look for, and how much it means to find it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::{Algorithm, Digest, DigestError};
use crate::name_pattern::{FileName, NamePatternError, PathPattern};
use crate::size::SizeRange;

/// One thing sought (a file, a host on the network, a trace in the registry) with everything known to tell it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Unique in the alert; combinations and findings name it. 1 to 64 of `a-z`, `0-9`, `-`, `_`, `.`.
    pub id: String,
    /// What people call it: usually the file's name.
    pub label: String,
    /// What finding it means.
    pub role: Role,
    /// How sure the issuer is.
    pub confidence: Confidence,
    /// The sizes that the file can have, when stated: it spares reading files of every other size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<SizeRange>,
    /// What tells it. Any one digest is proof of content; names and paths are hints.
    pub observables: Vec<Observable>,
}

impl Indicator {
    /// Returns the digests among the observables.
    pub fn digests(&self) -> impl Iterator<Item = Digest> {
        self.observables
            .iter()
            .filter_map(|observable| match observable {
                Observable::Digest(digest) => Some(*digest),
                _ => None,
            })
    }
}

/// What a found indicator is to the attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A legitimate program that the malware uses: alone it is suspicious at most.
    AbusedLegitimate,
    /// Worth knowing beside something else; never an alarm by itself.
    Context,
    /// The malware itself.
    Payload,
}

/// How sure the issuer is of an indicator or a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// May well be found on healthy hosts.
    Low,
    /// Worth a look by a person.
    Medium,
    /// Proof.
    High,
}

/// One value that can be looked for. Written as `{"kind": "md5", "value": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawObservable", into = "RawObservable")]
pub enum Observable {
    /// Kinds `md5`, `sha1`, `sha256`.
    Digest(Digest),
    /// Kind `domain`: a name, or `*.name` for everything below it.
    Domain(DomainPattern),
    /// Kind `file-name`.
    FileName(FileName),
    /// Kind `mutex`.
    Mutex(String),
    /// Kind `named-pipe`.
    NamedPipe(String),
    /// Kind `ip`: an address or a CIDR block.
    Network(NetworkPattern),
    /// Kind `path`.
    Path(PathPattern),
    /// Kind `registry-key`.
    RegistryKey(String),
    /// Kind `registry-value`.
    RegistryValue(String),
    /// Kind `scheduled-task`.
    ScheduledTask(String),
    /// Kind `service`.
    Service(String),
    /// Kind `url`.
    Url(String),
}

/// Why a kind and a value do not make an observable.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ObservableError {
    /// The kind is not in the list of [`Observable`].
    #[error("'{0}' is not a kind of observable")]
    UnknownKind(String),
    /// The value is not a digest of that kind.
    #[error("'{value}' is not a digest: {source}")]
    Digest {
        /// The value as given.
        value: String,
        /// What is wrong with it.
        source: DigestError,
    },
    /// The value is not a file name or a path.
    #[error("'{value}' cannot be a name or path: {source}")]
    Name {
        /// The value as given.
        value: String,
        /// What is wrong with it.
        source: NamePatternError,
    },
    /// The value is not a domain name.
    #[error("'{0}' is not a domain name")]
    Domain(String),
    /// The value is neither an address nor a block.
    #[error("'{0}' is not an IP address or CIDR block")]
    Network(String),
    /// The value is not an absolute URL.
    #[error("'{0}' is not an absolute URL")]
    Url(String),
    /// The value is empty, over-long or has control characters.
    #[error("'{0}' is empty, longer than 1024 characters or has control characters")]
    Text(String),
}

impl Observable {
    /// Makes an observable from the kind and value that a document states.
    pub fn new(kind: &str, value: &str) -> Result<Self, ObservableError> {
        let digest = |algorithm| {
            Digest::parse(algorithm, value)
                .map(Self::Digest)
                .map_err(|source| ObservableError::Digest {
                    value: value.to_owned(),
                    source,
                })
        };
        let name_error = |source| ObservableError::Name {
            value: value.to_owned(),
            source,
        };
        match kind {
            "md5" => digest(Algorithm::Md5),
            "sha1" => digest(Algorithm::Sha1),
            "sha256" => digest(Algorithm::Sha256),
            "domain" => value.parse().map(Self::Domain),
            "file-name" => value.parse().map(Self::FileName).map_err(name_error),
            "ip" => value.parse().map(Self::Network),
            "mutex" => plain_text(value).map(Self::Mutex),
            "named-pipe" => plain_text(value).map(Self::NamedPipe),
            "path" => value.parse().map(Self::Path).map_err(name_error),
            "registry-key" => plain_text(value).map(Self::RegistryKey),
            "registry-value" => plain_text(value).map(Self::RegistryValue),
            "scheduled-task" => plain_text(value).map(Self::ScheduledTask),
            "service" => plain_text(value).map(Self::Service),
            "url" => absolute_url(value).map(Self::Url),
            _ => Err(ObservableError::UnknownKind(kind.to_owned())),
        }
    }

    /// Returns the kind as documents write it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Digest(Digest::Md5(_)) => "md5",
            Self::Digest(Digest::Sha1(_)) => "sha1",
            Self::Digest(Digest::Sha256(_)) => "sha256",
            Self::Domain(_) => "domain",
            Self::FileName(_) => "file-name",
            Self::Mutex(_) => "mutex",
            Self::NamedPipe(_) => "named-pipe",
            Self::Network(_) => "ip",
            Self::Path(_) => "path",
            Self::RegistryKey(_) => "registry-key",
            Self::RegistryValue(_) => "registry-value",
            Self::ScheduledTask(_) => "scheduled-task",
            Self::Service(_) => "service",
            Self::Url(_) => "url",
        }
    }

    /// Returns the value as documents write it.
    pub fn value(&self) -> String {
        match self {
            Self::Digest(digest) => digest.to_string(),
            Self::Domain(domain) => domain.to_string(),
            Self::FileName(name) => name.to_string(),
            Self::Network(network) => network.to_string(),
            Self::Path(path) => path.to_string(),
            Self::Mutex(text)
            | Self::NamedPipe(text)
            | Self::RegistryKey(text)
            | Self::RegistryValue(text)
            | Self::ScheduledTask(text)
            | Self::Service(text)
            | Self::Url(text) => text.clone(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawObservable {
    kind: String,
    value: String,
}

impl TryFrom<RawObservable> for Observable {
    type Error = ObservableError;

    fn try_from(raw: RawObservable) -> Result<Self, ObservableError> {
        Self::new(&raw.kind, &raw.value)
    }
}

impl From<Observable> for RawObservable {
    fn from(observable: Observable) -> Self {
        Self {
            kind: observable.kind().to_owned(),
            value: observable.value(),
        }
    }
}

/// A domain name in ASCII form, or everything below one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DomainPattern {
    /// Lower case, without the `*.`.
    name: String,
    below_only: bool,
}

impl DomainPattern {
    /// Returns the name in lower case, without a leading `*.`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether the pattern means every name below, and not the name itself.
    pub fn is_wildcard(&self) -> bool {
        self.below_only
    }

    /// Tells whether `host` is the name, or for a wildcard lies below it; case and a final dot do not matter.
    pub fn matches(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).as_bytes();
        let name = self.name.as_bytes();
        if !self.below_only {
            return host.eq_ignore_ascii_case(name);
        }
        host.len() > name.len() + 1
            && host[host.len() - name.len()..].eq_ignore_ascii_case(name)
            && host[host.len() - name.len() - 1] == b'.'
    }
}

impl FromStr for DomainPattern {
    type Err = ObservableError;

    fn from_str(text: &str) -> Result<Self, ObservableError> {
        let error = || ObservableError::Domain(text.to_owned());
        let (name, below_only) = text
            .strip_prefix("*.")
            .map_or((text, false), |name| (name, true));
        let name = name.to_ascii_lowercase();
        let label_is_valid = |label: &str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // RFC 1035 §2.3.4: 253 characters as text; a single label is no name that a whole nation could block.
        let valid = name.len() <= 253 && name.contains('.') && name.split('.').all(label_is_valid);
        let numeric = name
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        if valid && !numeric {
            Ok(Self { name, below_only })
        } else {
            Err(error())
        }
    }
}

impl fmt::Display for DomainPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            if self.below_only { "*." } else { "" },
            self.name
        )
    }
}

/// An address, or a block of addresses in CIDR notation (RFC 4632).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NetworkPattern {
    address: IpAddr,
    prefix_bits: u8,
}

impl NetworkPattern {
    /// Returns the first address of the block, or the address itself.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// Returns the length of the prefix in bits.
    pub fn prefix_bits(&self) -> u8 {
        self.prefix_bits
    }

    /// Tells whether `address` lies in the block; an IPv4 address written as IPv6 (`::ffff:1.2.3.4`) is that address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let host_bits = |bits: u32| bits - u32::from(self.prefix_bits);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => {
                let differ = mine.to_bits() ^ other.to_bits();
                differ.checked_shr(host_bits(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(mine), IpAddr::V6(other)) => {
                let differ = mine.to_bits() ^ other.to_bits();
                differ.checked_shr(host_bits(128)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl FromStr for NetworkPattern {
    type Err = ObservableError;

    fn from_str(text: &str) -> Result<Self, ObservableError> {
        let error = || ObservableError::Network(text.to_owned());
        let (address, prefix) = text
            .split_once('/')
            .map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| error())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            None => bits,
            Some(prefix) => prefix
                .parse()
                .ok()
                .filter(|&p| p <= bits)
                .ok_or_else(error)?,
        };
        Ok(Self {
            address,
            prefix_bits,
        })
    }
}

impl fmt::Display for NetworkPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.address.is_ipv4() { 32 } else { 128 };
        if self.prefix_bits == whole {
            write!(f, "{}", self.address)
        } else {
            write!(f, "{}/{}", self.address, self.prefix_bits)
        }
    }
}

fn plain_text(value: &str) -> Result<String, ObservableError> {
    let valid = !value.trim().is_empty()
        && value.chars().count() <= 1024
        && !value.chars().any(char::is_control);
    if valid {
        Ok(value.to_owned())
    } else {
        Err(ObservableError::Text(value.to_owned()))
    }
}

fn absolute_url(value: &str) -> Result<String, ObservableError> {
    let valid = value.split_once("://").is_some_and(|(scheme, rest)| {
        !scheme.is_empty()
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
            && rest.contains('.')
            && !rest.starts_with('/')
    });
    let plain = value.len() <= 2048 && !value.chars().any(|c| c.is_control() || c.is_whitespace());
    if valid && plain {
        Ok(value.to_owned())
    } else {
        Err(ObservableError::Url(value.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_kind_and_writes_it_back() {
        let cases = [
            ("md5", "884d46c01c762ad6ddd2759fd921bf71"),
            ("domain", "*.dcsvn.org"),
            ("file-name", "McAfee.exe"),
            ("ip", "203.113.0.0/16"),
            ("ip", "2001:db8::1"),
            ("path", r"C:\Windows\system32\DiskMgers.dll"),
            ("url", "http://playball.ddns.info/a"),
            ("mutex", r"Global\x"),
        ];
        for (kind, value) in cases {
            let observable = Observable::new(kind, value).expect(value);
            assert_eq!(
                (observable.kind(), observable.value().as_str()),
                (kind, value)
            );
        }
    }

    #[test]
    fn a_wildcard_means_everything_below_and_not_the_name_itself() {
        let pattern = |text: &str| text.parse::<DomainPattern>().expect("a pattern");
        for (text, host, expected) in [
            ("*.dcsvn.org", "air.dcsvn.org", true),
            ("*.dcsvn.org", "A.Mail.DCSVN.org.", true),
            ("*.dcsvn.org", "dcsvn.org", false),
            ("*.dcsvn.org", ".dcsvn.org", false),
            ("*.dcsvn.org", "notdcsvn.org", false),
            ("playball.ddns.info", "PlayBall.ddns.info", true),
            ("playball.ddns.info", "x.playball.ddns.info", false),
        ] {
            assert_eq!(pattern(text).matches(host), expected, "{text} {host}");
        }
    }

    #[test]
    fn a_block_holds_its_addresses_only() {
        for (block, address, expected) in [
            ("203.113.0.0/16", "203.113.255.1", true),
            ("203.113.0.0/16", "203.114.0.1", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("1.2.3.4", "1.2.3.4", true),
            ("1.2.3.4", "::ffff:1.2.3.4", true),
            ("1.2.3.4", "1.2.3.5", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("::/0", "1.2.3.4", false),
        ] {
            let pattern: NetworkPattern = block.parse().expect("a block");
            let address = address.parse().expect("an address");
            assert_eq!(pattern.contains(address), expected, "{block} {address}");
        }
    }

    #[test]
    fn refuses_values_of_another_kind() {
        for (kind, value) in [
            ("md5", "d201b130232e0ea411daa23c1ba2892fe6468712"),
            ("domain", "localhost"),
            ("domain", "1.2.3.4"),
            ("domain", "a..b.com"),
            ("ip", "1.2.3.4/33"),
            ("ip", "1.2.3"),
            ("url", "playball.ddns.info"),
            ("mutex", ""),
            ("smell", "bad"),
        ] {
            assert!(Observable::new(kind, value).is_err(), "{kind} {value}");
        }
    }
}
