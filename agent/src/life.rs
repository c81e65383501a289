//! The life of an agent: three threads, each a loop that reads like the manual.
//!
//! One receives and verifies, one works, one sends. They share what is verified and wake each other; everything that
//! must survive is on the disk before anybody is told of it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use documents::{Envelope, Receipt, SCHEMA, SigningKey};
use domain::{Clock, HostId, SystemClock, chain};
use link::{Backoff, DocumentState, FeedPage, LinkError, ParentClient};
use thiserror::Error;
use tracing::{info, warn};

use crate::disk;
use crate::enrolment::{self, Enrolment, OpenError};
use crate::paths::AgentPaths;
use crate::settings::{Settings, SettingsError};
use crate::spool::Spool;
use crate::sweeping::Sweeper;
use crate::trust::{OpenTrustError, TakeError, Taken, Trust};
use crate::work::{WorkError, Worker};

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
    /// One of its threads has ended by a defect of this program. Half an agent is worse than one that is started anew.
    #[error("go on: the thread '{0}' has ended by a defect of this program; start the agent again")]
    Died(&'static str),
}

/// Runs the agent in `folder` until `stop` becomes true: within seconds, or once the node answers the question that is
/// open. It sets `stop` itself when one of its threads dies. Killing it at any moment loses nothing that it has said.
pub fn run(
    folder: &Path,
    clock: &dyn Clock,
    sweeper: &dyn Sweeper,
    stop: &AtomicBool,
) -> Result<(), RunError> {
    let paths = AgentPaths::new(folder);
    let (enrolment, key) = enrolment::open(&paths)?;
    let settings = Settings::load(&paths.settings())?;
    let _lock = lock(&paths)?;
    let trust = Trust::open(&paths, enrolment.organisation.clone(), enrolment.node_key)?;
    let spool = Spool::open(&paths.spool())?;
    let client = connect(&enrolment, &key)?;
    if trust.is_damaged() {
        warn!("something kept here cannot be read back; asking the node for everything again");
        disk::replace(&paths.cursor(), b"0")?;
    }
    let life = Life {
        host: enrolment.host,
        paths,
        settings,
        key,
        clock,
        sweeper,
        stop,
        spool,
        enrolment: Mutex::new(enrolment),
        trust: Mutex::new(trust),
        client: Mutex::new(Arc::new(client)),
        changed: Changed::default(),
    };
    info!(host = %life.host, "agent runs");
    life.run_threads()
}

struct Life<'a> {
    paths: AgentPaths,
    settings: Settings,
    host: HostId,
    key: SigningKey,
    clock: &'a dyn Clock,
    sweeper: &'a dyn Sweeper,
    stop: &'a AtomicBool,
    spool: Spool,
    enrolment: Mutex<Enrolment>,
    trust: Mutex<Trust>,
    client: Mutex<Arc<ParentClient>>,
    changed: Changed,
}

