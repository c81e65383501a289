//! What goes up once something was looked for: a host's report, an organisation's roll-up, a shared finding.

use std::collections::BTreeSet;

use domain::{AlertId, Finding, HostId, OrganisationId, OrganisationStatus, SweepReport};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kind::{Document, Kind, check_line, check_schema};

/// Organisations in one subtree: every ward and commune of a country, with room.
pub const ROLL_UP_ORGANISATIONS_MAX: usize = 50_000;
/// Characters of a host's name: the limit of DNS names.
const HOST_CHARS_MAX: usize = 255;

/// One sweep's report, in the name of a host. Signed by the host's agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostReport {
    /// Always [`crate::SCHEMA`].
    pub schema: u32,
    /// Which host.
    pub host: HostId,
    /// Which alert.
    pub alert: AlertId,
    /// What was found, and what was not examined.
    pub report: SweepReport,
}

impl Document for HostReport {
    const KIND: Kind = Kind::Report;

    fn check(&self) -> Result<(), String> {
        check_schema(self.schema)?;
        self.report.check()?;
        if self.report.alert.id == Some(self.alert) {
            Ok(())
        } else {
            Err("the report inside is about another alert".to_owned())
        }
    }
}

/// Where every organisation of a subtree stands with one alert. Signed by the node at its top; a newer revision
/// replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollUp {
    /// Always [`crate::SCHEMA`].
    pub schema: u32,
    /// Who sends it: the organisation at the top of the subtree.
    pub organisation: OrganisationId,
    /// About which alert.
    pub alert: AlertId,
    /// 1, then greater in each revision: the greatest counts.
    pub revision: u64,
    /// When it was true.
    pub as_of: Timestamp,
    /// The organisations, each once, the sender among them.
    pub organisations: Vec<OrganisationStatus>,
}

impl Document for RollUp {
    const KIND: Kind = Kind::RollUp;

    fn check(&self) -> Result<(), String> {
        check_schema(self.schema)?;
        if self.revision == 0 {
            return Err("revisions begin at 1".to_owned());
        }
        if self.organisations.len() > ROLL_UP_ORGANISATIONS_MAX {
            return Err(format!(
                "it lists more than {ROLL_UP_ORGANISATIONS_MAX} organisations"
            ));
        }
        let mut seen = BTreeSet::new();
        for status in &self.organisations {
            if !seen.insert(&status.organisation) {
                return Err(format!("it lists '{}' twice", status.organisation));
            }
        }
        if seen.contains(&self.organisation) {
            Ok(())
        } else {
            Err("the sender is not among the organisations".to_owned())
        }
    }
}

/// A finding that an organisation shares with its parent. Signed by its node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedFinding {
    /// Always [`crate::SCHEMA`].
    pub schema: u32,
    /// Where it was found.
    pub organisation: OrganisationId,
    /// The host's name, or a pseudonym that is the same for each finding of one host.
    pub host: String,
    /// By which alert.
    pub alert: AlertId,
    /// What was found.
    pub finding: Finding,
}

impl Document for SharedFinding {
    const KIND: Kind = Kind::SharedFinding;

    fn check(&self) -> Result<(), String> {
        check_schema(self.schema)?;
        check_line(&self.host, HOST_CHARS_MAX, "the host")
    }
}
