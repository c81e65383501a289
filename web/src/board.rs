//! What the pages ask a node: the seam at which tests put exact pictures, and nothing more than `node::Node` answers.

use domain::{AlertId, Answer, EvidenceId, HostId, OrganisationId, Verb};
use jiff::Timestamp;
use node::{
    AlertSummary, DecideError, FindingFilter, FindingRow, HostRow, HostStateRow, HostedAnswer,
    HostedError, HostedReceipt, HostedView, Node, NotExaminedRow, OrganisationRow, Picture,
    ReadError, RefusedDocument, RootDocument, Session, SiteFindingRow, SitesPicture,
};
use tokio::sync::watch;

/// Answers what pages ask. Each method is the method of the same name of [`Node`].
#[expect(
    missing_docs,
    reason = "each is documented at the method of `Node` that it names"
)]
pub trait Board: Send + Sync + 'static {
    fn organisation_name(&self) -> String;
    fn now(&self) -> Timestamp;
    fn subscribe(&self) -> watch::Receiver<u64>;

    fn list_alerts(&self) -> Result<Vec<AlertSummary>, ReadError>;
    fn picture(&self, alert: AlertId) -> Result<Option<Picture>, ReadError>;
    fn find_alert_document(&self, alert: AlertId) -> Result<Option<Vec<u8>>, ReadError>;
    fn find_root_document(&self, alert: AlertId) -> Result<Option<RootDocument>, ReadError>;
    fn acknowledge(&self, alert: AlertId, officer: &str) -> Result<(), DecideError>;
    fn decide(
        &self,
        alert: AlertId,
        verb: Verb,
        answer: Answer,
        officer: &str,
    ) -> Result<(), DecideError>;

    fn list_hosts(&self) -> Result<Vec<HostRow>, ReadError>;
    fn find_host(&self, host: HostId) -> Result<Option<HostRow>, ReadError>;
    fn host_states(&self, alert: AlertId) -> Result<Vec<HostStateRow>, ReadError>;
    fn list_not_examined(&self, alert: AlertId) -> Result<Vec<NotExaminedRow>, ReadError>;

    fn list_findings(&self, filter: &FindingFilter) -> Result<Vec<FindingRow>, ReadError>;
    fn count_findings(&self, filter: &FindingFilter) -> Result<u64, ReadError>;
    fn finding(&self, id: i64) -> Result<Option<FindingRow>, ReadError>;

    fn list_organisations(&self) -> Result<Vec<OrganisationRow>, ReadError>;
    fn list_refused_documents(&self) -> Result<Vec<RefusedDocument>, ReadError>;

    fn sites(&self) -> Result<SitesPicture, ReadError>;
    fn site_finding(
        &self,
        organisation: &OrganisationId,
        id: EvidenceId,
    ) -> Result<Option<SiteFindingRow>, ReadError>;

    fn hosted_form(&self, secret: &str) -> Result<Option<HostedView>, ReadError>;
    fn answer_for_hosted(
        &self,
        secret: &str,
        answer: &HostedAnswer,
    ) -> Result<HostedReceipt, HostedError>;

    fn set_admin_password_hash(&self, hash: &str) -> Result<(), ReadError>;
    fn find_admin_password_hash(&self) -> Result<Option<String>, ReadError>;
    fn open_session(&self, token_hash: &[u8; 32], session: &Session) -> Result<(), ReadError>;
    fn find_session(&self, token_hash: &[u8; 32]) -> Result<Option<Session>, ReadError>;
    fn close_session(&self, token_hash: &[u8; 32]) -> Result<(), ReadError>;
}

impl Board for Node {
    fn organisation_name(&self) -> String {
        self.organisation_name().to_owned()
    }

    fn now(&self) -> Timestamp {
        self.clock().now()
    }

    fn subscribe(&self) -> watch::Receiver<u64> {
        self.subscribe()
    }

    fn list_alerts(&self) -> Result<Vec<AlertSummary>, ReadError> {
        self.list_alerts()
    }

    fn picture(&self, alert: AlertId) -> Result<Option<Picture>, ReadError> {
        self.picture(alert)
    }

    fn find_alert_document(&self, alert: AlertId) -> Result<Option<Vec<u8>>, ReadError> {
        self.find_alert_document(alert)
    }

    fn find_root_document(&self, alert: AlertId) -> Result<Option<RootDocument>, ReadError> {
        self.find_root_document(alert)
    }

    fn acknowledge(&self, alert: AlertId, officer: &str) -> Result<(), DecideError> {
        self.acknowledge(alert, officer)
    }

    fn decide(
        &self,
        alert: AlertId,
        verb: Verb,
        answer: Answer,
        officer: &str,
    ) -> Result<(), DecideError> {
        self.decide(alert, verb, answer, officer)
    }

    fn list_hosts(&self) -> Result<Vec<HostRow>, ReadError> {
        self.list_hosts()
    }

    fn find_host(&self, host: HostId) -> Result<Option<HostRow>, ReadError> {
        self.find_host(host)
    }

    fn host_states(&self, alert: AlertId) -> Result<Vec<HostStateRow>, ReadError> {
        self.host_states(alert)
    }

    fn list_not_examined(&self, alert: AlertId) -> Result<Vec<NotExaminedRow>, ReadError> {
        self.list_not_examined(alert)
    }

    fn list_findings(&self, filter: &FindingFilter) -> Result<Vec<FindingRow>, ReadError> {
        self.list_findings(filter)
    }

    fn count_findings(&self, filter: &FindingFilter) -> Result<u64, ReadError> {
        self.count_findings(filter)
    }

    fn finding(&self, id: i64) -> Result<Option<FindingRow>, ReadError> {
        self.finding(id)
    }

    fn list_organisations(&self) -> Result<Vec<OrganisationRow>, ReadError> {
        self.list_organisations()
    }

    fn list_refused_documents(&self) -> Result<Vec<RefusedDocument>, ReadError> {
        self.list_refused_documents()
    }

    fn sites(&self) -> Result<SitesPicture, ReadError> {
        self.sites()
    }

    fn site_finding(
        &self,
        organisation: &OrganisationId,
        id: EvidenceId,
    ) -> Result<Option<SiteFindingRow>, ReadError> {
        self.site_finding(organisation, id)
    }

    fn hosted_form(&self, secret: &str) -> Result<Option<HostedView>, ReadError> {
        self.hosted_form(secret)
    }

    fn answer_for_hosted(
        &self,
        secret: &str,
        answer: &HostedAnswer,
    ) -> Result<HostedReceipt, HostedError> {
        self.answer_for_hosted(secret, answer)
    }

    fn set_admin_password_hash(&self, hash: &str) -> Result<(), ReadError> {
        self.set_admin_password_hash(hash)
    }

    fn find_admin_password_hash(&self) -> Result<Option<String>, ReadError> {
        self.find_admin_password_hash()
    }

    fn open_session(&self, token_hash: &[u8; 32], session: &Session) -> Result<(), ReadError> {
        self.open_session(token_hash, session)
    }

    fn find_session(&self, token_hash: &[u8; 32]) -> Result<Option<Session>, ReadError> {
        self.find_session(token_hash)
    }

    fn close_session(&self, token_hash: &[u8; 32]) -> Result<(), ReadError> {
        self.close_session(token_hash)
    }
}