impl Life<'_> {
    /// Runs until told to stop. A thread that ends takes the others with it.
    fn run_threads(&self) -> Result<(), RunError> {
        let tasks: [Task<'_>; 3] = [
            ("receive", Self::receive),
            ("send", Self::send),
            ("work", Self::work),
        ];
        thread::scope(|scope| {
            let mut threads = Vec::new();
            for (name, task) in tasks {
                let thread = thread::Builder::new().name(name.to_owned());
                let spawned = thread.spawn_scoped(scope, move || {
                    let _ends = EndsAll(self);
                    task(self);
                });
                match spawned {
                    Ok(thread) => threads.push((name, thread)),
                    Err(error) => {
                        drop(EndsAll(self));
                        return Err(error.into());
                    }
                }
            }
            let mut outcome = Ok(());
            for (name, thread) in threads {
                if thread.join().is_err() {
                    outcome = Err(RunError::Died(name));
                }
            }
            outcome
        })
    }

    /// Asks the node for what is new, verifies it, keeps it, and only then moves on.
    fn receive(&self) {
        let mut backoff = Backoff::new(Duration::from_secs(1), RETRY_MAX);
        while !self.stops() {
            self.renew_certificate_in_time();
            let asked_at = Instant::now();
            match self.receive_page() {
                Ok(moved_on) => {
                    backoff.reset();
                    // A node that answers at once although it has nothing new is not asked as fast as it answers.
                    if !moved_on && asked_at.elapsed() < IDLE {
                        self.pause(self.changed.count(), IDLE);
                    }
                }
                Err(error) => {
                    warn!(error = chain(&error), "nothing received");
                    self.pause(self.changed.count(), backoff.next_delay());
                }
            }
        }
    }

    /// Takes one page of the feed. Returns whether the feed has moved on.
    fn receive_page(&self) -> Result<bool, ReceiveError> {
        // What an earlier run took and could not confirm before it was killed.
        self.confirm_receipts()?;
        let cursor = self.load_cursor()?;
        let page = self.client().poll(cursor, self.settings.poll)?;
        if page.documents.is_empty() && page.cursor == cursor {
            return Ok(false);
        }
        let taken = self.take_page(&page);
        // Also after a failure: what was taken before it is known by now and is not told again.
        self.changed.tell();
        let next = match taken? {
            Feed::GoesOn => page.cursor,
            Feed::BeginsAgain => 0,
        };
        self.confirm_receipts()?;
        if next != cursor {
            disk::replace(&self.paths.cursor(), next.to_string().as_bytes())?;
        }
        self.changed.tell();
        Ok(next != cursor)
    }

    fn take_page(&self, page: &FeedPage) -> Result<Feed, TakeError> {
        let now = self.clock.now();
        let mut trust = guard(&self.trust);
        let mut feed = Feed::GoesOn;
        for bytes in &page.documents {
            match trust.take(bytes, now) {
                Ok(Taken::Alert(alert)) => info!(alert = %alert.number, "alert received"),
                Ok(Taken::Root) => feed = Feed::BeginsAgain,
                Ok(Taken::Other | Taken::Known | Taken::Waiting) => {}
                // The disk is full, perhaps: the same page comes again.
                Err(error @ TakeError::Write(_)) => return Err(error),
                Err(error) => warn!(error = chain(&error), "a document is refused"),
            }
        }
        for alert in trust.take_waiting(now)? {
            info!(alert = %alert.number, "alert received, its catalogue after it");
        }
        Ok(feed)
    }

    /// Confirms each alert in force that was not confirmed yet. The spool has the receipt before it is noted as done:
    /// killed between the two, the agent confirms twice, which harms nothing.
    fn confirm_receipts(&self) -> Result<(), ReceiveError> {
        let now = self.clock.now();
        let in_force = guard(&self.trust).in_force(now);
        for (alert, _) in in_force {
            let noted = self.paths.receipt(alert.alert_id());
            if noted.try_exists()? {
                continue;
            }
            let receipt = Receipt {
                schema: SCHEMA,
                host: self.host,
                alert: alert.alert_id(),
                received_at: now,
            };
            let envelope = Envelope::sign(&receipt, &[&self.key])?;
            self.spool.put(envelope.id(), &envelope.to_bytes())?;
            disk::replace(&noted, &envelope.to_bytes())?;
        }
        Ok(())
    }

    /// Sends what is in the spool, and lets go of what the node has on its disk.
    fn send(&self) {
        let mut backoff = Backoff::new(Duration::from_secs(1), RETRY_MAX);
        while !self.stops() {
            match self.send_batch() {
                Ok(Sent::Something) => backoff.reset(),
                Ok(Sent::Nothing) => self.pause(self.changed.count(), IDLE),
                Err(error) => {
                    warn!(error = chain(&error), "nothing sent");
                    self.pause(self.changed.count(), backoff.next_delay());
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
            let seen = self.changed.count();
            match self.do_work() {
                Ok(()) => {
                    backoff.reset();
                    self.pause(seen, RETRY_MAX);
                }
                Err(error) => {
                    warn!(error = chain(&error), "the work is not done");
                    self.pause(self.changed.count(), backoff.next_delay());
                }
            }
        }
    }

    fn do_work(&self) -> Result<(), WorkError> {
        let worker = Worker {
            paths: &self.paths,
            settings: &self.settings,
            host: self.host,
            key: &self.key,
            spool: &self.spool,
            clock: self.clock,
            sweeper: self.sweeper,
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
        // Nothing is kept, here or on the disk, before it is known to be usable.
        let mut renewed = enrolment.clone();
        renewed.chain_pem = self.client().renew()?;
        let client = connect(&renewed, &self.key)?;
        enrolment::save(&self.paths, &renewed)?;
        *enrolment = renewed;
        *guard(&self.client) = Arc::new(client);
        info!("certificate renewed");
        Ok(())
    }

    fn load_cursor(&self) -> Result<u64, ReceiveError> {
        let bytes = disk::read_if_there(&self.paths.cursor())?.unwrap_or_default();
        // Without a readable cursor the feed begins anew; what is known is passed over.
        Ok(String::from_utf8_lossy(&bytes).trim().parse().unwrap_or(0))
    }

    fn client(&self) -> Arc<ParentClient> {
        guard(&self.client).clone()
    }

    /// Waits until something has changed since `seen`, until `time` is over, or until the agent is to stop.
    fn pause(&self, seen: u64, time: Duration) {
        let began = Instant::now();
        while !self.stops() {
            let left = time.saturating_sub(began.elapsed());
            if left.is_zero() || self.changed.wait(seen, left.min(IDLE)) {
                return;
            }
        }
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// What a thread does, and its name.
type Task<'a> = (&'static str, fn(&Life<'a>));

/// Ends the agent when it is dropped: by a thread that returns or panics.
struct EndsAll<'l, 'a>(&'l Life<'a>);

impl Drop for EndsAll<'_, '_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
        self.0.changed.tell();
    }
}

/// How the feed is read after a page.
enum Feed {
    GoesOn,
    /// There is a new root: what was refused without it comes again.
    BeginsAgain,
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

    /// Returns how many changes there were.
    fn count(&self) -> u64 {
        *guard(&self.count)
    }

    /// Waits until there were more changes than `seen`, or for `time`. Returns whether there were.
    fn wait(&self, seen: u64, time: Duration) -> bool {
        let waited = self
            .condition
            .wait_timeout_while(guard(&self.count), time, |now| *now == seen);
        let (count, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *count != seen
    }
}

/// A thread that panicked ends the agent; until then the others see what is whole after each step.
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
    let file = disk::open_private(&paths.lock())?;
    match file.file().try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(RunError::RunsAlready),
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}
