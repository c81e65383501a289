//! What the organisations at this node answer to an alert: the policy's first answers, those of officers, and the
//! signed decisions that their agents act by.

use documents::{Decision, Envelope, Kind, SCHEMA, VerbAnswer};
use domain::{AlertId, Answer, OrganisationId, Verb};
use store::{AcknowledgementRow, AlertRow, AnswerRow, Change, FeedEntry, Lane, StoreError, View};
use thiserror::Error;

use crate::addressed::Tree;
use crate::config::is_line;
use crate::node::{Node, ReadError, Touches};

/// Characters of an officer's name.
const OFFICER_CHARS_MAX: usize = 200;

/// Why an officer's answer was not taken.
#[derive(Debug, Error)]
pub enum DecideError {
    /// This node has no such alert.
    #[error("find alert {0}")]
    NoAlert(AlertId),
    /// The alert is not in force, or this organisation is not addressed.
    #[error("answer alert {0}, which is not in force for this organisation")]
    NotInForce(AlertId),
    /// The alert does not ask for this.
    #[error("decide about '{}', which the alert does not ask for", .0.as_str())]
    NotAsked(Verb),
    /// "Pending" is not an answer that an officer gives.
    #[error("decide to decide later")]
    Pending,
    /// The officer's name is empty or over-long.
    #[error("record the answer without the officer's name (1 to 200 characters)")]
    Officer,
    /// The database did not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl From<StoreError> for DecideError {
    fn from(error: StoreError) -> Self {
        Self::Read(error.into())
    }
}

impl Node {
    /// Records that an officer of this organisation has read the alert. A second acknowledgement changes nothing.
    pub fn acknowledge(&self, alert: AlertId, officer: &str) -> Result<(), DecideError> {
        check_officer(officer)?;
        self.write(Touches::Picture, |change| {
            self.find_answerable(change, alert, self.organisation())?;
            self.acknowledge_for(change, alert, self.organisation(), officer)?;
            Ok(())
        })
    }

    /// Records an officer's answer to one verb: a new decision goes to the agents, a new roll-up to the parent.
    pub fn decide(
        &self,
        alert: AlertId,
        verb: Verb,
        answer: Answer,
        officer: &str,
    ) -> Result<(), DecideError> {
        check_officer(officer)?;
        if answer == Answer::Pending {
            return Err(DecideError::Pending);
        }
        self.write(Touches::Feeds, |change| {
            let row = self.find_answerable(change, alert, self.organisation())?;
            if !row.head.verbs.contains(&verb) {
                return Err(DecideError::NotAsked(verb));
            }
            let answer = AnswerRow {
                organisation: self.organisation().clone(),
                verb,
                answer,
                officer: Some(officer.to_owned()),
                decided_at: self.now(),
            };
            self.answer_for(change, alert, &answer)?;
            Ok(())
        })
    }

    /// Returns an alert that is in force and addresses `organisation`.
    pub(crate) fn find_answerable(
        &self,
        view: &View<'_>,
        alert: AlertId,
        organisation: &OrganisationId,
    ) -> Result<AlertRow, DecideError> {
        let row = view.find_alert(alert)?.ok_or(DecideError::NoAlert(alert))?;
        let in_force = row.in_force && row.expires_at > self.now();
        if in_force && Tree::load(self, view)?.addresses(&row, organisation) {
            Ok(row)
        } else {
            Err(DecideError::NotInForce(alert))
        }
    }

    /// Records an acknowledgement of an organisation at this node.
    pub(crate) fn acknowledge_for(
        &self,
        change: &Change<'_>,
        alert: AlertId,
        organisation: &OrganisationId,
        officer: &str,
    ) -> Result<(), StoreError> {
        let acknowledgement = AcknowledgementRow {
            officer: officer.trim().to_owned(),
            acknowledged_at: self.now(),
        };
        change.insert_acknowledgement(alert, organisation, &acknowledgement)?;
        change.set_roll_up_due(alert)
    }

