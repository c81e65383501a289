//! The node's settings: `node.toml`, read strictly and checked before anything starts.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{ConsentPolicy, OrganisationId, Sharing, SiteSharing};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Characters of an organisation's name.
pub(crate) const NAME_CHARS_MAX: usize = 200;
/// Bytes of a host name: the limit of DNS.
const HOST_NAME_BYTES_MAX: usize = 253;
/// The example that is shipped, with every key and its default.
pub const CONFIG_EXAMPLE: &str = include_str!("../config.example.toml");

/// Why the settings are not accepted.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("read the settings")]
    Read(#[source] std::io::Error),
    /// It is not TOML, or has a key that is unknown, missing or of another type.
    #[error("read '{path}'")]
    Parse {
        /// The file.
        path: PathBuf,
        /// What and where.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A value is not allowed.
    #[error("use '{path}': {key} {problem}")]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// Checked settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The organisation's id.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// Where the pages are served.
    pub web_address: SocketAddr,
    /// The name under which a proxy that speaks HTTPS serves the pages; nothing: only this machine itself may ask.
    pub web_public_host: Option<String>,
    /// Where children connect.
    pub link_address: SocketAddr,
    /// How children reach that address.
    pub link_urls: Vec<String>,
    /// What the organisation answers by itself.
    pub consent: ConsentPolicy,
    /// What the parent is told.
    pub sharing: Sharing,
    /// What the parent is told of web sites.
    pub site_sharing: SiteSharing,
    /// After which silence a host counts as unreachable.
    pub unreachable_after: Duration,
    /// Present where the organisation issues alerts.
    pub authority: Option<AuthoritySetup>,
    /// Present where the organisation watches web sites.
    pub watch: Option<WatchSetup>,
}

/// Where a watch of web sites keeps what it knows. Another process writes it; the node only reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchSetup {
    /// The folder of the watch.
    pub folder: PathBuf,
    /// After which silence nobody is said to look.
    pub silent_after: Duration,
}

/// What an organisation that issues alerts has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthoritySetup {
    /// How long each catalogue is valid.
    pub catalogue_life: Duration,
}

impl WatchSetup {
    /// Makes the settings of a watch in `folder`, with the default for everything else.
    pub const fn of_folder(folder: PathBuf) -> Self {
        Self {
            folder,
            silent_after: Duration::from_secs(RawWatch::silent_after_seconds_default()),
        }
    }
}

impl Default for AuthoritySetup {
    /// A day: whoever withholds a newer catalogue is noticed by tomorrow.
    fn default() -> Self {
        Self {
            catalogue_life: Duration::from_hours(24),
        }
    }
}

impl Config {
    /// Makes settings with the defaults for everything but who the organisation is.
    pub fn new(organisation: OrganisationId, name: &str) -> Self {
        Self {
            organisation,
            name: name.to_owned(),
            web_address: RawWeb::default().address,
            web_public_host: None,
            link_address: RawLink::default().address,
            link_urls: RawLink::default().urls,
            consent: ConsentPolicy::default(),
            sharing: Sharing::default(),
            unreachable_after: Duration::from_secs(RawHosts::default().unreachable_after_seconds),
            site_sharing: SiteSharing::default(),
            authority: None,
            watch: None,
        }
    }

