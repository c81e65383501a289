//! What organisations at this node answered: acknowledgements, answers to verbs, and the decisions made of them.

use domain::{AlertId, Answer, DocumentId, OrganisationId, Verb};
use jiff::Timestamp;
use rusqlite::params;

use crate::columns::{count, document_id, from_word, instant, parsed, seconds, stored_count, word};
use crate::store::{Change, StoreError, View};

/// One acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcknowledgementRow {
    /// Who.
    pub officer: String,
    /// When.
    pub acknowledged_at: Timestamp,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRow {
    /// Whose.
    pub organisation: OrganisationId,
    /// To what.
    pub verb: Verb,
    /// What.
    pub answer: Answer,
    /// By whom; nothing: by the policy.
    pub officer: Option<String>,
    /// When.
    pub decided_at: Timestamp,
}

impl View<'_> {
    /// Returns the acknowledgement of `organisation`.
    pub fn find_acknowledgement(
        &self,
        alert: AlertId,
        organisation: &OrganisationId,
    ) -> Result<Option<AcknowledgementRow>, StoreError> {
        self.find(
            "SELECT officer, acknowledged_at FROM acknowledgements WHERE alert = ?1 AND organisation = ?2",
            params![alert.as_bytes(), organisation.as_str()],
            |row| {
                Ok(AcknowledgementRow {
                    officer: row.get("officer")?,
                    acknowledged_at: instant(row, "acknowledged_at")?,
                })
            },
        )
    }

    /// Lists the answers of all organisations at this node to `alert`.
    pub fn list_answers(&self, alert: AlertId) -> Result<Vec<AnswerRow>, StoreError> {
        self.list(
            "SELECT * FROM answers WHERE alert = ?1 ORDER BY organisation, verb",
            [alert.as_bytes()],
            |row| {
                Ok(AnswerRow {
                    organisation: parsed(row, "organisation")?,
                    verb: from_word(row, "verb")?,
                    answer: from_word(row, "answer")?,
                    officer: row.get("officer")?,
                    decided_at: instant(row, "decided_at")?,
                })
            },
        )
    }

    /// Returns the newest decision of `organisation`: its revision and its document.
    pub fn find_decision(
        &self,
        alert: AlertId,
        organisation: &OrganisationId,
    ) -> Result<Option<(u64, DocumentId)>, StoreError> {
        self.find(
            "SELECT revision, document FROM decisions WHERE alert = ?1 AND organisation = ?2",
            params![alert.as_bytes(), organisation.as_str()],
            |row| Ok((count(row, "revision")?, document_id(row, "document")?)),
        )
    }
}

impl Change<'_> {
    /// Notes an acknowledgement. The first one stays. Returns false where there was one.
    pub fn insert_acknowledgement(
        &self,
        alert: AlertId,
        organisation: &OrganisationId,
        acknowledgement: &AcknowledgementRow,
    ) -> Result<bool, StoreError> {
        let touched = self.run(
            "INSERT INTO acknowledgements (alert, organisation, officer, acknowledged_at)
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT (alert, organisation) DO NOTHING",
            params![
                alert.as_bytes(),
                organisation.as_str(),
                acknowledgement.officer,
                seconds(acknowledgement.acknowledged_at)
            ],
        )?;
        Ok(touched == 1)
    }

    /// Notes an answer in place of the one before.
    pub fn replace_answer(&self, alert: AlertId, answer: &AnswerRow) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO answers (alert, organisation, verb, answer, officer, decided_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (alert, organisation, verb) DO UPDATE SET
                answer = excluded.answer, officer = excluded.officer, decided_at = excluded.decided_at",
            params![
                alert.as_bytes(),
                answer.organisation.as_str(),
                word(&answer.verb)?,
                word(&answer.answer)?,
                answer.officer,
                seconds(answer.decided_at)
            ],
        )?;
        Ok(())
    }

    /// Makes a decision the newest of `organisation`. Its document is stored already.
    pub fn replace_decision(
        &self,
        alert: AlertId,
        organisation: &OrganisationId,
        revision: u64,
        document: DocumentId,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO decisions (alert, organisation, revision, document) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (alert, organisation) DO UPDATE SET
                revision = excluded.revision, document = excluded.document",
            params![
                alert.as_bytes(),
                organisation.as_str(),
                stored_count(revision),
                document.as_bytes()
            ],
        )?;
        Ok(())
    }
}