    /// Records an answer of an organisation at this node, and tells its agents.
    pub(crate) fn answer_for(
        &self,
        change: &Change<'_>,
        alert: AlertId,
        answer: &AnswerRow,
    ) -> Result<(), StoreError> {
        change.replace_answer(alert, answer)?;
        self.make_decision(change, alert, &answer.organisation)?;
        change.set_roll_up_due(alert)
    }

    /// Lets the policy answer a new alert for each organisation at this node that has not answered.
    pub(crate) fn answer_by_policy(
        &self,
        change: &Change<'_>,
        alert: &AlertRow,
    ) -> Result<(), StoreError> {
        let tree = Tree::load(self, change)?;
        for organisation in tree.with_agents_here() {
            if tree.addresses(alert, organisation) {
                self.answer_by_policy_for(change, alert, organisation)?;
            }
        }
        Ok(())
    }

    /// Lets the policy answer every alert in force for `organisation`, which has its first host now.
    pub(crate) fn answer_alerts_in_force(
        &self,
        change: &Change<'_>,
        organisation: &OrganisationId,
    ) -> Result<(), StoreError> {
        let tree = Tree::load(self, change)?;
        for alert in change.list_alerts()? {
            let decided = change.find_decision(alert.id, organisation)?.is_some();
            if alert.in_force && !decided && tree.addresses(&alert, organisation) {
                self.answer_by_policy_for(change, &alert, organisation)?;
            }
            change.set_roll_up_due(alert.id)?;
        }
        Ok(())
    }

    fn answer_by_policy_for(
        &self,
        change: &Change<'_>,
        alert: &AlertRow,
        organisation: &OrganisationId,
    ) -> Result<(), StoreError> {
        let answered = change.list_answers(alert.id)?;
        for &verb in &alert.head.verbs {
            let known = answered
                .iter()
                .any(|answer| answer.organisation == *organisation && answer.verb == verb);
            if !known {
                let answer = AnswerRow {
                    organisation: organisation.clone(),
                    verb,
                    answer: self.config().consent.first_answer(verb),
                    officer: None,
                    decided_at: self.now(),
                };
                change.replace_answer(alert.id, &answer)?;
            }
        }
        self.make_decision(change, alert.id, organisation)
    }

    /// Signs the answers that hold now as the next revision of the decision, and hands it to the agents.
    fn make_decision(
        &self,
        change: &Change<'_>,
        alert: AlertId,
        organisation: &OrganisationId,
    ) -> Result<(), StoreError> {
        let before = change.find_decision(alert, organisation)?;
        let decision = Decision {
            schema: SCHEMA,
            organisation: organisation.clone(),
            alert,
            revision: self.next_revision(before.map(|(revision, _)| revision)),
            decided_at: self.now(),
            answers: change
                .list_answers(alert)?
                .into_iter()
                .filter(|answer| answer.organisation == *organisation)
                .map(|answer| VerbAnswer {
                    verb: answer.verb,
                    answer: answer.answer,
                })
                .collect(),
        };
        let envelope = Envelope::sign(&decision, &[&self.inner.key])
            .expect("a decision has one answer for each verb");
        if let Some((_, document)) = before {
            change.leave_feed(document)?;
        }
        change.insert_document(
            envelope.id(),
            Kind::Decision.as_str(),
            &envelope.to_bytes(),
            self.now(),
        )?;
        change.replace_decision(alert, organisation, decision.revision, envelope.id())?;
        change.enter_feed(FeedEntry {
            document: envelope.id(),
            lane: Lane::Alert,
            organisation: Some(organisation),
            expires_at: None,
            entered_at: self.now(),
        })
    }

    /// Stops handing out the decisions of an alert that is no longer in force.
    pub(crate) fn withdraw_decisions(
        &self,
        change: &Change<'_>,
        alert: AlertId,
    ) -> Result<(), StoreError> {
        for organisation in Tree::load(self, change)?.with_agents_here() {
            if let Some((_, document)) = change.find_decision(alert, organisation)? {
                change.leave_feed(document)?;
            }
        }
        Ok(())
    }
}

/// Checks a name that goes into the record.
pub(crate) fn check_officer(officer: &str) -> Result<(), DecideError> {
    if is_line(officer, OFFICER_CHARS_MAX) {
        Ok(())
    } else {
        Err(DecideError::Officer)
    }
}
