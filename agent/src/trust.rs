//! What this agent believes: roots pinned at enrolment, catalogues, alerts in force, and its organisation's decisions.
//!
//! Every document is verified here before it is kept, and again when it is read back from the disk.

use std::collections::BTreeMap;
use std::io;

use documents::{
    Catalogue, Decision, Envelope, Expiry, Kind, PublicKey, Root, Verified, VerifyError,
    verify_alert, verify_alert_signatures, verify_catalogue, verify_first_root, verify_from,
    verify_next_root,
};
use domain::{Alert, AlertId, OrganisationId};
use jiff::Timestamp;
use thiserror::Error;
use tracing::warn;

use crate::disk;
use crate::paths::AgentPaths;

/// Alerts that may wait for their catalogue, and their bytes together: one of the largest and many of the usual size.
const WAITING_MAX: usize = 1_000;
const WAITING_BYTES_MAX: usize = 128 * 1024 * 1024;

/// The documents that were verified, and where they are kept.
#[derive(Debug)]
pub struct Trust {
    paths: AgentPaths,
    organisation: OrganisationId,
    node_key: PublicKey,
    /// Each authority's roots since the pinned one, oldest first; never empty.
    roots: BTreeMap<OrganisationId, Vec<Verified<Root>>>,
    catalogues: BTreeMap<OrganisationId, Verified<Catalogue>>,
    alerts: BTreeMap<AlertId, Verified<Alert>>,
    decisions: BTreeMap<AlertId, Verified<Decision>>,
    /// Alerts that came before the catalogue that lists them. Kept on disk as well.
    waiting: Vec<Vec<u8>>,
    damaged: bool,
}

/// What became of a document from the feed.
#[derive(Debug)]
pub enum Taken {
    /// An alert that is now in force here for the first time.
    Alert(Verified<Alert>),
    /// A root that replaces the one before it. What was refused under that one may be good now.
    Root,
    /// Something else that was new.
    Other,
    /// It was known, or an older state of what is known.
    Known,
    /// An alert that no catalogue lists yet; it is tried again with the next catalogue.
    Waiting,
}

