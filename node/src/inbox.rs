//! What comes from below: hosts and children's nodes, each verified against its own key before anything is kept.

use documents::{
    Document, Envelope, HostReport, Kind, PublicKey, Receipt, RollUp, SharedFinding, Verified,
    WatchReport, verify_from,
};
use domain::{
    AlertId, DocumentId, HostId, Isolation, Judgement, OrganisationId, SweepReport, chain,
};
use jiff::Timestamp;
use link::{
    DocumentAnswer, DocumentState, EnrolGrant, EnrolRefusal, EnrolRequest, FeedPage, Inbox,
    InboxError, Peer,
};
use store::{
    Change, FeedAudience, ReportSummary, SelfTestCounts, StoreError, StoredDocument, Subject, View,
};
use tokio::sync::watch;

use crate::node::{Node, Touches, locked};
use crate::rolling_up::Taken;

/// Reports, and receipts, of one host for one alert that are kept as evidence. A host can sign any number of them.
const EVIDENCE_KEPT: u32 = 8;

/// Who speaks, as the roster has it.
enum Speaker {
    Child(OrganisationId),
    Host { id: HostId, subject: Subject },
}

/// A document from below whose signature is its sender's.
enum Upload {
    Finding(Verified<SharedFinding>),
    Receipt(Verified<Receipt>),
    Report(Box<Verified<HostReport>>),
    RollUp(Verified<RollUp>),
    Watch(Verified<WatchReport>),
}

impl Inbox for Node {
    fn find_peer(&self, key: &PublicKey) -> Result<Option<Peer>, InboxError> {
        let found = self.inner.store.read(|view| -> Result<_, StoreError> {
            if let Some(host) = view.find_host_by_key(key.as_bytes())? {
                return Ok(Some(Peer::Host(host.id)));
            }
            let child = view.find_organisation_by_key(key.as_bytes())?;
            Ok(child.map(|child| Peer::Organisation(child.id)))
        });
        found.map_err(InboxError::new)
    }

    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolGrant, EnrolRefusal> {
        self.take_in(request)
    }

    fn feed(&self, peer: &Peer, after: u64, max_bytes: usize) -> Result<FeedPage, InboxError> {
        let page = self.inner.store.read(|view| -> Result<_, StoreError> {
            let audience = match peer {
                Peer::Host(id) => match view.find_host(*id)? {
                    Some(host) if host.removed_at.is_none() => {
                        FeedAudience::Host(host.organisation)
                    }
                    _ => return Ok(None),
                },
                Peer::Organisation(id) => FeedAudience::Node(id.clone()),
            };
            view.feed_page(&audience, after, self.now(), max_bytes)
                .map(Some)
        });
        let page = page.map_err(InboxError::new)?;
        Ok(page.map_or(
            FeedPage {
                documents: Vec::new(),
                cursor: after,
            },
            |page| FeedPage {
                documents: page.documents,
                cursor: page.next,
            },
        ))
    }

    fn accept(
        &self,
        peer: &Peer,
        documents: Vec<Vec<u8>>,
    ) -> Result<Vec<DocumentAnswer>, InboxError> {
        let found = self
            .inner
            .store
            .read(|view| find_speaker(view, peer))
            .map_err(InboxError::new)?;
        let Some((speaker, key)) = found else {
            return Ok(documents
                .iter()
                .map(|bytes| refused(bytes, format!("{peer} is not on the roster")))
                .collect());
        };
        // Signatures and parsing take long for long documents, and need no transaction.
        let verified: Vec<_> = documents
            .iter()
            .map(|bytes| (bytes, read_upload(bytes, &key)))
            .collect();
        let answers = self.write(Touches::Picture, |change| -> Result<_, StoreError> {
            // Whoever was removed while its documents were read is out.
            let is_out = find_speaker(change, peer)?.is_none();
            let mut answers = Vec::with_capacity(verified.len());
            for (bytes, upload) in &verified {
                let taken = match upload {
                    _ if is_out => Taken::Refused(format!("{peer} is not on the roster")),
                    Ok(upload) => self.take_upload(change, &speaker, upload)?,
                    Err(reason) => Taken::Refused(reason.clone()),
                };
                answers.push(match taken {
                    Taken::Known => answer(bytes, DocumentState::Duplicate),
                    Taken::New => answer(bytes, DocumentState::Accepted),
                    Taken::Refused(reason) => {
                        self.note_refusal(change, &peer.to_string(), bytes, reason.clone())?;
                        refused(bytes, reason)
                    }
                });
            }
            Ok(answers)
        });
        answers.map_err(InboxError::new)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.subscribe_to_feeds()
    }

