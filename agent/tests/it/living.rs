//! The life of an agent: it receives, sweeps, isolates and reports; killed, cut off and lied to.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use agent::{AgentPaths, Engines, RunError, Sweeper};
use documents::{Catalogue, CatalogueEntry, Document, Envelope, RoleKeys, SigningKey};
use domain::{Alert, Isolation, Outcome};
use sha2::{Digest as _, Sha256};
use sweep::Detector;
use testkit::{TestClock, alerts, signing_key, wait_until};

use crate::log;
use crate::node::{Node, PATIENCE, Uploads};

const MARKER: &[u8] = b"a harmless marker";

/// Has no detector for anything.
pub struct NoEngines;

impl Engines for NoEngines {
    fn detectors(&self, _: &Alert) -> Result<Vec<Box<dyn Detector>>, String> {
        Ok(Vec::new())
    }
}

/// Has a defect.
struct PanickingEngines;

impl Engines for PanickingEngines {
    fn detectors(&self, _: &Alert) -> Result<Vec<Box<dyn Detector>>, String> {
        panic!("a defect, on purpose")
    }
}

/// An agent's folder and what it sweeps.
pub struct Agent {
    folder: tempfile::TempDir,
}

impl Agent {
    /// Enrols an agent that is to sweep a folder with one marker.
    pub fn enrolled(node: &Node) -> Self {
        let agent = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        agent::enrol(&agent.paths(), &node.invite(), "booking-01").expect("joins");
        fs_err::create_dir_all(agent.swept()).expect("makes");
        fs_err::write(agent.marker(), MARKER).expect("writes");
        let settings = format!(
            "roots = ['{}']\npoll_seconds = 1\n",
            agent.swept().display()
        );
        fs_err::write(agent.paths().settings(), settings).expect("writes");
        agent
    }

    pub fn paths(&self) -> AgentPaths {
        AgentPaths::new(&self.folder.path().join("agent"))
    }

    fn swept(&self) -> PathBuf {
        self.folder.path().join("swept")
    }

    fn marker(&self) -> PathBuf {
        self.swept().join("marker.txt")
    }

    fn spooled(&self) -> usize {
        let listed = fs_err::read_dir(self.paths().spool()).map(Iterator::count);
        listed.unwrap_or(0)
    }

    pub fn start(&self) -> Running {
        self.start_with(&NoEngines)
    }

    fn start_with(&self, sweeper: &'static dyn Sweeper) -> Running {
        let folder = self.paths().folder().to_owned();
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            agent::run(&folder, &TestClock::default(), sweeper, &stopping)
        });
        Running { stop, thread }
    }
}

/// An agent that runs.
pub struct Running {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), RunError>>,
}

impl Running {
    pub fn stop(self) -> Result<(), RunError> {
        self.stop.store(true, Ordering::Relaxed);
        self.end_by_itself()
    }

    pub fn end_by_itself(self) -> Result<(), RunError> {
        self.thread.join().expect("the agent itself does not panic")
    }
}

fn marker_alert(node: &Node) -> Vec<u8> {
    let marker = ("marker.txt", Sha256::digest(MARKER).into());
    node.authority.sign_alert(&alerts::exercise(&[marker]))
}

fn everything_about(node: &Node, alert: &[u8]) -> [Vec<u8>; 3] {
    [
        node.authority.catalogue(&[alert.to_vec()]),
        alert.to_vec(),
        Node::permit(alert),
    ]
}

fn sign<T: Document>(value: &T, keys: &[&SigningKey]) -> Vec<u8> {
    Envelope::sign(value, keys).expect("signs").to_bytes()
}

