//! What a person may set for one agent: `agent.toml` in its folder, described by `agent.example.toml`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use sweep::Budget;
use thiserror::Error;

use crate::budget::RawBudget;
use crate::disk;

/// The example that documents every key; it is also what a new agent's folder gets.
pub const EXAMPLE: &str = include_str!("../agent.example.toml");

/// Characters of a host's name: the limit of DNS names.
const HOST_NAME_CHARS_MAX: usize = 255;

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
    /// Whether sweeps give way to every other process.
    pub gives_way: bool,
    /// What sweeps may cost, as it was when the agent began.
    pub budget: Budget,
}

/// Why the settings could not be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file could not be read.
    #[error("read the agent's settings")]
    Read(#[source] std::io::Error),
    /// The file is not text. Guessing at a path that cannot be read would sweep another place.
    #[error("understand '{}': it is not UTF-8", .0.display())]
    NotText(PathBuf),
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
    idle: bool,
    budget: RawBudget,
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
            idle: false,
            budget: RawBudget::default(),
        }
    }
}

impl Settings {
    /// Loads the settings, or the defaults where there is no file.
    pub fn load(file: &Path) -> Result<Self, SettingsError> {
        let bytes = disk::read_if_there(file).map_err(SettingsError::Read)?;
        let text = String::from_utf8(bytes.unwrap_or_default())
            .map_err(|_| SettingsError::NotText(file.to_owned()))?;
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
            .is_some_and(|name| !is_host_name(name))
        {
            return Err(error(
                "host_name",
                "1 to 255 characters without control characters",
            ));
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
        let rule_bytes_max = raw.rule_size_max_mib * 1024 * 1024;
        let budget = raw.budget.over(&usual_budget(rule_bytes_max));
        let budget = budget.map_err(|(key, range)| error(key, range))?;
        Ok(Self {
            roots: raw.roots,
            host_name: raw.host_name,
            threads: raw.threads,
            rule_bytes_max,
            isolate_files_max: raw.isolate_files_max,
            poll: Duration::from_secs(raw.poll_seconds),
            gives_way: raw.idle,
            budget,
        })
    }

    /// Returns the budget of sweeps where the section `[budget]` says nothing.
    pub fn usual_budget(&self) -> Budget {
        usual_budget(self.rule_bytes_max)
    }

    /// Returns the name under which people know this host.
    pub fn host_name(&self) -> String {
        self.host_name.clone().unwrap_or_else(machine_name)
    }
}

/// The largest content that rules are matched with fits into memory.
fn usual_budget(rule_bytes_max: u64) -> Budget {
    let default = Budget::default();
    Budget {
        content_bytes_max: default.content_bytes_max.max(rule_bytes_max),
        ..default
    }
}

/// Returns the machine's own name.
pub fn machine_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// As the link has it, so that whoever could enrol with a name can run with it.
fn is_host_name(name: &str) -> bool {
    !name.trim().is_empty()
        && name.chars().count() <= HOST_NAME_CHARS_MAX
        && !name.chars().any(char::is_control)
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

    #[test]
    fn refuses_every_value_that_is_out_of_range_by_its_key() {
        let long = format!("host_name = '{}'", "a".repeat(256));
        for (text, key) in [
            ("roots = []", "roots"),
            ("host_name = ' '", "host_name"),
            ("host_name = \"a\\nb\"", "host_name"),
            (&long, "host_name"),
            ("threads = 65", "threads"),
            ("threads = -1", "threads"),
            ("rule_size_max_mib = 0", "rule_size_max_mib"),
            ("rule_size_max_mib = 4097", "rule_size_max_mib"),
            ("isolate_files_max = 10001", "isolate_files_max"),
            ("poll_seconds = 0", "poll_seconds"),
            ("poll_seconds = 301", "poll_seconds"),
            ("[budget]\ncpu_percent = 0", "cpu_percent"),
            ("[budget]\nmemory_mib = 65537", "memory_mib"),
            ("[budget]\npaused = 'yes'", "paused"),
            ("[budget]\nidle = true", "idle"),
        ] {
            let error = Settings::parse(text, Path::new("/a/agent.toml")).expect_err(text);
            let source = std::error::Error::source(&error).map(ToString::to_string);
            let told = format!("{error} {}", source.unwrap_or_default());
            assert!(
                told.contains("/a/agent.toml") && told.contains(key),
                "{told}"
            );
        }
        let longest = format!("host_name = '{}'", "đ".repeat(255));
        assert!(Settings::parse(&longest, Path::new("agent.toml")).is_ok());
    }

    #[test]
    fn the_budget_has_room_for_the_largest_content_unless_it_says_otherwise() {
        let parse = |text: &str| Settings::parse(text, Path::new("agent.toml")).expect("valid");
        let large = parse("rule_size_max_mib = 1024");
        assert_eq!(large.budget.content_bytes_max, 1 << 30);
        assert_eq!(large.budget, large.usual_budget());
        let small = parse("rule_size_max_mib = 1024\n[budget]\nmemory_mib = 64\ncpu_percent = 5");
        assert_eq!(small.budget.content_bytes_max, 64 << 20);
        assert_eq!(small.budget.cpu_percent, 5);
        assert_eq!(small.usual_budget(), large.budget);
    }

    #[test]
    fn a_file_that_is_not_text_is_refused_and_not_guessed_at() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("agent.toml");
        fs_err::write(&file, b"roots = ['/srv/\xff']")?;
        let error = Settings::load(&file).expect_err("is not UTF-8");
        assert!(error.to_string().contains("agent.toml"), "{error}");
        assert!(Settings::load(&folder.path().join("none.toml")).is_ok());
        Ok(())
    }
}