    fn seen(&self, peer: &Peer) {
        locked(&self.inner.seen).insert(peer.clone(), self.now());
    }
}

impl Node {
    /// Writes down who was heard of, in one transaction for all of them.
    pub fn save_seen(&self) -> Result<(), crate::ReadError> {
        let seen = std::mem::take(&mut *locked(&self.inner.seen));
        if seen.is_empty() {
            return Ok(());
        }
        self.inner.store.write(|change| -> Result<_, StoreError> {
            for (peer, at) in &seen {
                match peer {
                    Peer::Host(id) => change.see_host(*id, *at)?,
                    Peer::Organisation(id) => change.see_organisation(id, *at)?,
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    fn take_upload(
        &self,
        change: &Change<'_>,
        speaker: &Speaker,
        upload: &Upload,
    ) -> Result<Taken, StoreError> {
        match (speaker, upload) {
            (Speaker::Host { id, subject }, Upload::Receipt(receipt)) => {
                if receipt.host != *id {
                    return Ok(Taken::Refused("a host speaks for another".to_owned()));
                }
                self.take_receipt(change, *id, subject, receipt)
            }
            (Speaker::Host { id, subject }, Upload::Report(report)) => {
                if report.host != *id {
                    return Ok(Taken::Refused("a host speaks for another".to_owned()));
                }
                self.take_report(change, *id, subject, report)
            }
            (Speaker::Child(child), Upload::RollUp(roll_up)) => {
                self.take_roll_up(change, child, roll_up)
            }
            (Speaker::Child(child), Upload::Finding(finding)) => {
                self.take_shared_finding(change, child, finding)
            }
            (Speaker::Child(child), Upload::Watch(report)) => {
                self.take_watch_from_below(change, child, report)
            }
            (Speaker::Host { .. }, Upload::RollUp(_) | Upload::Finding(_) | Upload::Watch(_)) => {
                Ok(Taken::Refused(
                    "a host does not speak for organisations".to_owned(),
                ))
            }
            (Speaker::Child(_), Upload::Receipt(_) | Upload::Report(_)) => Ok(Taken::Refused(
                "a node does not speak for one host".to_owned(),
            )),
        }
    }

    fn take_receipt(
        &self,
        change: &Change<'_>,
        host: HostId,
        subject: &Subject,
        receipt: &Verified<Receipt>,
    ) -> Result<Taken, StoreError> {
        if change.find_alert(receipt.alert)?.is_none() {
            return Ok(Taken::Refused(format!(
                "alert {} is not known here",
                receipt.alert
            )));
        }
        if !self.keep(change, host, receipt.alert, receipt)? {
            return Ok(Taken::Known);
        }
        change.insert_receipt(receipt.alert, subject, self.now())?;
        Ok(Taken::New)
    }

    fn take_report(
        &self,
        change: &Change<'_>,
        host: HostId,
        subject: &Subject,
        report: &Verified<HostReport>,
    ) -> Result<Taken, StoreError> {
        if change.find_alert(report.alert)?.is_none() {
            return Ok(Taken::Refused(format!(
                "alert {} is not known here",
                report.alert
            )));
        }
        if !self.keep(change, host, report.alert, report)? {
            return Ok(Taken::Known);
        }
        self.apply_report(change, report.alert, subject, &report.report)?;
        Ok(Taken::New)
    }

    /// Puts a report in the place of the subject's older one.
    pub(crate) fn apply_report(
        &self,
        change: &Change<'_>,
        alert: AlertId,
        subject: &Subject,
        report: &SweepReport,
    ) -> Result<(), StoreError> {
        let now = self.now();
        if !change.replace_report(alert, subject, &summary_of(report, now))? {
            return Ok(());
        }
        let gone = change.replace_findings(alert, subject, &report.findings, now)?;
        change.replace_not_examined(alert, subject, &report.coverage.not_examined)?;
        self.take_findings_back(change, alert, subject, gone)?;
        self.share_findings(change, alert, subject, &report.findings)?;
        change.set_roll_up_due(alert)
    }

    /// Keeps the exact bytes as evidence. Returns false where they were kept already.
    fn keep<T: Document>(
        &self,
        change: &Change<'_>,
        host: HostId,
        alert: AlertId,
        document: &Verified<T>,
    ) -> Result<bool, StoreError> {
        let document = StoredDocument {
            id: document.id(),
            kind: T::KIND.as_str().to_owned(),
            envelope: document.bytes().to_vec(),
        };
        change.insert_evidence(host, alert, &document, EVIDENCE_KEPT, self.now())
    }
}

fn find_speaker(view: &View<'_>, peer: &Peer) -> Result<Option<(Speaker, PublicKey)>, StoreError> {
    let (speaker, key) = match peer {
        Peer::Host(id) => match view.find_host(*id)? {
            Some(host) if host.removed_at.is_none() => {
                let subject = Subject {
                    organisation: host.organisation,
                    host: Some(host.id),
                    host_name: host.name,
                };
                (Speaker::Host { id: *id, subject }, host.public_key)
            }
            _ => return Ok(None),
        },
        Peer::Organisation(id) => match view.find_organisation(id)? {
            Some(child) if child.removed_at.is_none() => (
                Speaker::Child(child.id),
                child.public_key.unwrap_or_default(),
            ),
            _ => return Ok(None),
        },
    };
    let key = <[u8; 32]>::try_from(key)
        .ok()
        .and_then(|bytes| PublicKey::from_bytes(bytes).ok());
    Ok(key.map(|key| (speaker, key)))
}

fn read_upload(bytes: &[u8], key: &PublicKey) -> Result<Upload, String> {
    let kind = Envelope::parse(bytes)
        .map_err(|error| chain(&error))?
        .kind();
    let upload = match kind {
        Kind::Receipt => verify_from(bytes, key).map(Upload::Receipt),
        Kind::Report => verify_from(bytes, key).map(Box::new).map(Upload::Report),
        Kind::RollUp => verify_from(bytes, key).map(Upload::RollUp),
        Kind::SharedFinding => verify_from(bytes, key).map(Upload::Finding),
        Kind::WatchReport => verify_from(bytes, key).map(Upload::Watch),
        other => return Err(format!("a {other} does not go up")),
    };
    upload.map_err(|error| chain(&error))
}

fn summary_of(report: &SweepReport, now: Timestamp) -> ReportSummary {
    let isolated = report
        .findings
        .iter()
        .filter(|finding| matches!(finding.isolation, Some(Isolation::Isolated { .. })))
        .count();

    ReportSummary {
        // A host whose clock runs ahead must not keep its own later reports out.
        revision: report.finished_at.min(now).as_second().max(0),
        answered_at: now,
        outcome: report.outcome,
        confirmed: report.count_findings(Judgement::Confirmed),
        suspicious: report.count_findings(Judgement::Suspicious),
        context: report.count_findings(Judgement::Context),
        isolated: isolated as u64,
        not_examined: report
            .coverage
            .not_examined
            .iter()
            .filter(|line| line.reason.leaves_a_gap())
            .fold(0, |sum, line| sum.saturating_add(line.count)),
        self_test: report.self_test.as_ref().map(|test| SelfTestCounts {
            passed: test.passed,
            failed: test.failures.len() as u64,
            total: test.total,
        }),
    }
}

fn answer(bytes: &[u8], state: DocumentState) -> DocumentAnswer {
    DocumentAnswer {
        id: id_of(bytes),
        state,
    }
}

fn refused(bytes: &[u8], reason: String) -> DocumentAnswer {
    answer(bytes, DocumentState::Refused { reason })
}

fn id_of(bytes: &[u8]) -> Option<DocumentId> {
    Envelope::parse(bytes).ok().map(|envelope| envelope.id())
}
