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

/// Alerts that may wait for their catalogue: more than any authority has in force, small enough to hold.
const WAITING_MAX: usize = 1_000;

/// The documents that were verified, and where they are kept.
#[derive(Debug)]
pub struct Trust {
    paths: AgentPaths,
    organisation: OrganisationId,
    node_key: PublicKey,
    roots: BTreeMap<OrganisationId, Verified<Root>>,
    catalogues: BTreeMap<OrganisationId, Verified<Catalogue>>,
    alerts: BTreeMap<AlertId, Verified<Alert>>,
    decisions: BTreeMap<AlertId, Verified<Decision>>,
    /// Alerts that came before the catalogue that lists them. Kept on disk as well.
    waiting: Vec<Vec<u8>>,
}

/// What became of a document from the feed.
#[derive(Debug)]
pub enum Taken {
    /// An alert that is now in force here for the first time.
    Alert(Verified<Alert>),
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
    /// Too many alerts wait for a catalogue.
    #[error("keep more than {WAITING_MAX} alerts that no catalogue lists")]
    TooManyWaiting,
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
        };
        trust.load_roots()?;
        trust.load_the_rest()?;
        Ok(trust)
    }

    /// Keeps the roots that enrolment brought. They are pinned: later ones must be signed by these.
    pub fn pin_roots(paths: &AgentPaths, roots: &[Vec<u8>]) -> Result<(), TakeError> {
        for bytes in roots {
            let envelope = Envelope::parse(bytes).map_err(VerifyError::from)?;
            let root = verify_first_root(bytes, envelope.id(), Expiry::Ignored)?;
            keep_root(paths, &root)?;
        }
        Ok(())
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
        for bytes in std::mem::take(&mut self.waiting) {
            match self.take_alert(&bytes, now) {
                Ok(Taken::Alert(alert)) => taken.push(alert),
                Ok(_) => {}
                Err(error) => warn!(%error, "an alert that waited for its catalogue is refused"),
            }
        }
        self.keep_waiting()?;
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
        self.roots.insert(root.authority.clone(), root);
        Ok(Taken::Other)
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
        let envelope = Envelope::parse(bytes).map_err(VerifyError::from)?;
        if self.alerts.contains_key(&AlertId::from(envelope.id())) {
            return Ok(Taken::Known);
        }
        let stated: Alert = envelope.read_unverified().map_err(VerifyError::from)?;
        let root = self.root(&stated.authority)?;
        let Some(catalogue) = self.catalogues.get(&stated.authority) else {
            verify_alert_signatures(bytes, root, Expiry::Enforced(now))?;
            return self.wait(bytes);
        };
        match verify_alert(bytes, root, catalogue, Expiry::Enforced(now)) {
            Ok(alert) => {
                disk::replace(&self.paths.alert(alert.alert_id()), alert.bytes())?;
                self.alerts.insert(alert.alert_id(), alert.clone());
                Ok(Taken::Alert(alert))
            }
            Err(VerifyError::NotInCatalogue(_)) => self.wait(bytes),
            Err(error) => Err(error.into()),
        }
    }

    fn take_decision(&mut self, bytes: &[u8]) -> Result<Taken, TakeError> {
        let decision: Verified<Decision> = verify_from(bytes, &self.node_key)?;
        if decision.organisation != self.organisation {
            return Err(TakeError::OtherOrganisation(decision.organisation.clone()));
        }
        if self
            .decisions
            .get(&decision.alert)
            .is_some_and(|known| known.revision >= decision.revision)
        {
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
        if self.waiting.len() >= WAITING_MAX {
            return Err(TakeError::TooManyWaiting);
        }
        self.waiting.push(bytes.to_vec());
        self.keep_waiting()?;
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
            .ok_or_else(|| TakeError::NoRoot(authority.clone()))
    }

    fn load_roots(&mut self) -> Result<(), OpenTrustError> {
        for path in disk::list(&self.paths.roots())? {
            let bytes = fs_err::read(&path)?;
            let envelope =
                Envelope::parse(&bytes).map_err(|error| OpenTrustError::Root(error.into()))?;
            let stated: Root = envelope
                .read_unverified()
                .map_err(|error| OpenTrustError::Root(error.into()))?;
            let root = match self.roots.get(&stated.authority) {
                None => verify_first_root(&bytes, envelope.id(), Expiry::Ignored),
                Some(current) => verify_next_root(&bytes, current, Expiry::Ignored),
            }
            .map_err(OpenTrustError::Root)?;
            self.roots.insert(root.authority.clone(), root);
        }
        Ok(())
    }

    /// What does not verify any more is left where it is, and is not acted on.
    fn load_the_rest(&mut self) -> Result<(), OpenTrustError> {
        for (authority, root) in &self.roots {
            let Some(bytes) = disk::read_if_there(&self.paths.catalogue(authority))? else {
                continue;
            };
            match verify_catalogue(&bytes, root, None, Expiry::Ignored) {
                Ok(catalogue) => {
                    self.catalogues.insert(authority.clone(), catalogue);
                }
                Err(error) => {
                    warn!(%authority, %error, "the catalogue on the disk does not verify");
                }
            }
        }
        for path in disk::list(&self.paths.alerts())? {
            let bytes = fs_err::read(&path)?;
            let verified = self
                .roots
                .values()
                .find_map(|root| verify_alert_signatures(&bytes, root, Expiry::Ignored).ok());
            let Some(alert) = verified else {
                warn!(path = %path.display(), "an alert on the disk does not verify");
                continue;
            };
            self.alerts.insert(alert.alert_id(), alert);
        }
        self.load_decisions()?;
        let waiting = disk::read_if_there(&self.paths.waiting())?.unwrap_or_default();
        let waiting: Vec<String> = serde_json::from_slice(&waiting).unwrap_or_default();
        self.waiting = waiting.into_iter().map(String::into_bytes).collect();
        Ok(())
    }

    fn load_decisions(&mut self) -> io::Result<()> {
        for path in disk::list(&self.paths.decisions())? {
            if let Ok(decision) = verify_from::<Decision>(&fs_err::read(&path)?, &self.node_key) {
                self.decisions.insert(decision.alert, decision);
            }
        }
        Ok(())
    }
}

/// Names sort by version, so that the chain is read back in order.
fn keep_root(paths: &AgentPaths, root: &Verified<Root>) -> io::Result<()> {
    let name = format!("{}.{:020}.json", root.authority, root.version);
    disk::replace(&paths.roots().join(name), root.bytes())
}
