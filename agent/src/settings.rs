//! What a person may set for one agent: `agent.toml` in its folder, described by `agent.example.toml`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

use crate::disk;

/// The example that documents every key; it is also what a new agent's folder gets.
pub const EXAMPLE: &str = include_str!("../agent.example.toml");

/// Settings that have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where to look.
    pub roots: Vec<PathBuf>,
    /// The host's name for people, where it is not the machine's own.
    pub host_name: Option<String>,
    /// How many threads read at once.
    pub threads: usize,
    /// The largest file that rules are matched with, in bytes.
    pub rule_bytes_max: u64,
    /// How many files one alert may have isolated.
    pub isolate_files_max: usize,
    /// How long one question to the node stays open.
    pub poll: Duration,
}

/// Why the settings could not be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file could not be read.
    #[error("read the agent's settings")]
    Read(#[source] std::io::Error),
    /// The file is not TOML, or has a key that is not known.
    #[error("understand '{file}'")]
    Syntax {
        /// Which file.
        file: PathBuf,
        /// Where in it.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A value is out of range.
    #[error("use '{file}': {key} must be {range}")]
    Range {
        /// Which file.
        file: PathBuf,
        /// Which key.
        key: &'static str,
        /// What is allowed.
        range: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawSettings {
    roots: Vec<PathBuf>,
    host_name: Option<String>,
    threads: usize,
    rule_size_max_mib: u64,
    isolate_files_max: usize,
    poll_seconds: u64,
}

impl Default for RawSettings {
    fn default() -> Self {
        Self {
            roots: vec![PathBuf::from("/")],
            host_name: None,
            threads: 2,
            rule_size_max_mib: 256,
            isolate_files_max: 50,
            poll_seconds: 25,
        }
    }
}

impl Settings {
    /// Loads the settings, or the defaults where there is no file.
    pub fn load(file: &Path) -> Result<Self, SettingsError> {
        let bytes = disk::read_if_there(file).map_err(SettingsError::Read)?;
        let text = String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
        Self::parse(&text, file)
    }

    fn parse(text: &str, file: &Path) -> Result<Self, SettingsError> {
        let raw: RawSettings = toml::from_str(text).map_err(|source| SettingsError::Syntax {
            file: file.to_owned(),
            source: Box::new(source),
        })?;
        let error = |key, range| SettingsError::Range {
            file: file.to_owned(),
            key,
            range,
        };
        if raw.roots.is_empty() || raw.roots.iter().any(|root| !root.is_absolute()) {
            return Err(error("roots", "a list of absolute paths"));
        }
        if raw
            .host_name
            .as_ref()
            .is_some_and(|name| name.trim().is_empty() || name.chars().count() > 200)
        {
            return Err(error("host_name", "1 to 200 characters"));
        }
        if !(1..=64).contains(&raw.threads) {
            return Err(error("threads", "1 to 64"));
        }
        if !(1..=4096).contains(&raw.rule_size_max_mib) {
            return Err(error("rule_size_max_mib", "1 to 4096"));
        }
        if raw.isolate_files_max > 10_000 {
            return Err(error("isolate_files_max", "0 to 10000"));
        }
        if !(1..=300).contains(&raw.poll_seconds) {
            return Err(error("poll_seconds", "1 to 300"));
        }
        Ok(Self {
            roots: raw.roots,
            host_name: raw.host_name,
            threads: raw.threads,
            rule_bytes_max: raw.rule_size_max_mib * 1024 * 1024,
            isolate_files_max: raw.isolate_files_max,
            poll: Duration::from_secs(raw.poll_seconds),
        })
    }

    /// Returns the name under which people know this host.
    pub fn host_name(&self) -> String {
        self.host_name.clone().unwrap_or_else(|| {
            rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_states_the_defaults() {
        let file = Path::new("agent.toml");
        let example = Settings::parse(EXAMPLE, file).expect("the example is valid");
        assert_eq!(
            example,
            Settings::parse("", file).expect("nothing is valid")
        );
    }

    #[test]
    fn names_the_file_and_the_key_that_is_wrong() {
        let error = |text: &str| {
            let error = Settings::parse(text, Path::new("/a/agent.toml")).expect_err(text);
            let source = std::error::Error::source(&error)
                .map(ToString::to_string)
                .unwrap_or_default();
            format!("{error} {source}")
        };
        assert!(error("threads = 0").contains("'/a/agent.toml': threads must be 1 to 64"));
        assert!(error("roots = [\"relative\"]").contains("roots"));
        let unknown = error("isolate = true");
        assert!(
            unknown.contains("/a/agent.toml") && unknown.contains("isolate"),
            "{unknown}"
        );
    }
}
