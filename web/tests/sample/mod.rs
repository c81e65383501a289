//! A board with a picture made up: the week of August 2016, half-way through. Used by the tests and by the preview.

mod data;
mod websites;

pub use self::websites::Evidence;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use domain::{AlertId, Answer, EvidenceId, HostId, OrganisationId, Overdue, Totals, Verb};
use jiff::Timestamp;
use node::{
    AlertState, AlertSummary, DecideError, FindingFilter, FindingRow, HostRow, HostStateRow,
    HostedAlert, HostedAnswer, HostedError, HostedReceipt, HostedView, NotExaminedRow,
    OrganisationRow, Picture, ReadError, RefusedDocument, RootDocument, Session, SiteFindingRow,
    SitesPicture,
};
use tokio::sync::watch;
use web::Board;

/// The password of the made-up node.
pub const PASSWORD: &str = "con ngựa đúng pin";
/// The secret of the small office's form.
pub const SECRET: &str = "3f9c2a7e5b1d48069af0c4e2d7b8a615";

/// The made-up node.
pub struct Sample {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

/// What the made-up node knows.
pub struct State {
    pub now: Timestamp,
    pub name: String,
    pub pictures: Vec<Picture>,
    pub hosts: Vec<HostRow>,
    pub host_states: BTreeMap<AlertId, Vec<HostStateRow>>,
    pub findings: Vec<FindingRow>,
    pub not_examined: BTreeMap<AlertId, Vec<NotExaminedRow>>,
    pub organisations: Vec<OrganisationRow>,
    pub refused: Vec<RefusedDocument>,
    pub sites: SitesPicture,
    pub hosted: HostedView,
    pub answers: Vec<HostedAnswer>,
    pub password_hash: Option<String>,
    pub sessions: BTreeMap<[u8; 32], Session>,
}

impl Sample {
    /// Makes the node, with its password set.
    pub fn new() -> Self {
        let mut state = data::state();
        state.password_hash = Some(web::hash_password(PASSWORD).expect("the password is long"));
        Self {
            state: Mutex::new(state),
            changes: watch::channel(1).0,
        }
    }

    /// Changes what the node knows, and tells the pages.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changes.send_modify(|revision| *revision += 1);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    /// Adds the rows of each picture up again, after a change.
    pub fn add_up(&mut self) {
        for picture in &mut self.pictures {
            let deadline = picture.alert.deadline_at;
            for row in &mut picture.organisations {
                row.overdue = row.status.overdue(deadline, self.now);
            }
            picture
                .organisations
                .sort_by_key(|row| (rank(row.overdue), row.depth));
            let statuses = picture.organisations.iter().map(|row| &row.status);
            picture.totals = Totals::of(statuses, deadline, self.now);
            picture.now = self.now;
        }
    }

    fn picture_of(&mut self, alert: AlertId) -> Option<&mut Picture> {
        self.pictures.iter_mut().find(|picture| picture.id == alert)
    }
}

fn rank(overdue: Overdue) -> u8 {
    match overdue {
        Overdue::OpenOverdue => 0,
        Overdue::OpenInTime => 1,
        Overdue::DoneLate => 2,
        Overdue::DoneInTime => 3,
    }
}

fn summary(picture: &Picture) -> AlertSummary {
    let alert = &picture.alert;
    AlertSummary {
        id: picture.id,
        number: alert.number.clone(),
        version: alert.version,
        titles: alert
            .texts
            .iter()
            .map(|text| (text.language, text.title.clone()))
            .collect(),
        exercise: alert.exercise,
        severity: alert.severity,
        issued_at: alert.issued_at,
        deadline_at: alert.deadline_at,
        received_at: picture.received_at,
        state: picture.state,
        addressed: picture.addressed,
        acknowledged: picture.acknowledged.clone(),
        waiting: picture
            .decisions
            .iter()
            .filter(|decision| decision.answer == Answer::Pending)
            .map(|decision| decision.verb)
            .collect(),
        totals: picture.totals,
    }
}

fn lets_through(filter: &FindingFilter, row: &FindingRow) -> bool {
    filter.alert.is_none_or(|alert| row.alert == alert)
        && filter.host.is_none_or(|host| row.host == Some(host))
        && filter
            .organisation
            .as_ref()
            .is_none_or(|organisation| row.organisation == *organisation)
        && filter
            .judgement
            .is_none_or(|judgement| row.finding.judgement == judgement)
}

impl Board for Sample {
    fn organisation_name(&self) -> String {
        self.lock().name.clone()
    }

    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn list_alerts(&self) -> Result<Vec<AlertSummary>, ReadError> {
        Ok(self.lock().pictures.iter().map(summary).collect())
    }

