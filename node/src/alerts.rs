//! What the pages show about alerts: the list, and the picture of one.

use std::cmp::Reverse;
use std::sync::Arc;

use domain::{
    Alert, AlertId, Answer, DocumentId, Language, OrganisationStatus, Overdue, Severity, Totals,
    Verb,
};
use jiff::Timestamp;

use store::{AlertRow, StoreError, View};

use crate::addressed::Tree;
use crate::node::{Node, ReadError};
use crate::organisations::Relation;
use crate::standing::Standing;

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
    /// Whether this node's own organisation is addressed. An authority is not, by what it issued itself.
    pub addressed: bool,
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
    /// The officers' keys whose signatures were verified, each by its authority's name and the key's short form.
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

/// An authority's root, for download and for comparing by telephone.
#[derive(Clone, Debug)]
pub struct RootDocument {
    /// The SHA-256 of its payload.
    pub id: DocumentId,
    /// The exact signed bytes.
    pub envelope: Vec<u8>,
}

impl Node {
    /// Lists the alerts this node knows, newest first.
    pub fn list_alerts(&self) -> Result<Vec<AlertSummary>, ReadError> {
        Ok(self.inner.store.read(|view| -> Result<_, StoreError> {
            view.list_alerts()?
                .into_iter()
                .map(|alert| self.summary(view, alert))
                .collect()
        })?)
    }

    /// Returns the picture of one alert.
    pub fn picture(&self, id: AlertId) -> Result<Option<Picture>, ReadError> {
        let Some(alert) = self.stored_alert(id)? else {
            return Ok(None);
        };
        Ok(self.inner.store.read(|view| -> Result<_, StoreError> {
            let Some(row) = view.find_alert(id)? else {
                return Ok(None);
            };
            let now = self.now();
            let deadline_at = row.head.deadline_at;
            let standings = self.addressed_standings(view, &row)?;
            let totals = Totals::of(standings.iter().map(|s| &s.status), deadline_at, now);
            let oldest_as_of = standings
                .iter()
                .filter(|standing| standing.heard)
                .map(|standing| standing.status.as_of)
                .min();
            let mut organisations: Vec<PictureRow> = standings
                .into_iter()
                .map(|standing| PictureRow {
                    overdue: standing.status.overdue(deadline_at, now),
                    status: standing.status,
                    relation: standing.relation,
                    depth: standing.depth,
                    heard: standing.heard,
                })
                .collect();
            organisations.sort_by_cached_key(badness);
            Ok(Some(Picture {
                id,
                alert,
                signers: row.head.signers.clone(),
                received_at: row.received_at,
                state: self.state_of(view, &row)?,
                addressed: Tree::load(self, view)?.addresses(&row, self.organisation()),
                acknowledged: self.own_acknowledgement(view, id)?,
                decisions: self.own_decisions(view, &row)?,
                totals,
                organisations,
                oldest_as_of,
                now,
            }))
        })?)
    }

    /// Returns the exact signed bytes of an alert, for download and for checking elsewhere.
    pub fn find_alert_document(&self, alert: AlertId) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.inner.store.read(|view| -> Result<_, StoreError> {
            if view.find_alert(alert)?.is_none() {
                return Ok(None);
            }
            let document = view.find_document(alert.into())?;
            Ok(document.map(|document| document.envelope))
        })?)
    }

    /// Returns the newest root of the alert's authority: what a kit checks the alert's signatures with.
    pub fn find_root_document(&self, alert: AlertId) -> Result<Option<RootDocument>, ReadError> {
        Ok(self.inner.store.read(|view| -> Result<_, StoreError> {
            let Some(row) = view.find_alert(alert)? else {
                return Ok(None);
            };
            let root = view.find_root(&row.authority)?;
            Ok(root.map(|root| RootDocument {
                id: root.document,
                envelope: root.envelope,
            }))
        })?)
    }

    fn summary(&self, view: &View<'_>, row: AlertRow) -> Result<AlertSummary, StoreError> {
        let standings = self.addressed_standings(view, &row)?;
        let state = self.state_of(view, &row)?;
        let waiting = if matches!(state, AlertState::InForce | AlertState::Stale) {
            self.own_decisions(view, &row)?
                .into_iter()
                .filter(|decision| decision.answer == Answer::Pending)
                .map(|decision| decision.verb)
                .collect()
        } else {
            Vec::new()
        };
        Ok(AlertSummary {
            id: row.id,
            totals: Totals::of(
                standings.iter().map(|standing| &standing.status),
                row.head.deadline_at,
                self.now(),
            ),
            addressed: standings
                .iter()
                .any(|standing| standing.status.organisation == *self.organisation()),
            acknowledged: self.own_acknowledgement(view, row.id)?,
            waiting,
            state,
            number: row.number,
            version: row.version,
            titles: row.head.titles,
            exercise: row.head.exercise,
            severity: row.head.severity,
            issued_at: row.issued_at,
            deadline_at: row.head.deadline_at,
            received_at: row.received_at,
        })
    }

    fn addressed_standings(
        &self,
        view: &View<'_>,
        row: &AlertRow,
    ) -> Result<Vec<Standing>, StoreError> {
        let mut standings = self.standings(view, row)?;
        standings.retain(|standing| standing.addressed);
        Ok(standings)
    }

    pub(crate) fn state_of(
        &self,
        view: &View<'_>,
        row: &AlertRow,
    ) -> Result<AlertState, StoreError> {
        let now = self.now();
        if row.expires_at <= now {
            return Ok(AlertState::Expired);
        }
        if row.superseded {
            return Ok(AlertState::Superseded);
        }
        if !row.in_force {
            return Ok(AlertState::Withdrawn);
        }
        let fresh = view
            .find_catalogue(&row.authority)?
            .is_some_and(|catalogue| catalogue.expires_at > now);
        Ok(if fresh {
            AlertState::InForce
        } else {
            AlertState::Stale
        })
    }

    fn own_acknowledgement(
        &self,
        view: &View<'_>,
        alert: AlertId,
    ) -> Result<Option<(String, Timestamp)>, StoreError> {
        let row = view.find_acknowledgement(alert, self.organisation())?;
        Ok(row.map(|row| (row.officer, row.acknowledged_at)))
    }

    fn own_decisions(
        &self,
        view: &View<'_>,
        row: &AlertRow,
    ) -> Result<Vec<VerbDecision>, StoreError> {
        Ok(view
            .list_answers(row.id)?
            .into_iter()
            .filter(|answer| answer.organisation == *self.organisation())
            .map(|answer| VerbDecision {
                verb: answer.verb,
                answer: answer.answer,
                officer: answer.officer,
                decided_at: answer.decided_at,
            })
            .collect())
    }
}

/// Orders organisations worst first: late, then found, then open, then refusing, then done.
fn badness(row: &PictureRow) -> impl Ord + use<> {
    let status = &row.status;
    let late = match row.overdue {
        Overdue::OpenOverdue => 0,
        Overdue::OpenInTime => 1,
        Overdue::DoneLate => 2,
        Overdue::DoneInTime => 3,
    };
    let open = status.hosts.map_or(u64::MAX, |hosts| hosts.open());
    (
        late != 0,
        Reverse(status.confirmed),
        Reverse(status.suspicious),
        late,
        Reverse(open),
        status.organisation.clone(),
    )
}
