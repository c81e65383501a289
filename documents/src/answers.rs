//! What an organisation and its hosts answer to an alert, before anything is found.

use std::collections::BTreeSet;

use domain::{AlertId, Answer, HostId, OrganisationId, Verb};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kind::{Document, Kind, check_schema};

/// What an organisation permits its own hosts to do for one alert. Signed by its node; a newer revision replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Always [`crate::SCHEMA`].
    pub schema: u32,
    /// Who decides.
    pub organisation: OrganisationId,
    /// About which alert.
    pub alert: AlertId,
    /// 1, then greater in each revision: the greatest counts.
    pub revision: u64,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// The answers. A verb that is not listed is refused.
    pub answers: Vec<VerbAnswer>,
}

/// The answer to one verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerbAnswer {
    /// What the alert asks for.
    pub verb: Verb,
    /// What the organisation says.
    pub answer: Answer,
}

impl Decision {
    /// Returns the answer to `verb`: refused, where nothing is said.
    pub fn answer(&self, verb: Verb) -> Answer {
        self.answers
            .iter()
            .find(|line| line.verb == verb)
            .map_or(Answer::Refuse, |line| line.answer)
    }
}

impl Document for Decision {
    const KIND: Kind = Kind::Decision;

    fn check(&self) -> Result<(), String> {
        check_schema(self.schema)?;
        if self.revision == 0 {
            return Err("revisions begin at 1".to_owned());
        }
        let verbs: BTreeSet<Verb> = self.answers.iter().map(|line| line.verb).collect();
        if verbs.len() == self.answers.len() {
            Ok(())
        } else {
            Err("it answers a verb twice".to_owned())
        }
    }
}

/// An agent's word that an alert has arrived and was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Always [`crate::SCHEMA`].
    pub schema: u32,
    /// Who received it.
    pub host: HostId,
    /// Which alert.
    pub alert: AlertId,
    /// When.
    pub received_at: Timestamp,
}

impl Document for Receipt {
    const KIND: Kind = Kind::Receipt;

    fn check(&self) -> Result<(), String> {
        check_schema(self.schema)
    }
}
