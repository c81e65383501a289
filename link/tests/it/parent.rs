//! A parent for tests: a server with an inbox in memory, and children that it knows.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use documents::{Envelope, PublicKey, Receipt, SigningKey};
use domain::{AlertId, DocumentId, HostId};
use link::{
    CertificateAuthority, DocumentAnswer, DocumentState, EnrolGrant, EnrolRefusal, EnrolRequest,
    FeedPage, Identity, Inbox, InboxError, Invitation, Limits, ParentClient, Peer, Server,
    ServerSettings,
};
use testkit::signing_key;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

/// Longer than anything here takes, shorter than a stuck test run.
pub const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
pub struct State {
    pub roster: BTreeMap<PublicKey, Peer>,
    pub invitations: BTreeMap<[u8; 32], Option<PublicKey>>,
    pub feed: Vec<Vec<u8>>,
    pub received: BTreeSet<DocumentId>,
    pub enrol_count: usize,
    pub feed_count: usize,
    pub accept_count: usize,
    pub seen: BTreeSet<Peer>,
    pub failing: bool,
    pub panicking: bool,
}

pub struct MemoryInbox {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

impl MemoryInbox {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics with the lock")
    }

    pub fn change(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

impl Inbox for MemoryInbox {
    fn find_peer(&self, key: &PublicKey) -> Result<Option<Peer>, InboxError> {
        Ok(self.state().roster.get(key).cloned())
    }

    fn enrol(&self, request: &EnrolRequest) -> Result<EnrolGrant, EnrolRefusal> {
        let mut state = self.state();
        state.enrol_count += 1;
        let used_by = state
            .invitations
            .get_mut(&request.secret.digest())
            .ok_or(EnrolRefusal::UnknownSecret)?;
        match used_by {
            Some(key) if *key != request.public_key => return Err(EnrolRefusal::SecretUsed),
            _ => *used_by = Some(request.public_key),
        }
        let peer = Peer::Host(host_of(&request.public_key));
        state.roster.insert(request.public_key, peer.clone());
        Ok(EnrolGrant {
            peer,
            organisation: "vn.mot".parse().expect("valid"),
            organisation_name: "Bộ Giao thông vận tải".to_owned(),
            document_key: signing_key("parent").public_key(),
            roots: vec![testkit::TestAuthority::national().root_bytes()],
        })
    }

    fn feed(&self, _: &Peer, after: u64, _: usize) -> Result<FeedPage, InboxError> {
        let mut state = self.state();
        state.feed_count += 1;
        assert!(!state.panicking, "asked to panic");
        if state.failing {
            return Err(InboxError::new("the disk is full"));
        }
        let from = usize::try_from(after).expect("small").min(state.feed.len());
        Ok(FeedPage {
            documents: state.feed[from..].to_vec(),
            cursor: state.feed.len() as u64,
        })
    }

    fn accept(&self, _: &Peer, documents: Vec<Vec<u8>>) -> Result<Vec<DocumentAnswer>, InboxError> {
        let mut state = self.state();
        state.accept_count += 1;
        if state.failing {
            return Err(InboxError::new("the disk is full"));
        }
        Ok(documents
            .iter()
            .map(|bytes| match Envelope::parse(bytes) {
                Ok(envelope) => DocumentAnswer {
                    id: Some(envelope.id()),
                    state: if state.received.insert(envelope.id()) {
                        DocumentState::Accepted
                    } else {
                        DocumentState::Duplicate
                    },
                },
                Err(error) => DocumentAnswer {
                    id: None,
                    state: DocumentState::Refused {
                        reason: error.to_string(),
                    },
                },
            })
            .collect())
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn seen(&self, peer: &Peer) {
        self.state().seen.insert(peer.clone());
    }
}

pub struct Parent {
    pub authority: Arc<CertificateAuthority>,
    pub inbox: Arc<MemoryInbox>,
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<Runtime>,
    served: Option<tokio::task::JoinHandle<()>>,
}

impl Parent {
    pub fn start() -> Self {
        Self::with_limits(Limits::default())
    }

    pub fn with_limits(limits: Limits) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let authority = Arc::new(CertificateAuthority::create("vn.mot").expect("an authority"));
        let inbox = Arc::new(MemoryInbox {
            state: Mutex::default(),
            changes: watch::channel(0).0,
        });
        let settings = ServerSettings {
            address: "127.0.0.1:0".parse().expect("an address"),
            names: vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
            key: signing_key("parent"),
            authority: Arc::clone(&authority),
            inbox: Arc::clone(&inbox) as Arc<dyn Inbox>,
            limits,
        };
        let server = runtime.block_on(Server::bind(settings)).expect("listens");
        let address = server.local_address();
        let (stop, stopped) = oneshot::channel();
        let task = runtime.spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self {
            authority,
            inbox,
            address,
            stop: Some(stop),
            runtime: Some(runtime),
            served: Some(task),
        }
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    pub fn invite(&self) -> Invitation {
        let invitation =
            Invitation::new(&[self.url()], self.authority.fingerprint()).expect("an invitation");
        self.inbox
            .state()
            .invitations
            .insert(invitation.secret().digest(), None);
        invitation
    }

    /// Puts a child on the roster and returns its identity.
    pub fn know(&self, key: &SigningKey) -> Identity {
        let peer = Peer::Host(host_of(&key.public_key()));
        self.inbox.state().roster.insert(key.public_key(), peer);
        let chain = self
            .authority
            .issue_client(&key.public_key(), "child")
            .expect("a certificate");
        Identity::new(key.clone(), &chain).expect("an identity")
    }

    pub fn client(&self, identity: &Identity) -> ParentClient {
        ParentClient::new(&[self.url()], self.authority.certificate_pem(), identity)
            .expect("a client")
    }

    /// Asks the server to stop, and waits until it has.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let (Some(runtime), Some(served)) = (&self.runtime, self.served.take()) {
            runtime.block_on(served).expect("the server ends");
        }
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub fn host_of(key: &PublicKey) -> HostId {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&key.as_bytes()[..16]);
    HostId::from_bytes(bytes)
}

/// Makes a small signed document, another one for each number.
pub fn receipt(number: u8) -> Vec<u8> {
    let receipt = Receipt {
        schema: 1,
        host: HostId::from_bytes([1; 16]),
        alert: AlertId::from_bytes([number; 32]),
        received_at: testkit::at("2016-08-04T02:00:00Z"),
    };
    Envelope::sign(&receipt, &[&signing_key("child")])
        .expect("signs")
        .to_bytes()
}
