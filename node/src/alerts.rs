//! What the pages show about alerts: the list, and the picture of one.

use std::sync::Arc;

use domain::{
    Alert, AlertId, Answer, Language, OrganisationStatus, Overdue, Severity, Totals, Verb,
};
use jiff::Timestamp;

use crate::node::{Node, ReadError};
use crate::organisations::Relation;

/// One line of the list of alerts. Drills are in the same list, marked, and never added to anything.
#[derive(Clone, Debug)]
pub struct AlertSummary {
    /// The alert.
    pub id: AlertId,
    /// The issuer's number.
    pub number: String,
    /// Its edition.
    pub version: u32,
    /// Titles by language.
    pub titles: Vec<(Language, String)>,
    /// A drill.
    pub exercise: bool,
    /// How urgent it is.
    pub severity: Severity,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it must be answered.
    pub deadline_at: Option<Timestamp>,
    /// When this node received it.
    pub received_at: Timestamp,
    /// Whether it is still to be acted on.
    pub state: AlertState,
    /// The officer of this organisation who acknowledged it, and when.
    pub acknowledged: Option<(String, Timestamp)>,
    /// The verbs that wait for an officer of this organisation.
    pub waiting: Vec<Verb>,
    /// Everything below, added up.
    pub totals: Totals,
}

impl AlertSummary {
    /// Returns the title in `language`, or the first there is.
    pub fn title(&self, language: Language) -> &str {
        self.titles
            .iter()
            .find(|(of, _)| *of == language)
            .or(self.titles.first())
            .map_or("", |(_, title)| title)
    }
}

/// Whether an alert is still to be acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// Past its end.
    Expired,
    /// In the current catalogue.
    InForce,
    /// In the current catalogue as this node has it, but that catalogue has run out: the authority has not been heard of.
    Stale,
    /// A newer edition is in force.
    Superseded,
    /// Its authority took it out of the catalogue.
    Withdrawn,
}

/// Everything known about one alert at this node.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The alert's id.
    pub id: AlertId,
    /// The alert, verified when it arrived.
    pub alert: Arc<Alert>,
    /// The officers whose signatures were verified, by the names in the authority's root.
    pub signers: Vec<String>,
    /// When this node received it.
    pub received_at: Timestamp,
    /// Whether it is still to be acted on.
    pub state: AlertState,
    /// Whether this node's own organisation is addressed.
    pub addressed: bool,
    /// The officer of this organisation who acknowledged it, and when.
    pub acknowledged: Option<(String, Timestamp)>,
    /// What this organisation decided, one line for each verb asked for.
    pub decisions: Vec<VerbDecision>,
    /// Everything addressed at this level and below, added up.
    pub totals: Totals,
    /// The organisations addressed, worst first.
    pub organisations: Vec<PictureRow>,
    /// The oldest statement among the rows that were heard of: how fresh the picture is at worst.
    pub oldest_as_of: Option<Timestamp>,
    /// When the picture was put together.
    pub now: Timestamp,
}

/// One organisation of a picture.
#[derive(Clone, Debug)]
pub struct PictureRow {
    /// What is known of it.
    pub status: OrganisationStatus,
    /// Whether it is late.
    pub overdue: Overdue,
    /// How it is connected to this node.
    pub relation: Relation,
    /// How far below this node: 0 is this organisation itself.
    pub depth: u32,
    /// Whether anything about this alert was ever heard of it. A silent organisation's numbers are not numbers.
    pub heard: bool,
}

/// What this organisation decided about one verb.
#[derive(Clone, Debug)]
pub struct VerbDecision {
    /// The verb that the alert asks for.
    pub verb: Verb,
    /// The answer.
    pub answer: Answer,
    /// The officer, or nothing where the policy answered.
    pub officer: Option<String>,
    /// When.
    pub decided_at: Timestamp,
}

impl Node {
    /// Lists the alerts this node knows, newest first.
    pub fn list_alerts(&self) -> Result<Vec<AlertSummary>, ReadError> {
        unimplemented!()
    }

    /// Returns the picture of one alert.
    pub fn picture(&self, _alert: AlertId) -> Result<Option<Picture>, ReadError> {
        unimplemented!()
    }

    /// Returns the exact signed bytes of an alert, for download and for checking elsewhere.
    pub fn find_alert_document(&self, _alert: AlertId) -> Result<Option<Vec<u8>>, ReadError> {
        unimplemented!()
    }
}