/// Why a document from the feed was not taken.
#[derive(Debug, Error)]
pub enum TakeError {
    /// It does not verify. It costs itself only.
    #[error(transparent)]
    Refused(#[from] VerifyError),
    /// It is of a kind that does not go to agents.
    #[error("take a {0}, which does not go to agents")]
    Kind(Kind),
    /// It speaks for an authority whose root was not pinned.
    #[error("take a document of '{0}', whose root is not pinned here")]
    NoRoot(OrganisationId),
    /// Another organisation decided.
    #[error("take a decision of '{0}', which is not this host's organisation")]
    OtherOrganisation(OrganisationId),
    /// It could not be written.
    #[error("keep the document")]
    Write(#[from] io::Error),
}

/// Why what an earlier run kept could not be read back.
#[derive(Debug, Error)]
pub enum OpenTrustError {
    /// The folder could not be read.
    #[error("read what was verified before")]
    Read(#[from] io::Error),
    /// A root on the disk is not what was pinned: somebody changed it.
    #[error("trust the root documents in the agent's folder; enrol again if nobody changed them")]
    Root(#[source] VerifyError),
}

impl Trust {
    /// Reads back what an earlier run verified. `node_key` signs decisions.
    pub fn open(
        paths: &AgentPaths,
        organisation: OrganisationId,
        node_key: PublicKey,
    ) -> Result<Self, OpenTrustError> {
        let mut trust = Self {
            paths: paths.clone(),
            organisation,
            node_key,
            roots: BTreeMap::new(),
            catalogues: BTreeMap::new(),
            alerts: BTreeMap::new(),
            decisions: BTreeMap::new(),
            waiting: Vec::new(),
            damaged: false,
        };
        trust.load_roots()?;
        trust.load_the_rest()?;
        Ok(trust)
    }

    /// Keeps the roots that enrolment brought. The first of each authority is pinned; later ones must follow on it.
    /// Nothing is kept unless all of them could be read back by [`Trust::open`].
    pub fn pin_roots(paths: &AgentPaths, roots: &[Vec<u8>]) -> Result<(), TakeError> {
        let mut chains = BTreeMap::new();
        for bytes in roots {
            add_root(&mut chains, bytes)?;
        }
        for root in chains.values().flatten() {
            keep_root(paths, root)?;
        }
        Ok(())
    }

    /// Tells whether something that an earlier run kept could not be read back. The feed, read from its beginning,
    /// brings it again.
    pub const fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// Takes a document from the feed: verifies it, keeps it, and says what it was.
    pub fn take(&mut self, bytes: &[u8], now: Timestamp) -> Result<Taken, TakeError> {
        let envelope = Envelope::parse(bytes).map_err(VerifyError::from)?;
        match envelope.kind() {
            Kind::Root => self.take_root(bytes, now),
            Kind::Catalogue => self.take_catalogue(bytes, now),
            Kind::Alert => self.take_alert(bytes, now),
            Kind::Decision => self.take_decision(bytes),
            other => Err(TakeError::Kind(other)),
        }
    }

    /// Tries the alerts again that came before their catalogue, and returns those now in force.
    pub fn take_waiting(&mut self, now: Timestamp) -> Result<Vec<Verified<Alert>>, TakeError> {
        let mut taken = Vec::new();
        let mut left = Vec::new();
        let before = self.waiting.len();
        let mut waiting = std::mem::take(&mut self.waiting).into_iter();
        let mut outcome = Ok(());
        for bytes in waiting.by_ref() {
            match self.check_alert(&bytes, now) {
                Ok(Checked::Known) => {}
                Ok(Checked::NotListed) => left.push(bytes),
                Ok(Checked::InForce(alert)) => match self.keep_alert(&alert) {
                    Ok(()) => taken.push(alert),
                    // The disk is full, perhaps. The alert goes on waiting, and so do those behind it.
                    Err(error) => {
                        left.push(bytes);
                        outcome = Err(error);
                        break;
                    }
                },
                Err(error) => warn!(%error, "an alert that waited for its catalogue is refused"),
            }
        }
        left.extend(waiting);
        self.waiting = left;
        outcome?;
        if self.waiting.len() != before {
            self.keep_waiting()?;
        }
        Ok(taken)
    }

    /// Returns the alerts to act on: verified, in the current catalogue, not expired, each with the decision about it.
    pub fn in_force(&self, now: Timestamp) -> Vec<(Verified<Alert>, Option<Verified<Decision>>)> {
        self.alerts
            .values()
            .filter(|alert| {
                let catalogue = self.catalogues.get(&alert.authority);
                now < alert.expires_at
                    && catalogue.is_some_and(|catalogue| catalogue.find(alert.alert_id()).is_some())
            })
            .map(|alert| {
                (
                    alert.clone(),
                    self.decisions.get(&alert.alert_id()).cloned(),
                )
            })
            .collect()
    }

    fn take_root(&mut self, bytes: &[u8], now: Timestamp) -> Result<Taken, TakeError> {
        let envelope = Envelope::parse(bytes).map_err(VerifyError::from)?;
        let stated: Root = envelope.read_unverified().map_err(VerifyError::from)?;
        let current = self.root(&stated.authority)?;
        // The feed repeats the chain of roots from the beginning for newcomers.
        if current.id() == envelope.id() || stated.version < current.version {
            return Ok(Taken::Known);
        }
        let root = verify_next_root(bytes, current, Expiry::Enforced(now))?;
        keep_root(&self.paths, &root)?;
        self.roots
            .entry(root.authority.clone())
            .or_default()
            .push(root);
        Ok(Taken::Root)
    }

    fn take_catalogue(&mut self, bytes: &[u8], now: Timestamp) -> Result<Taken, TakeError> {
        let stated: Catalogue = Envelope::parse(bytes)
            .and_then(|envelope| envelope.read_unverified())
            .map_err(VerifyError::from)?;
        let root = self.root(&stated.authority)?;
        let last = self.catalogues.get(&stated.authority);
        let catalogue = verify_catalogue(bytes, root, last, Expiry::Enforced(now))?;
        if last.is_some_and(|last| last.id() == catalogue.id()) {
            return Ok(Taken::Known);
        }
        disk::replace(
            &self.paths.catalogue(&catalogue.authority),
            catalogue.bytes(),
        )?;
        self.catalogues
            .insert(catalogue.authority.clone(), catalogue);
        Ok(Taken::Other)
    }

    fn take_alert(&mut self, bytes: &[u8], now: Timestamp) -> Result<Taken, TakeError> {
        match self.check_alert(bytes, now)? {
            Checked::Known => Ok(Taken::Known),
            Checked::NotListed => self.wait(bytes),
            Checked::InForce(alert) => {
                self.keep_alert(&alert)?;
                Ok(Taken::Alert(alert))
            }
        }
    }

    fn check_alert(&self, bytes: &[u8], now: Timestamp) -> Result<Checked, TakeError> {
        let envelope = Envelope::parse(bytes).map_err(VerifyError::from)?;
        if self.alerts.contains_key(&AlertId::from(envelope.id())) {
            return Ok(Checked::Known);
        }
        let stated: Alert = envelope.read_unverified().map_err(VerifyError::from)?;
        let root = self.root(&stated.authority)?;
        let Some(catalogue) = self.catalogues.get(&stated.authority) else {
            verify_alert_signatures(bytes, root, Expiry::Enforced(now))?;
            return Ok(Checked::NotListed);
        };
        match verify_alert(bytes, root, catalogue, Expiry::Enforced(now)) {
            Ok(alert) => Ok(Checked::InForce(alert)),
            // With the next catalogue it may be in force. Its signatures count even so.
            Err(
                VerifyError::NotInCatalogue(_)
                | VerifyError::Expired {
                    kind: Kind::Catalogue,
                    ..
                },
            ) => {
                verify_alert_signatures(bytes, root, Expiry::Enforced(now))?;
                Ok(Checked::NotListed)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn keep_alert(&mut self, alert: &Verified<Alert>) -> Result<(), TakeError> {
        disk::replace(&self.paths.alert(alert.alert_id()), alert.bytes())?;
        self.alerts.insert(alert.alert_id(), alert.clone());
        Ok(())
    }

    fn take_decision(&mut self, bytes: &[u8]) -> Result<Taken, TakeError> {
        let decision: Verified<Decision> = verify_from(bytes, &self.node_key)?;
        if decision.organisation != self.organisation {
            return Err(TakeError::OtherOrganisation(decision.organisation.clone()));
        }
        if self.knows_decision(&decision) {
            return Ok(Taken::Known);
        }
        disk::replace(&self.paths.decision(decision.alert), decision.bytes())?;
        self.decisions.insert(decision.alert, decision);
        Ok(Taken::Other)
    }

    fn wait(&mut self, bytes: &[u8]) -> Result<Taken, TakeError> {
        if self.waiting.iter().any(|waiting| waiting == bytes) {
            return Ok(Taken::Waiting);
        }
        self.waiting.push(bytes.to_vec());
        // The oldest gives way: it was passed over by more catalogues, and a new alert must never be shut out.
        while self.waiting.len() > 1
            && (self.waiting.len() > WAITING_MAX
                || self.waiting.iter().map(Vec::len).sum::<usize>() > WAITING_BYTES_MAX)
        {
            self.waiting.remove(0);
            warn!("too many alerts wait for a catalogue; the oldest is dropped");
        }
        if let Err(error) = self.keep_waiting() {
            // Not on the disk, so not taken: the page comes again.
            self.waiting.pop();
            return Err(error.into());
        }
        Ok(Taken::Waiting)
    }

    /// The cursor moves past an alert that waits, so the alert must be on the disk before.
    fn keep_waiting(&self) -> io::Result<()> {
        let texts: Vec<String> = self
            .waiting
            .iter()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .collect();
        let bytes = serde_json::to_vec(&texts).map_err(io::Error::other)?;
        disk::replace(&self.paths.waiting(), &bytes)
    }

    fn root(&self, authority: &OrganisationId) -> Result<&Verified<Root>, TakeError> {
        self.roots
            .get(authority)
            .and_then(|chain| chain.last())
            .ok_or_else(|| TakeError::NoRoot(authority.clone()))
    }

    fn load_roots(&mut self) -> Result<(), OpenTrustError> {
        for path in disk::list(&self.paths.roots())? {
            let bytes = fs_err::read(&path)?;
            add_root(&mut self.roots, &bytes).map_err(OpenTrustError::Root)?;
        }
        Ok(())
    }

    /// What does not verify any more is left where it is, and is not acted on. What was taken under an earlier root of
    /// the chain was good then, and stays so: rotating a key withdraws no alert, the catalogue does.
    fn load_the_rest(&mut self) -> Result<(), OpenTrustError> {
        for (authority, chain) in &self.roots {
            let path = self.paths.catalogue(authority);
            let Some(bytes) = disk::read_if_there(&path)? else {
                continue;
            };
            let verified = with_newest(chain, |root| {
                verify_catalogue(&bytes, root, None, Expiry::Ignored).ok()
            });
            if let Some(catalogue) = verified {
                self.catalogues.insert(authority.clone(), catalogue);
            } else {
                self.damaged = true;
                warn!(path = %path.display(), "a catalogue on the disk does not verify");
            }
        }
        for path in disk::list(&self.paths.alerts())? {
            let bytes = fs_err::read(&path)?;
            let verified = self.roots.values().find_map(|chain| {
                with_newest(chain, |root| {
                    verify_alert_signatures(&bytes, root, Expiry::Ignored).ok()
                })
            });
            if let Some(alert) = verified {
                self.alerts.insert(alert.alert_id(), alert);
            } else {
                self.damaged = true;
                warn!(path = %path.display(), "an alert on the disk does not verify");
            }
        }
        self.load_decisions()?;
        self.load_waiting()?;
        Ok(())
    }

    fn load_decisions(&mut self) -> io::Result<()> {
        for path in disk::list(&self.paths.decisions())? {
            let bytes = fs_err::read(&path)?;
            let verified = verify_from::<Decision>(&bytes, &self.node_key)
                .ok()
                .filter(|decision| decision.organisation == self.organisation);
            let Some(decision) = verified else {
                self.damaged = true;
                warn!(path = %path.display(), "a decision on the disk does not verify");
                continue;
            };
            if !self.knows_decision(&decision) {
                self.decisions.insert(decision.alert, decision);
            }
        }
        Ok(())
    }

    fn load_waiting(&mut self) -> io::Result<()> {
        let Some(bytes) = disk::read_if_there(&self.paths.waiting())? else {
            return Ok(());
        };
        match serde_json::from_slice::<Vec<String>>(&bytes) {
            Ok(texts) => self.waiting = texts.into_iter().map(String::into_bytes).collect(),
            Err(error) => {
                self.damaged = true;
                warn!(%error, "the alerts that wait for their catalogue are not readable");
            }
        }
        Ok(())
    }

    /// Tells whether a decision is not newer than what is known.
    fn knows_decision(&self, decision: &Decision) -> bool {
        self.decisions
            .get(&decision.alert)
            .is_some_and(|known| known.revision >= decision.revision)
    }
}

/// Where a signed alert stands.
enum Checked {
    Known,
    /// No catalogue lists it yet.
    NotListed,
    InForce(Verified<Alert>),
}

/// Adds a root to its authority's chain, if it follows on the last one, or begins it.
fn add_root(
    chains: &mut BTreeMap<OrganisationId, Vec<Verified<Root>>>,
    bytes: &[u8],
) -> Result<(), VerifyError> {
    let envelope = Envelope::parse(bytes)?;
    let stated: Root = envelope.read_unverified()?;
    let chain = chains.entry(stated.authority).or_default();
    let root = match chain.last() {
        None => verify_first_root(bytes, envelope.id(), Expiry::Ignored)?,
        Some(current) if current.id() == envelope.id() => return Ok(()),
        Some(current) => verify_next_root(bytes, current, Expiry::Ignored)?,
    };
    chain.push(root);
    Ok(())
}

fn with_newest<T>(
    chain: &[Verified<Root>],
    verify: impl FnMut(&Verified<Root>) -> Option<T>,
) -> Option<T> {
    chain.iter().rev().find_map(verify)
}

/// Names sort by version, so that the chain is read back in order.
fn keep_root(paths: &AgentPaths, root: &Verified<Root>) -> io::Result<()> {
    let name = format!("{}.{:020}.json", root.authority, root.version);
    disk::replace(&paths.roots().join(name), root.bytes())
}

#[cfg(test)]
mod tests;