    fn picture(&self, alert: AlertId) -> Result<Option<Picture>, ReadError> {
        Ok(self.lock().picture_of(alert).cloned())
    }

    fn find_alert_document(&self, alert: AlertId) -> Result<Option<Vec<u8>>, ReadError> {
        let known = self.lock().picture_of(alert).is_some();
        Ok(known.then(|| b"{\"payload\":\"...\"}".to_vec()))
    }

    fn find_root_document(&self, alert: AlertId) -> Result<Option<RootDocument>, ReadError> {
        let known = self.lock().picture_of(alert).is_some();
        Ok(known.then(|| RootDocument {
            id: domain::DocumentId::from_bytes([0xb7; 32]),
            envelope: b"{\"payload\":\"root\"}".to_vec(),
        }))
    }

    fn acknowledge(&self, alert: AlertId, officer: &str) -> Result<(), DecideError> {
        let mut found = Err(DecideError::NoAlert(alert));
        self.change(|state| {
            let now = state.now;
            let Some(picture) = state.picture_of(alert) else {
                return;
            };
            found = Ok(());
            picture.acknowledged = Some((officer.to_owned(), now));
            if let Some(own) = picture.organisations.iter_mut().find(|row| row.depth == 0) {
                own.status.acknowledged_at = Some(now);
            }
            state.add_up();
        });
        found
    }

    fn decide(
        &self,
        alert: AlertId,
        verb: Verb,
        answer: Answer,
        officer: &str,
    ) -> Result<(), DecideError> {
        let mut found = Err(DecideError::NotAsked(verb));
        self.change(|state| {
            let now = state.now;
            let decision = state.picture_of(alert).and_then(|picture| {
                picture
                    .decisions
                    .iter_mut()
                    .find(|decision| decision.verb == verb)
            });
            if let Some(decision) = decision {
                decision.answer = answer;
                decision.officer = Some(officer.to_owned());
                decision.decided_at = now;
                found = Ok(());
            }
        });
        found
    }

    fn list_hosts(&self) -> Result<Vec<HostRow>, ReadError> {
        Ok(self.lock().hosts.clone())
    }

    fn find_host(&self, host: HostId) -> Result<Option<HostRow>, ReadError> {
        let state = self.lock();
        Ok(state.hosts.iter().find(|row| row.id == host).cloned())
    }

    fn host_states(&self, alert: AlertId) -> Result<Vec<HostStateRow>, ReadError> {
        Ok(self
            .lock()
            .host_states
            .get(&alert)
            .cloned()
            .unwrap_or_default())
    }

    fn list_not_examined(&self, alert: AlertId) -> Result<Vec<NotExaminedRow>, ReadError> {
        Ok(self
            .lock()
            .not_examined
            .get(&alert)
            .cloned()
            .unwrap_or_default())
    }

    fn list_findings(&self, filter: &FindingFilter) -> Result<Vec<FindingRow>, ReadError> {
        let state = self.lock();
        let rows = state
            .findings
            .iter()
            .filter(|row| lets_through(filter, row));
        Ok(rows
            .skip(filter.offset as usize)
            .take(filter.limit as usize)
            .cloned()
            .collect())
    }

