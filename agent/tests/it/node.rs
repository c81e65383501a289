//! A node in memory: a real server, and an inbox that fails as it is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use documents::{
    Decision, Envelope, HostReport, Kind, PublicKey, Receipt, SCHEMA, VerbAnswer, verify_from,
};
use domain::{Answer, DocumentId, HostId, SweepReport, Verb};
use link::{
    CertificateAuthority, DocumentAnswer, DocumentState, EnrolGrant, EnrolRefusal, EnrolRequest,
    FeedPage, Inbox, InboxError, Invitation, Limits, Peer, Server, ServerSettings,
};
use testkit::{TestAuthority, at, signing_key};
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

/// Longer than anything here takes, shorter than a stuck test run.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// How uploads are answered.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Uploads {
    #[default]
    Taken,
    /// The disk is full.
    Failing,
    /// They are taken, and the answer is lost.
    TakenAnswerLost,
    /// Each is refused for good.
    Refused,
}

#[derive(Default)]
pub struct State {
    pub key: Option<PublicKey>,
    pub roots: Vec<Vec<u8>>,
    pub feed: Vec<Vec<u8>>,
    pub feed_count: usize,
    pub uploads: Uploads,
    pub upload_count: usize,
    /// What was taken, and how often it came after that.
    pub received: BTreeMap<DocumentId, (Vec<u8>, usize)>,
}

pub struct MemoryInbox {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

impl MemoryInbox {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics with the lock")
    }
}

fn peer() -> Peer {
    Peer::Host(HostId::from_bytes([7; 16]))
}

impl Inbox for MemoryInbox {
    fn find_peer(&self, key: &PublicKey) -> Result<Option<Peer>, InboxError> {
        Ok((self.state().key == Some(*key)).then(peer))
    }

    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolGrant, EnrolRefusal> {
        let mut state = self.state();
        state.key = Some(request.public_key);
        Ok(EnrolGrant {
            peer: peer(),
            organisation: "vn.mot.vna".parse().expect("valid"),
            organisation_name: "Vietnam Airlines".to_owned(),
            document_key: signing_key("node").public_key(),
            roots: state.roots.clone(),
        })
    }

    fn feed(&self, _: &Peer, after: u64, _: usize) -> Result<FeedPage, InboxError> {
        let mut state = self.state();
        state.feed_count += 1;
        let from = usize::try_from(after).expect("small").min(state.feed.len());
        Ok(FeedPage {
            documents: state.feed[from..].to_vec(),
            cursor: state.feed.len() as u64,
        })
    }

    fn accept(&self, _: &Peer, documents: Vec<Vec<u8>>) -> Result<Vec<DocumentAnswer>, InboxError> {
        let mut state = self.state();
        state.upload_count += 1;
        if state.uploads == Uploads::Failing {
            return Err(InboxError::new("the disk is full"));
        }
        let refused = state.uploads == Uploads::Refused;
        let mut answers = Vec::new();
        for bytes in documents {
            let id = Envelope::parse(&bytes).expect("agents send envelopes").id();
            let known = state.received.get_mut(&id);
            let document_state = match known {
                _ if refused => DocumentState::Refused {
                    reason: "the node of this test wants none".to_owned(),
                },
                Some((_, again)) => {
                    *again += 1;
                    DocumentState::Duplicate
                }
                None => {
                    state.received.insert(id, (bytes, 0));
                    DocumentState::Accepted
                }
            };
            answers.push(DocumentAnswer {
                id: Some(id),
                state: document_state,
            });
        }
        if state.uploads == Uploads::TakenAnswerLost {
            state.uploads = Uploads::Taken;
            return Err(InboxError::new("the line broke"));
        }
        Ok(answers)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn seen(&self, _: &Peer) {}
}

/// The node, which may be away.
pub struct Node {
    pub inbox: Arc<MemoryInbox>,
    pub authority: TestAuthority,
    certificates: Arc<CertificateAuthority>,
    address: SocketAddr,
    runtime: Runtime,
    serving: Option<(oneshot::Sender<()>, tokio::task::JoinHandle<()>)>,
}

impl Node {
    pub fn start() -> Self {
        let authority = TestAuthority::national();
        let state = State {
            roots: vec![authority.root_bytes()],
            ..State::default()
        };
        let mut node = Self {
            inbox: Arc::new(MemoryInbox {
                state: Mutex::new(state),
                changes: watch::channel(0).0,
            }),
            authority,
            certificates: Arc::new(CertificateAuthority::create("vn.mot.vna").expect("made")),
            address: "127.0.0.1:0".parse().expect("an address"),
            runtime: Runtime::new().expect("a runtime"),
            serving: None,
        };
        node.serve();
        node
    }

    /// Serves, at the same address as before.
    pub fn serve(&mut self) {
        let settings = ServerSettings {
            address: self.address,
            names: vec!["127.0.0.1".to_owned()],
            key: signing_key("node"),
            authority: Arc::clone(&self.certificates),
            inbox: Arc::clone(&self.inbox) as Arc<dyn Inbox>,
            limits: Limits::default(),
        };
        let server = self
            .runtime
            .block_on(Server::bind(settings))
            .expect("listens");
        self.address = server.local_address();
        let (stop, stopped) = oneshot::channel();
        let task = self.runtime.spawn(server.run(async {
            let _ = stopped.await;
        }));
        self.serving = Some((stop, task));
    }

    /// Is away from now on.
    pub fn go_away(&mut self) {
        if let Some((stop, task)) = self.serving.take() {
            let _ = stop.send(());
            self.runtime.block_on(task).expect("the server ends");
        }
    }

    pub fn invite(&self) -> Invitation {
        let url = format!("https://{}", self.address);
        Invitation::new(&[url], self.certificates.fingerprint()).expect("an invitation")
    }

    /// Sends documents down.
    pub fn feed(&self, documents: &[Vec<u8>]) {
        self.inbox.state().feed.extend_from_slice(documents);
        self.inbox.changes.send_modify(|count| *count += 1);
    }

    /// Returns a decision that permits to sweep and to isolate.
    pub fn permit(alert: &[u8]) -> Vec<u8> {
        let decision = Decision {
            schema: SCHEMA,
            organisation: "vn.mot.vna".parse().expect("valid"),
            alert: Envelope::parse(alert).expect("an alert").id().into(),
            revision: 1,
            decided_at: at("2016-08-04T01:30:00Z"),
            answers: [Verb::Sweep, Verb::Isolate]
                .map(|verb| VerbAnswer {
                    verb,
                    answer: Answer::Permit,
                })
                .to_vec(),
        };
        Envelope::sign(&decision, &[&signing_key("node")])
            .expect("signs")
            .to_bytes()
    }

    /// Returns how many receipts have arrived.
    pub fn receipt_count(&self) -> usize {
        self.read::<Receipt>(Kind::Receipt).len()
    }

    /// Returns the reports that have arrived.
    pub fn reports(&self) -> Vec<SweepReport> {
        let reports = self.read::<HostReport>(Kind::Report);
        reports.into_iter().map(|report| report.report).collect()
    }

    fn read<T: documents::Document + Clone>(&self, kind: Kind) -> Vec<T> {
        let state = self.inbox.state();
        let key = state.key.expect("an agent has enrolled");
        let of_kind = state.received.values().filter(|(bytes, _)| {
            Envelope::parse(bytes).is_ok_and(|envelope| envelope.kind() == kind)
        });
        of_kind
            .map(|(bytes, _)| {
                let verified = verify_from::<T>(bytes, &key).expect("the agent signed it");
                verified.value().clone()
            })
            .collect()
    }
}
