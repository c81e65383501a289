//! What waits to go up, for whoever carries it: the uplink now, a bundle file for air gaps later.

use link::{DocumentAnswer, DocumentState};
use store::StoreError;

use crate::node::{Node, ReadError};
use crate::relay::PARENT;

/// Documents carried at once.
const BATCH_DOCUMENTS: usize = 128;
/// Bytes carried at once.
const BATCH_BYTES: usize = 16 * 1024 * 1024;

/// Some documents on their way up, in order.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// Their exact bytes.
    pub documents: Vec<Vec<u8>>,
    seqs: Vec<i64>,
}

impl Node {
    /// Returns what is to be sent next; nothing once the outbox is empty.
    pub fn outgoing(&self) -> Result<Outgoing, ReadError> {
        let entries = self
            .inner
            .store
            .read(|view| view.list_outbox(BATCH_DOCUMENTS, BATCH_BYTES))?;
        let (documents, seqs) = entries
            .into_iter()
            .map(|entry| (entry.envelope, entry.seq))
            .unzip();
        Ok(Outgoing { documents, seqs })
    }

    /// Takes out of the outbox what the parent has answered, also what it refuses: sending that again is pointless, and
    /// people are shown it.
    pub fn confirm_sent(
        &self,
        sent: &Outgoing,
        answers: &[DocumentAnswer],
    ) -> Result<(), ReadError> {
        let answered = sent.documents.iter().zip(&sent.seqs).zip(answers);
        self.inner.store.write(|change| -> Result<_, StoreError> {
            for ((bytes, seq), answer) in answered {
                if let DocumentState::Refused { reason } = &answer.state {
                    let reason = format!("the parent refuses what we sent: {reason}");
                    self.note_refusal(change, PARENT, bytes, reason)?;
                }
                change.remove_sent(&[*seq])?;
            }
            Ok(())
        })?;
        Ok(())
    }
}