    fn count_findings(&self, filter: &FindingFilter) -> Result<u64, ReadError> {
        let state = self.lock();
        let rows = state
            .findings
            .iter()
            .filter(|row| lets_through(filter, row));
        Ok(rows.count() as u64)
    }

    fn finding(&self, id: i64) -> Result<Option<FindingRow>, ReadError> {
        Ok(self
            .lock()
            .findings
            .iter()
            .find(|row| row.id == id)
            .cloned())
    }

    fn list_organisations(&self) -> Result<Vec<OrganisationRow>, ReadError> {
        Ok(self.lock().organisations.clone())
    }

    fn list_refused_documents(&self) -> Result<Vec<RefusedDocument>, ReadError> {
        Ok(self.lock().refused.clone())
    }

    fn sites(&self) -> Result<SitesPicture, ReadError> {
        Ok(self.lock().sites.clone())
    }

    fn site_finding(
        &self,
        organisation: &OrganisationId,
        id: EvidenceId,
    ) -> Result<Option<SiteFindingRow>, ReadError> {
        let state = self.lock();
        let mut rows = state.sites.findings.iter();
        Ok(rows
            .find(|row| row.organisation == *organisation && row.finding.id == id)
            .cloned())
    }

    fn hosted_form(&self, secret: &str) -> Result<Option<HostedView>, ReadError> {
        Ok((secret == SECRET).then(|| self.lock().hosted.clone()))
    }

    fn answer_for_hosted(
        &self,
        secret: &str,
        answer: &HostedAnswer,
    ) -> Result<HostedReceipt, HostedError> {
        if secret != SECRET {
            return Err(HostedError::NoOrganisation);
        }
        if answer.officer.is_empty() {
            return Err(HostedError::Officer);
        }
        let received_at = self.now();
        let mut known = false;
        self.change(|state| {
            let alerts: &mut Vec<HostedAlert> = &mut state.hosted.alerts;
            if let Some(alert) = alerts.iter_mut().find(|alert| alert.id == answer.alert) {
                known = true;
                alert.status.acknowledged_at = Some(received_at);
                alert.status.hosts = answer.hosts.or(alert.status.hosts);
                state.answers.push(answer.clone());
            }
        });
        let refused_reports = Vec::new();
        known
            .then_some(HostedReceipt {
                received_at,
                refused_reports,
            })
            .ok_or(HostedError::NoAlert(answer.alert))
    }

    fn set_admin_password_hash(&self, hash: &str) -> Result<(), ReadError> {
        self.change(|state| {
            state.password_hash = Some(hash.to_owned());
            state.sessions.clear();
        });
        Ok(())
    }

    fn find_admin_password_hash(&self) -> Result<Option<String>, ReadError> {
        Ok(self.lock().password_hash.clone())
    }

    fn open_session(&self, token_hash: &[u8; 32], session: &Session) -> Result<(), ReadError> {
        self.lock().sessions.insert(*token_hash, session.clone());
        Ok(())
    }

    fn find_session(&self, token_hash: &[u8; 32]) -> Result<Option<Session>, ReadError> {
        let state = self.lock();
        let session = state.sessions.get(token_hash);
        Ok(session
            .filter(|session| session.expires_at > state.now)
            .cloned())
    }

    fn close_session(&self, token_hash: &[u8; 32]) -> Result<(), ReadError> {
        self.lock().sessions.remove(token_hash);
        Ok(())
    }
}

/// The id of the made-up alert with this number in the list: 0 is dispatch 238, 1 the drill, 2 an old one.
pub fn alert_id(index: u8) -> AlertId {
    AlertId::from_bytes([0x2a + index; 32])
}

/// Tells whether a made-up alert is in force.
pub fn state_of(index: u8) -> AlertState {
    if index < 2 {
        AlertState::InForce
    } else {
        AlertState::Withdrawn
    }
}

/// The line of evidence that the made-up finding with this number began with.
pub fn evidence_id(index: u8) -> EvidenceId {
    EvidenceId::from_bytes([0x60 + index; 32])
}
