//! The life of an agent: three threads, each a loop that reads like the manual.
//!
//! One receives and verifies, one works, one sends. They share what is verified and wake each other; everything that
//! must survive is on the disk before anybody is told of it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use documents::{Envelope, Receipt, SCHEMA, SigningKey, Verified};
use domain::{Alert, Clock, SystemClock};
use link::{Backoff, DocumentState, LinkError, ParentClient};
use thiserror::Error;
use tracing::{info, warn};

use crate::disk;
use crate::enrolment::{self, Enrolment, OpenError};
use crate::paths::AgentPaths;
use crate::settings::{Settings, SettingsError};
use crate::spool::Spool;
use crate::trust::{OpenTrustError, TakeError, Taken, Trust};
use crate::work::{DetectorMaker, WorkError, Worker, chain};

/// Bytes that are sent at once: a few reports, far below what a node takes.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The longest wait after a failure of the link.
const RETRY_MAX: Duration = Duration::from_mins(1);
/// How often idle threads look whether they are to stop.
const IDLE: Duration = Duration::from_secs(1);

/// Why an agent cannot run.
#[derive(Debug, Error)]
pub enum RunError {
    /// It has not enrolled, or its folder is damaged.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its settings are not valid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// What it verified before cannot be read back.
    #[error(transparent)]
    Trust(#[from] OpenTrustError),
    /// Another agent runs in this folder.
    #[error("run: another agent uses this folder")]
    RunsAlready,
    /// Its folder cannot be used.
    #[error("use the agent's folder")]
    Disk(#[from] std::io::Error),
    /// The address or certificate of its node is not valid.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// Runs the agent in `folder` until `stop` becomes true. Killing it at any moment loses nothing that it has said.
pub fn run(
    folder: &Path,
    clock: &dyn Clock,
    detectors: &dyn DetectorMaker,
    stop: &AtomicBool,
) -> Result<(), RunError> {
    let paths = AgentPaths::new(folder);
    let (enrolment, key) = enrolment::open(&paths)?;
    let settings = Settings::load(&paths.settings())?;
    let _lock = lock(&paths)?;
    let trust = Trust::open(&paths, enrolment.organisation.clone(), enrolment.node_key)?;
    let spool = Spool::open(&paths.spool())?;
    let client = connect(&enrolment, &key)?;
    let life = Life {
        paths,
        settings,
        key,
        clock,
        detectors,
        stop,
        spool,
        enrolment: Mutex::new(enrolment),
        trust: Mutex::new(trust),
        client: Mutex::new(Arc::new(client)),
        changed: Changed::default(),
    };
    info!(host = %life.host(), "agent runs");
    std::thread::scope(|scope| {
        scope.spawn(|| life.receive());
        scope.spawn(|| life.send());
        life.work();
    });
    Ok(())
}

struct Life<'a> {
    paths: AgentPaths,
    settings: Settings,
    key: SigningKey,
    clock: &'a dyn Clock,
    detectors: &'a dyn DetectorMaker,
    stop: &'a AtomicBool,
    spool: Spool,
    enrolment: Mutex<Enrolment>,
    trust: Mutex<Trust>,
    client: Mutex<Arc<ParentClient>>,
    changed: Changed,
}

impl Life<'_> {
    /// Asks the node for what is new, verifies it, keeps it, and only then moves on.
    fn receive(&self) {
        let mut backoff = Backoff::new(Duration::from_secs(1), RETRY_MAX);
        while !self.stops() {
            self.renew_certificate_in_time();
            match self.receive_page() {
                Ok(()) => backoff.reset(),
                Err(error) => {
                    warn!(error = chain(&error), "nothing received");
                    self.changed.wait(backoff.next_delay());
                }
            }
        }
    }

    fn receive_page(&self) -> Result<(), ReceiveError> {
        let cursor = self.load_cursor()?;
        let page = self.client().poll(cursor, self.settings.poll)?;
        let now = self.clock.now();
        let mut alerts = Vec::new();
        {
            let mut trust = guard(&self.trust);
            for bytes in &page.documents {
                match trust.take(bytes, now) {
                    Ok(Taken::Alert(alert)) => alerts.push(alert),
                    Ok(_) => {}
                    // The disk is full, perhaps: the same page comes again.
                    Err(TakeError::Write(error)) => return Err(error.into()),
                    Err(error) => warn!(error = chain(&error), "a document is refused"),
                }
            }
            alerts.extend(trust.take_waiting(now)?);
        }
        for alert in &alerts {
            self.confirm_receipt(alert)?;
        }
        if page.cursor != cursor {
            disk::replace(&self.paths.cursor(), page.cursor.to_string().as_bytes())?;
        }
        if !page.documents.is_empty() {
            self.changed.tell();
        }
        Ok(())
    }

    fn confirm_receipt(&self, alert: &Verified<Alert>) -> Result<(), ReceiveError> {
        let receipt = Receipt {
            schema: SCHEMA,
            host: self.host(),
            alert: alert.alert_id(),
            received_at: self.clock.now(),
        };
        let envelope = Envelope::sign(&receipt, &[&self.key])?;
        Ok(self.spool.put(envelope.id(), &envelope.to_bytes())?)
    }

    /// Sends what is in the spool, and lets go of what the node has on its disk.
    fn send(&self) {
        let mut backoff = Backoff::new(Duration::from_secs(1), RETRY_MAX);
        while !self.stops() {
            match self.send_batch() {
                Ok(Sent::Something) => backoff.reset(),
                Ok(Sent::Nothing) => self.changed.wait(IDLE),
                Err(error) => {
                    warn!(error = chain(&error), "nothing sent");
                    self.changed.wait(backoff.next_delay());
                }
            }
        }
    }

    fn send_batch(&self) -> Result<Sent, ReceiveError> {
        let batch = self.spool.oldest(BATCH_BYTES_MAX)?;
        if batch.is_empty() {
            return Ok(Sent::Nothing);
        }
        let documents: Vec<Vec<u8>> = batch.iter().map(|spooled| spooled.bytes.clone()).collect();
        let answers = self.client().send(&documents)?;
        for (spooled, answer) in batch.iter().zip(&answers) {
            if let DocumentState::Refused { reason } = &answer.state {
                warn!(
                    reason,
                    "the node refuses a document; sending it again is pointless"
                );
            }
            self.spool.remove(spooled)?;
        }
        Ok(Sent::Something)
    }

    /// Does what is permitted and not done yet; then waits until something changes.
    fn work(&self) {
        let mut backoff = Backoff::new(Duration::from_secs(5), RETRY_MAX);
        while !self.stops() {
            match self.do_work() {
                Ok(()) => {
                    backoff.reset();
                    self.changed.wait(IDLE);
                }
                Err(error) => {
                    warn!(error = chain(&error), "the work is not done");
                    self.changed.wait(backoff.next_delay());
                }
            }
        }
    }

    fn do_work(&self) -> Result<(), WorkError> {
        let host = self.host();
        let worker = Worker {
            paths: &self.paths,
            settings: &self.settings,
            host,
            key: &self.key,
            spool: &self.spool,
            clock: self.clock,
            detectors: self.detectors,
            stop: self.stop,
        };
        let in_force = guard(&self.trust).in_force(self.clock.now());
        let jobs = worker.list_jobs(in_force)?;
        if jobs.is_empty() {
            return Ok(());
        }
        let outcome = worker.do_jobs(&jobs);
        self.changed.tell();
        outcome
    }

    fn renew_certificate_in_time(&self) {
        if let Err(error) = self.try_to_renew() {
            warn!(error = chain(&error), "the certificate is not renewed");
        }
    }

    fn try_to_renew(&self) -> Result<(), ReceiveError> {
        let mut enrolment = guard(&self.enrolment);
        let identity = enrolment::identity(&enrolment, &self.key)?;
        // The TLS library goes by the machine's clock, so the certificate's age does too.
        if SystemClock.now() < identity.renew_at() {
            return Ok(());
        }
        enrolment.chain_pem = self.client().renew()?;
        enrolment::save(&self.paths, &enrolment)?;
        *guard(&self.client) = Arc::new(connect(&enrolment, &self.key)?);
        info!("certificate renewed");
        Ok(())
    }

    fn load_cursor(&self) -> Result<u64, ReceiveError> {
        let bytes = disk::read_if_there(&self.paths.cursor())?.unwrap_or_default();
        // Without a readable cursor the feed begins anew; what is known is passed over.
        Ok(String::from_utf8_lossy(&bytes).trim().parse().unwrap_or(0))
    }

    fn host(&self) -> domain::HostId {
        guard(&self.enrolment).host
    }

    fn client(&self) -> Arc<ParentClient> {
        guard(&self.client).clone()
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

enum Sent {
    Nothing,
    Something,
}

#[derive(Debug, Error)]
enum ReceiveError {
    #[error(transparent)]
    Disk(#[from] std::io::Error),
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Sign(#[from] documents::SignError),
    #[error(transparent)]
    Take(#[from] TakeError),
}

/// Wakes the threads when something has changed for one of them.
#[derive(Default)]
struct Changed {
    count: Mutex<u64>,
    condition: Condvar,
}

impl Changed {
    fn tell(&self) {
        *guard(&self.count) += 1;
        self.condition.notify_all();
    }

    /// Waits for a change, or for `time`.
    fn wait(&self, time: Duration) {
        let count = guard(&self.count);
        let before = *count;
        let waited = self
            .condition
            .wait_timeout_while(count, time, |now| *now == before);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

/// A panic in one thread costs that thread's item, not the agent: what the lock guards is whole after each step.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(enrolment: &Enrolment, key: &SigningKey) -> Result<ParentClient, RunError> {
    let identity = enrolment::identity(enrolment, key)?;
    Ok(ParentClient::new(
        &enrolment.urls,
        &enrolment.authority_pem,
        &identity,
    )?)
}

/// Held as long as the agent runs; the system lets go of it when the process ends, however it ends.
fn lock(paths: &AgentPaths) -> Result<fs_err::File, RunError> {
    let file = fs_err::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(paths.lock())?;
    match file.file().try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(RunError::RunsAlready),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}
