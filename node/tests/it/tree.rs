//! Nodes in temporary folders, and hosts with keys, joined in memory.

use std::sync::Arc;

use documents::{Document, Envelope, HostReport, Receipt, SigningKey};
use domain::{
    Alert, AlertId, AlertReference, Coverage, Finding, HostId, ItemPath, Judgement, NotExamined,
    OrganisationId, Outcome, Reason, SweepReport,
};
use jiff::{SignedDuration, Timestamp};
use link::{DocumentAnswer, DocumentState, EnrolRequest, Grant, Inbox, Invitation, Peer};
use node::{AuthoritySetup, Config, Node};
use tempfile::TempDir;
use testkit::{TestAuthority, TestClock};

/// More than any test's feed.
pub const PAGE_BYTES: usize = 64 * 1024 * 1024;

/// One node that can be dropped and opened again.
pub struct Level {
    pub folder: TempDir,
    pub clock: Arc<TestClock>,
    pub node: Node,
}

impl Level {
    pub fn new(clock: &Arc<TestClock>, id: &str, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config::new(organisation(id), &format!("Name of {id}"));
        change(&mut config);
        Node::create(folder.path(), &config).expect("created");
        let node = Node::open(folder.path(), clock.clone()).expect("opened");
        Self {
            folder,
            clock: clock.clone(),
            node,
        }
    }

    /// Drops everything in memory, as a killed process does, and starts again from the folder.
    pub fn crash(&mut self) {
        self.node = Node::open(self.folder.path(), self.clock.clone()).expect("opened again");
    }

    /// Copies the folder, as a backup does while the node stands still.
    pub fn copy(&mut self) -> TempDir {
        let copy = tempfile::tempdir().expect("a temporary folder");
        for entry in fs_err::read_dir(self.folder.path()).expect("listed") {
            let entry = entry.expect("listed");
            fs_err::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
        }
        copy
    }

    /// Goes on from a copy.
    pub fn restore(&mut self, copy: TempDir) {
        self.folder = copy;
        self.crash();
    }

    pub fn id(&self) -> OrganisationId {
        self.node.organisation().clone()
    }

    pub fn peer(&self) -> Peer {
        Peer::Organisation(self.id())
    }
}

pub fn organisation(id: &str) -> OrganisationId {
    id.parse().expect("a valid id")
}

pub fn clock() -> Arc<TestClock> {
    Arc::new(TestClock::default())
}

pub fn tick(clock: &TestClock) {
    clock.advance(SignedDuration::from_secs(1));
}

/// The national node, with its root adopted, and its officers.
pub fn national(clock: &Arc<TestClock>) -> (Level, TestAuthority) {
    let level = Level::new(clock, "vn.vncert", |config| {
        config.authority = Some(AuthoritySetup::default());
    });
    let mut authority = TestAuthority::national();
    authority.root.catalogue.keys = vec![level.node.catalogue_key().expect("an authority")];
    level
        .node
        .adopt_root(&authority.root_bytes())
        .expect("its own root");
    (level, authority)
}

/// Puts `child` below `parent`, as enrolment over the network does.
pub fn join(parent: &Level, child: &Level) {
    let invitation = parent
        .node
        .invite_organisation(&child.id(), child.node.organisation_name())
        .expect("invited");
    let grant = parent
        .node
        .enrol(&request(&invitation, "node", &key_of(child)))
        .expect("taken in");
    child
        .node
        .join(&Grant {
            peer: grant.peer,
            organisation: grant.organisation,
            organisation_name: grant.organisation_name,
            document_key: grant.document_key,
            urls: invitation.urls().to_vec(),
            authority_pem: String::new(),
            chain_pem: String::new(),
            roots: grant.roots,
        })
        .expect("joined");
}

fn key_of(child: &Level) -> documents::PublicKey {
    child.node.public_key()
}

pub fn request(
    invitation: &Invitation,
    name: &str,
    public_key: &documents::PublicKey,
) -> EnrolRequest {
    EnrolRequest {
        secret: invitation.secret().clone(),
        name: name.to_owned(),
        public_key: *public_key,
    }
}

/// Carries everything down one edge.
pub fn down(parent: &Level, child: &Level) {
    loop {
        let after = child.node.parent_cursor().expect("a cursor");
        let page = parent
            .node
            .feed(&child.peer(), after, PAGE_BYTES)
            .expect("a page");
        if page.documents.is_empty() {
            return;
        }
        child.node.accept_from_parent(&page).expect("taken");
    }
}

