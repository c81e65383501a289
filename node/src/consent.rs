//! What this organisation answers to an alert: the policy's first answers, and those of its officers.

use domain::{AlertId, Answer, Verb};
use thiserror::Error;

use crate::node::{Node, ReadError};

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

impl Node {
    /// Records that an officer of this organisation has read the alert. A second acknowledgement changes nothing.
    pub fn acknowledge(&self, _alert: AlertId, _officer: &str) -> Result<(), DecideError> {
        unimplemented!()
    }

    /// Records an officer's answer to one verb: a new decision goes to the agents, a new roll-up to the parent.
    pub fn decide(
        &self,
        _alert: AlertId,
        _verb: Verb,
        _answer: Answer,
        _officer: &str,
    ) -> Result<(), DecideError> {
        unimplemented!()
    }
}