    /// Reads the settings in the text of `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let raw: RawConfig = toml::from_str(text).map_err(|source| ConfigError::Parse {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        raw.checked(path)
    }

    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = fs_err::read_to_string(path).map_err(ConfigError::Read)?;
        Self::parse(&text, path)
    }

    /// Writes the settings as `node.toml` has them.
    pub fn to_toml(&self) -> String {
        let raw = RawConfig {
            organisation: RawOrganisation {
                id: self.organisation.clone(),
                name: self.name.clone(),
            },
            web: RawWeb {
                address: self.web_address,
                public_host: self.web_public_host.clone(),
            },
            link: RawLink {
                address: self.link_address,
                urls: self.link_urls.clone(),
            },
            consent: self.consent,
            sharing: RawSharing {
                level: self.sharing,
                websites: self.site_sharing,
            },
            hosts: RawHosts {
                unreachable_after_seconds: self.unreachable_after.as_secs(),
            },
            authority: self.authority.map(|authority| RawAuthority {
                catalogue_hours: authority.catalogue_life.as_secs() / 3600,
            }),
            watch: self.watch.as_ref().map(|watch| RawWatch {
                folder: watch.folder.clone(),
                silent_after_seconds: watch.silent_after.as_secs(),
            }),
        };
        toml::to_string(&raw).expect("tables of strings and numbers can always be written")
    }

    /// Checks the settings as if they had been read from `path`.
    pub(crate) fn check(&self, path: &Path) -> Result<(), ConfigError> {
        Self::parse(&self.to_toml(), path).map(|_| ())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    organisation: RawOrganisation,
    #[serde(default)]
    web: RawWeb,
    #[serde(default)]
    link: RawLink,
    #[serde(default)]
    consent: ConsentPolicy,
    #[serde(default)]
    sharing: RawSharing,
    #[serde(default)]
    hosts: RawHosts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authority: Option<RawAuthority>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    watch: Option<RawWatch>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOrganisation {
    id: OrganisationId,
    name: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct RawWeb {
    address: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_host: Option<String>,
}

impl Default for RawWeb {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_host: None,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLink {
    address: SocketAddr,
    urls: Vec<String>,
}

impl Default for RawLink {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 7443)),
            urls: vec!["https://127.0.0.1:7443".to_owned()],
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawSharing {
    level: Sharing,
    websites: SiteSharing,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct RawHosts {
    unreachable_after_seconds: u64,
}

impl Default for RawHosts {
    fn default() -> Self {
        Self {
            unreachable_after_seconds: 900,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct RawAuthority {
    catalogue_hours: u64,
}

impl Default for RawAuthority {
    fn default() -> Self {
        Self {
            catalogue_hours: 24,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawWatch {
    folder: PathBuf,
    #[serde(default = "RawWatch::silent_after_seconds_default")]
    silent_after_seconds: u64,
}

impl RawWatch {
    /// A quarter of an hour: a watch that runs gives a sign each minute, and a machine may be started anew.
    const fn silent_after_seconds_default() -> u64 {
        900
    }
}

impl RawConfig {
    fn checked(self, path: &Path) -> Result<Config, ConfigError> {
        let wrong = |key, problem: fmt::Arguments<'_>| ConfigError::Value {
            path: path.to_owned(),
            key,
            problem: problem.to_string(),
        };
        if !is_line(&self.organisation.name, NAME_CHARS_MAX) {
            return Err(wrong(
                "organisation.name",
                format_args!("must have 1 to {NAME_CHARS_MAX} characters in one line"),
            ));
        }
        if self
            .web
            .public_host
            .as_deref()
            .is_some_and(|host| !is_host_name(host))
        {
            return Err(wrong(
                "web.public-host",
                format_args!("must be a host name alone, like tocsin.example.vn"),
            ));
        }
        if self.link.urls.is_empty() {
            return Err(wrong("link.urls", format_args!("must name an address")));
        }
        if let Some(url) = self.link.urls.iter().find(|url| host_of(url).is_none()) {
            return Err(wrong(
                "link.urls",
                format_args!("'{url}' is not https:// with a host and perhaps a port"),
            ));
        }
        let unreachable_after_seconds = self.hosts.unreachable_after_seconds;
        if !(1..=31_536_000).contains(&unreachable_after_seconds) {
            return Err(wrong(
                "hosts.unreachable-after-seconds",
                format_args!("must be from one second to a year"),
            ));
        }
        if let Some(watch) = &self.watch {
            if !watch.folder.is_absolute() {
                return Err(wrong("watch.folder", format_args!("must begin with '/'")));
            }
            if !(60..=86_400).contains(&watch.silent_after_seconds) {
                return Err(wrong(
                    "watch.silent-after-seconds",
                    format_args!("must be from a minute to a day"),
                ));
            }
        }
        let authority = self.authority.map(|authority| authority.catalogue_hours);
        if authority.is_some_and(|hours| !(1..=720).contains(&hours)) {
            return Err(wrong(
                "authority.catalogue-hours",
                format_args!("must be 1 to 720"),
            ));
        }
        Ok(Config {
            organisation: self.organisation.id,
            name: self.organisation.name,
            web_address: self.web.address,
            web_public_host: self.web.public_host,
            link_address: self.link.address,
            link_urls: self.link.urls,
            consent: self.consent,
            sharing: self.sharing.level,
            site_sharing: self.sharing.websites,
            unreachable_after: Duration::from_secs(unreachable_after_seconds),
            authority: authority.map(|hours| AuthoritySetup {
                catalogue_life: Duration::from_hours(hours),
            }),
            watch: self.watch.map(|watch| WatchSetup {
                folder: watch.folder,
                silent_after: Duration::from_secs(watch.silent_after_seconds),
            }),
        })
    }
}

/// Returns the host of `https://host` or `https://host:port`, without the brackets of an IPv6 address.
pub(crate) fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://")?.trim_end_matches('/');
    let (host, port) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => rest.split_once(':').unwrap_or((rest, "")),
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    let valid = !host.is_empty()
        && !host.contains(['/', '@', '?', '#', ' '])
        && (port.is_empty() || port.parse::<u16>().is_ok());
    valid.then_some(host)
}

/// Tells whether `text` is a host name without scheme, port or path, as browsers send it: in lower case.
fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= HOST_NAME_BYTES_MAX && text.split('.').all(is_label)
}

/// Tells whether `text` is one line that is not empty and has at most `chars_max` characters.
pub(crate) fn is_line(text: &str, chars_max: usize) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= chars_max
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("node.toml"))
    }

    #[test]
    fn the_example_shows_the_defaults() {
        let example = parse(CONFIG_EXAMPLE).expect("the example is valid");
        let id = "vn.mot".parse().expect("a valid id");
        assert_eq!(example, Config::new(id, "Bộ Giao thông vận tải"));
        let with_authority = CONFIG_EXAMPLE
            .replace("# [authority]", "[authority]")
            .replace("# catalogue-hours", "catalogue-hours");
        let with_authority = parse(&with_authority).expect("valid");
        assert_eq!(with_authority.authority, Some(AuthoritySetup::default()));
        let with_watch = CONFIG_EXAMPLE
            .replace("# [watch]", "[watch]")
            .replace("# folder", "folder")
            .replace("# silent-after", "silent-after");
        let watch = parse(&with_watch).expect("valid").watch.expect("a watch");
        assert_eq!(
            watch.silent_after.as_secs(),
            RawWatch::silent_after_seconds_default()
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut config = Config::new("vn.a".parse().expect("valid"), "A \"quoted\" name");
        config.authority = Some(AuthoritySetup::default());
        config.sharing = Sharing::Pseudonymous;
        config.site_sharing = SiteSharing::Counts;
        config.watch = Some(WatchSetup {
            folder: "/var/lib/tocsin/watch".into(),
            silent_after: Duration::from_mins(1),
        });
        config.web_public_host = Some("tocsin.example.vn".to_owned());
        config.link_urls = vec!["https://[::1]:7000".to_owned()];
        assert_eq!(parse(&config.to_toml()).expect("valid"), config);
    }

    #[test]
    fn errors_name_the_file_and_the_key() {
        let good = "[organisation]\nid = \"vn.a\"\nname = \"A\"\n";
        assert!(parse(good).is_ok());
        let unknown = parse(&format!("{good}colour = 1\n")).expect_err("unknown key");
        let shown = format!(
            "{unknown} {:?}",
            std::error::Error::source(&unknown).map(ToString::to_string)
        );
        assert!(
            shown.contains("node.toml") && shown.contains("colour"),
            "{shown}"
        );
        for (text, key) in [
            (
                "[hosts]\nunreachable-after-seconds = 0\n",
                "hosts.unreachable-after-seconds",
            ),
            ("[link]\nurls = [\"http://a\"]\n", "link.urls"),
            ("[link]\nurls = []\n", "link.urls"),
            (
                "[web]\npublic-host = \"https://tocsin.example.vn/\"\n",
                "web.public-host",
            ),
            ("[watch]\nfolder = \"watch\"\n", "watch.folder"),
            (
                "[watch]\nfolder = \"/w\"\nsilent-after-seconds = 1\n",
                "watch.silent-after-seconds",
            ),
            (
                "[authority]\ncatalogue-hours = 9999\n",
                "authority.catalogue-hours",
            ),
        ] {
            let error = parse(&format!("{good}{text}")).expect_err(key).to_string();
            assert!(
                error.contains("node.toml") && error.contains(key),
                "{error}"
            );
        }
    }
}