/// Carries everything up one edge.
pub fn up(child: &Level, parent: &Level) {
    child.node.make_roll_ups().expect("made");
    loop {
        let outgoing = child.node.outgoing().expect("an outbox");
        if outgoing.documents.is_empty() {
            return;
        }
        let answers = parent
            .node
            .accept(&child.peer(), outgoing.documents.clone())
            .expect("answered");
        child
            .node
            .confirm_sent(&outgoing, &answers)
            .expect("confirmed");
    }
}

/// An agent as its node sees it.
pub struct Host {
    pub id: HostId,
    pub name: String,
    pub key: SigningKey,
}

impl Host {
    pub fn enrol(level: &Level, name: &str, of: Option<&OrganisationId>) -> Self {
        let key = testkit::signing_key(name);
        let invitation = level.node.invite_host(name, of).expect("invited");
        let grant = level
            .node
            .enrol(&request(&invitation, name, &key.public_key()))
            .expect("taken in");
        let Peer::Host(id) = grant.peer else {
            panic!("invited as a host");
        };
        Self {
            id,
            name: name.to_owned(),
            key,
        }
    }

    pub fn peer(&self) -> Peer {
        Peer::Host(self.id)
    }

    pub fn receipt(&self, alert: AlertId, at: Timestamp) -> Vec<u8> {
        self.sign(&Receipt {
            schema: 1,
            host: self.id,
            alert,
            received_at: at,
        })
    }

    pub fn report(&self, report: SweepReport) -> Vec<u8> {
        let alert = report.alert.id.expect("about an issued alert");
        self.sign(&HostReport {
            schema: 1,
            host: self.id,
            alert,
            report,
        })
    }

    pub fn sign<T: Document>(&self, value: &T) -> Vec<u8> {
        Envelope::sign(value, &[&self.key])
            .expect("valid")
            .to_bytes()
    }

    pub fn send(&self, level: &Level, document: Vec<u8>) -> DocumentState {
        one(&level
            .node
            .accept(&self.peer(), vec![document])
            .expect("answered"))
    }
}

pub fn one(answers: &[DocumentAnswer]) -> DocumentState {
    assert_eq!(answers.len(), 1);
    answers[0].state.clone()
}

/// A report with as many findings of each judgement, complete or with one unreadable folder.
pub fn sweep_report(
    host: &str,
    alert: AlertId,
    at: Timestamp,
    (confirmed, suspicious): (usize, usize),
    complete: bool,
) -> SweepReport {
    let findings: Vec<Finding> = (0..confirmed)
        .map(|index| finding(&format!("/c{index}"), Judgement::Confirmed))
        .chain((0..suspicious).map(|index| finding(&format!("/s{index}"), Judgement::Suspicious)))
        .collect();
    let coverage = Coverage {
        complete,
        not_examined: if complete {
            Vec::new()
        } else {
            vec![NotExamined {
                reason: Reason::Permission,
                count: 3,
                examples: vec![ItemPath::from_bytes(b"/root/secret")],
            }]
        },
        ..Coverage::default()
    };
    SweepReport {
        schema: 1,
        tool: "tocsin test".to_owned(),
        alert: AlertReference {
            id: Some(alert),
            number: "238/VNCERT-ĐPƯC".to_owned(),
            version: 1,
            exercise: false,
        },
        host: host.to_owned(),
        started_at: at,
        finished_at: at,
        roots: vec![ItemPath::from_bytes(b"/")],
        outcome: Outcome::of(&coverage, &findings),
        coverage,
        findings,
        findings_left_out: 0,
        self_test: Some(domain::SelfTest {
            passed: 5,
            total: 7,
            failures: vec!["path p: not found".to_owned()],
            untested: vec!["yara r".to_owned()],
        }),
    }
}

pub fn finding(path: &str, judgement: Judgement) -> Finding {
    testkit::finding(path.as_bytes(), judgement)
}

/// Dispatch 238, issued at the national node.
pub fn issue_dispatch(national: &Level, authority: &TestAuthority) -> (AlertId, Vec<u8>) {
    issue(national, authority, &testkit::alerts::dispatch_238())
}

pub fn issue(national: &Level, authority: &TestAuthority, alert: &Alert) -> (AlertId, Vec<u8>) {
    let bytes = authority.sign_alert(alert);
    let id = national.node.issue(&bytes, "Nguyễn Văn A").expect("issued");
    (id, bytes)
}
