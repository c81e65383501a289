//! What an alert may ask for, and what each organisation lets it do.

use serde::{Deserialize, Serialize};

/// The closed list of what an alert can ask for. There is no verb that runs a command, and none that deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Block addresses and names at the organisation's own devices: a task for people.
    Block,
    /// Send a copy of a found file.
    CollectFile,
    /// Send name, size, times and digests of a found file.
    CollectMetadata,
    /// Show it to people.
    Inform,
    /// Move confirmed malware into the vault, reversibly.
    Isolate,
    /// Put isolated files back.
    Restore,
    /// Look for the alert's indicators and rules.
    Sweep,
}

impl Verb {
    /// All verbs.
    pub const ALL: [Self; 7] = [
        Self::Block,
        Self::CollectFile,
        Self::CollectMetadata,
        Self::Inform,
        Self::Isolate,
        Self::Restore,
        Self::Sweep,
    ];

    /// Returns the verb as documents write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::CollectFile => "collect-file",
            Self::CollectMetadata => "collect-metadata",
            Self::Inform => "inform",
            Self::Isolate => "isolate",
            Self::Restore => "restore",
            Self::Sweep => "sweep",
        }
    }
}

/// What an organisation does when an alert asks for a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consent {
    /// Wait for an officer of the organisation.
    Ask,
    /// Do it.
    Automatic,
    /// Refuse, and say so.
    Never,
}

/// An organisation's answer to each verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ConsentPolicy {
    /// See [`Verb::Block`].
    pub block: Consent,
    /// See [`Verb::CollectFile`].
    pub collect_file: Consent,
    /// See [`Verb::CollectMetadata`].
    pub collect_metadata: Consent,
    /// See [`Verb::Inform`].
    pub inform: Consent,
    /// See [`Verb::Isolate`].
    pub isolate: Consent,
    /// See [`Verb::Restore`].
    pub restore: Consent,
    /// See [`Verb::Sweep`].
    pub sweep: Consent,
}

impl Default for ConsentPolicy {
    /// Looking is automatic; touching asks.
    fn default() -> Self {
        Self {
            block: Consent::Ask,
            collect_file: Consent::Ask,
            collect_metadata: Consent::Automatic,
            inform: Consent::Automatic,
            isolate: Consent::Ask,
            restore: Consent::Ask,
            sweep: Consent::Automatic,
        }
    }
}

impl ConsentPolicy {
    /// Returns what the organisation does when asked for `verb`.
    pub const fn consent(&self, verb: Verb) -> Consent {
        match verb {
            Verb::Block => self.block,
            Verb::CollectFile => self.collect_file,
            Verb::CollectMetadata => self.collect_metadata,
            Verb::Inform => self.inform,
            Verb::Isolate => self.isolate,
            Verb::Restore => self.restore,
            Verb::Sweep => self.sweep,
        }
    }

    /// Returns the answer that the policy gives at once: an answer that waits for a person is [`Answer::Pending`].
    pub const fn first_answer(&self, verb: Verb) -> Answer {
        match self.consent(verb) {
            Consent::Ask => Answer::Pending,
            Consent::Automatic => Answer::Permit,
            Consent::Never => Answer::Refuse,
        }
    }
}

/// What an organisation has decided about one verb of one alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// An officer has not decided yet. Nothing is done meanwhile.
    Pending,
    /// Do it.
    Permit,
    /// Do not do it. An answer of its own, never counted as silence.
    Refuse,
}

/// How much detail an organisation sends to its parent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// Only that it received, acknowledged and refused.
    AcknowledgementOnly,
    /// How many hosts, how many findings.
    #[default]
    Counts,
    /// Findings too, with hosts under pseudonyms.
    Pseudonymous,
    /// Findings with the names of hosts.
    Full,
}