#[test]
fn receives_sweeps_isolates_and_reports_and_keeps_its_files_to_itself() {
    let node = Node::start();
    let agent = Agent::enrolled(&node);
    let running = agent.start();
    let alert = marker_alert(&node);
    node.feed(&everything_about(&node, &alert));
    assert!(wait_until(PATIENCE, || node.reports().len() == 1));
    assert!(wait_until(PATIENCE, || agent.spooled() == 0));
    let report = node.reports().remove(0);
    assert_eq!(report.outcome, Outcome::Found);
    assert!(matches!(
        report.findings[0].isolation,
        Some(Isolation::Isolated { .. })
    ));
    assert!(!agent.marker().is_file());
    assert_eq!(node.receipt_count(), 1);
    running.stop().expect("ends well");
    check_modes(agent.paths().folder(), &agent.paths());
}

/// The settings are the administrator's, who wrote them here; the vault is looked into by nobody but its owner.
fn check_modes(folder: &Path, paths: &AgentPaths) {
    let mode = |path: &Path| {
        let metadata = fs_err::metadata(path).expect("is there");
        metadata.permissions().mode() & 0o7777
    };
    assert_eq!(mode(folder), 0o700, "{}", folder.display());
    if folder == paths.vault() {
        return;
    }
    for entry in fs_err::read_dir(folder).expect("lists") {
        let path = entry.expect("lists").path();
        if path.is_dir() {
            check_modes(&path, paths);
        } else {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }
}

#[test]
fn what_the_node_refuses_leaves_the_spool_and_is_logged() {
    log::collect();
    let node = Node::start();
    let agent = Agent::enrolled(&node);
    node.inbox.state().uploads = Uploads::Refused;
    let running = agent.start();
    let alert = marker_alert(&node);
    node.feed(&everything_about(&node, &alert));
    assert!(wait_until(PATIENCE, || !agent.marker().is_file()));
    let refused = || agent.spooled() == 0 && log::has("the node of this test wants none");
    assert!(wait_until(PATIENCE, refused));
    running.stop().expect("ends well");
    assert!(node.inbox.state().received.is_empty());
}

#[test]
fn while_the_node_is_away_everything_is_kept_and_arrives_once_when_it_is_back() {
    let mut node = Node::start();
    let agent = Agent::enrolled(&node);
    node.inbox.state().uploads = Uploads::Failing;
    let alert = marker_alert(&node);
    node.feed(&everything_about(&node, &alert));
    let running = agent.start();
    assert!(wait_until(PATIENCE, || agent.spooled() == 2));
    node.go_away();
    running.stop().expect("ends well");
    // Restarted while the node is away: the spool neither grows nor shrinks.
    log::collect();
    let running = agent.start();
    assert!(wait_until(PATIENCE, || log::has("nothing sent")));
    running.stop().expect("ends well");
    assert_eq!(agent.spooled(), 2);
    let running = agent.start();
    node.inbox.state().uploads = Uploads::TakenAnswerLost;
    node.serve();
    assert!(wait_until(PATIENCE, || agent.spooled() == 0));
    running.stop().expect("ends well");
    assert_eq!((node.receipt_count(), node.reports().len()), (1, 1));
    let state = node.inbox.state();
    assert_eq!(state.received.len(), 2);
    let again: usize = state.received.values().map(|(_, again)| again).sum();
    assert_eq!(again, 2, "each came once more after the answer was lost");
}

#[test]
fn stops_promptly_whether_the_node_answers_or_not() {
    let mut node = Node::start();
    log::collect();
    let agent = Agent::enrolled(&node);
    for away in [false, true] {
        let running = agent.start();
        let asked = || node.inbox.state().feed_count > 0;
        assert!(wait_until(PATIENCE, asked));
        if away {
            node.go_away();
            assert!(wait_until(PATIENCE, || log::has("nothing received")));
        }
        let began = Instant::now();
        running.stop().expect("ends well");
        assert!(began.elapsed() < Duration::from_secs(15));
    }
}

#[test]
fn a_thread_that_dies_ends_the_agent_with_an_error() {
    let node = Node::start();
    let agent = Agent::enrolled(&node);
    let running = agent.start_with(&PanickingEngines);
    let alert = marker_alert(&node);
    node.feed(&everything_about(&node, &alert));
    let ended = running.end_by_itself();
    assert!(matches!(ended, Err(RunError::Died("work"))), "{ended:?}");
    // The program that replaces it does what was left.
    let running = agent.start();
    assert!(wait_until(PATIENCE, || node.reports().len() == 1));
    running.stop().expect("ends well");
}

#[test]
fn hostile_documents_in_the_feed_cost_themselves_only() {
    let node = Node::start();
    let agent = Agent::enrolled(&node);
    let alert = marker_alert(&node);
    let [catalogue, _, permit] = everything_about(&node, &alert);
    let cut = alert[..alert.len() / 2].to_vec();
    // In the worst order, too: the decision first, the catalogue last.
    node.feed(&[b"\0".to_vec(), permit, Vec::new(), alert, cut, catalogue]);
    let running = agent.start();
    assert!(wait_until(PATIENCE, || node.reports().len() == 1));
    running.stop().expect("ends well");
    assert_eq!(node.receipt_count(), 1);
}

#[test]
fn killed_before_it_could_confirm_an_alert_it_confirms_it_after_the_restart() {
    let node = Node::start();
    let agent = Agent::enrolled(&node);
    let alert = marker_alert(&node);
    node.feed(&everything_about(&node, &alert)[..2]);
    let running = agent.start();
    assert!(wait_until(PATIENCE, || node.receipt_count() == 1));
    running.stop().expect("ends well");
    // As if it had been killed between keeping the alert and confirming it.
    let receipts = agent.paths().folder().join("receipts");
    fs_err::rename(&receipts, agent.folder.path().join("aside")).expect("moves");
    node.inbox.state().received.clear();
    let running = agent.start();
    assert!(wait_until(PATIENCE, || node.receipt_count() == 1));
    running.stop().expect("ends well");
}

#[test]
fn an_alert_damaged_on_the_disk_comes_again_from_the_feed() {
    let node = Node::start();
    let agent = Agent::enrolled(&node);
    let alert = marker_alert(&node);
    node.feed(&everything_about(&node, &alert)[..2]);
    let running = agent.start();
    assert!(wait_until(PATIENCE, || node.receipt_count() == 1));
    running.stop().expect("ends well");
    let id = Envelope::parse(&alert).expect("an alert").id().into();
    let kept = agent.paths().alert(id);
    fs_err::write(&kept, &alert[..100]).expect("writes");
    let running = agent.start();
    let restored = || fs_err::read(&kept).is_ok_and(|bytes| bytes == alert);
    assert!(wait_until(PATIENCE, restored));
    node.feed(&[Node::permit(&alert)]);
    assert!(wait_until(PATIENCE, || node.reports().len() == 1));
    running.stop().expect("ends well");
}

#[test]
fn what_came_before_the_root_that_it_needs_is_taken_after_it() {
    let node = Node::start();
    let agent = Agent::enrolled(&node);
    let alert = marker_alert(&node);
    let new_key = signing_key("new catalogue key");
    let mut root = node.authority.root.clone();
    root.version = 2;
    root.catalogue = RoleKeys {
        keys: vec![new_key.public_key()],
        threshold: 1,
    };
    let envelope = Envelope::parse(&alert).expect("an alert");
    let stated: Alert = envelope.read_unverified().expect("an alert");
    let catalogue = Catalogue {
        schema: 1,
        authority: alerts::authority(),
        version: 1,
        issued_at: root.issued_at,
        expires_at: root.expires_at,
        alerts: vec![CatalogueEntry {
            id: envelope.id().into(),
            number: stated.number,
            version: stated.version,
        }],
    };
    node.feed(&[
        sign(&catalogue, &[&new_key]),
        alert.clone(),
        Node::permit(&alert),
        sign(&root, &[&node.authority.root_keys[0]]),
    ]);
    let running = agent.start();
    assert!(wait_until(PATIENCE, || node.reports().len() == 1));
    running.stop().expect("ends well");
}
