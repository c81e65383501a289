//! The node itself: opened once in a process, cloned freely, safe to use from every thread.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use documents::{KeyError, PublicKey, SigningKey};
use domain::{Alert, AlertId, Clock, OrganisationId};
use jiff::Timestamp;
use link::{AuthorityError, CertificateAuthority, Peer};
use store::{Change, Store, StoreError};
use thiserror::Error;
use tokio::sync::watch;

use crate::bell::Bell;
use crate::config::{Config, ConfigError};
use crate::paths::NodePaths;
use crate::secret_files::{read_secret, save_secret};

/// Why the node's state could not be used.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The database failed.
    #[error("use the node's database")]
    Database(#[from] StoreError),
}

/// Why a node was not created.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The settings are not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The folder holds a node already.
    #[error("create a node in '{0}': there is one already")]
    Exists(String),
    /// A file could not be written.
    #[error("write the node's files")]
    File(#[from] io::Error),
    /// The operating system gave no random numbers.
    #[error("draw random numbers")]
    Random(#[from] getrandom::Error),
    /// The authority for the node's children could not be made.
    #[error("make the authority for the node's children")]
    Authority(#[from] AuthorityError),
    /// The database could not be created.
    #[error("create the node's database")]
    Database(#[from] StoreError),
}

/// Why a node could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The settings are not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file could not be read.
    #[error("read the node's files")]
    File(#[from] io::Error),
    /// A key cannot be used.
    #[error("use the node's key")]
    Key(#[from] KeyError),
    /// The authority for the node's children cannot be used.
    #[error("use the authority for the node's children")]
    Authority(#[from] AuthorityError),
    /// The database could not be opened.
    #[error("open the node's database")]
    Database(#[from] StoreError),
}

/// One node.
#[derive(Clone)]
pub struct Node {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Store,
    pub(crate) key: SigningKey,
    pub(crate) catalogue_key: Option<SigningKey>,
    pub(crate) authority: Arc<CertificateAuthority>,
    /// Alerts that were read lately: parsing one with a large rule pack takes longer than everything else on a page.
    pub(crate) alerts_read: Mutex<HashMap<AlertId, Arc<Alert>>>,
    /// Who was heard of since the last time it was written down.
    pub(crate) seen: Mutex<HashMap<Peer, Timestamp>>,
    pub(crate) bell: Bell,
    changed: watch::Sender<u64>,
    feeds_changed: watch::Sender<u64>,
}

impl Node {
    /// Creates a node in `folder`: settings, keys and database. The folder must be empty or not there.
    pub fn create(folder: &Path, config: &Config) -> Result<(), CreateError> {
        let paths = NodePaths::new(folder);
        config.check(&paths.config())?;
        create_private_folder(folder)?;
        if paths.config().try_exists()? {
            return Err(CreateError::Exists(folder.display().to_string()));
        }
        save_secret(&paths.node_key(), &SigningKey::generate()?.to_pkcs8_der())?;
        let authority = CertificateAuthority::create(&config.name)?;
        save_secret(&paths.authority_key(), authority.key_pem().as_bytes())?;
        save_secret(
            &paths.authority_certificate(),
            authority.certificate_pem().as_bytes(),
        )?;
        if config.authority.is_some() {
            save_secret(
                &paths.catalogue_key(),
                &SigningKey::generate()?.to_pkcs8_der(),
            )?;
        }
        Store::open(paths.folder())?;
        // Last: a folder without settings is not a node yet, and creating it can be tried again.
        save_secret(&paths.config(), config.to_toml().as_bytes())?;
        Ok(())
    }

    /// Opens the node in `folder`. Several processes may do so at once.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let paths = NodePaths::new(folder);
        let config = Config::load(&paths.config())?;
        let catalogue_key = match config.authority {
            Some(_) => Some(SigningKey::from_pkcs8_der(&read_secret(
                &paths.catalogue_key(),
            )?)?),
            None => None,
        };
        let authority = CertificateAuthority::from_pem(
            &fs_err::read_to_string(paths.authority_certificate())?,
            &fs_err::read_to_string(paths.authority_key())?,
        )?;
        Ok(Self {
            inner: Arc::new(Inner {
                key: SigningKey::from_pkcs8_der(&read_secret(&paths.node_key())?)?,
                catalogue_key,
                authority: Arc::new(authority),
                store: Store::open(paths.folder())?,
                config,
                clock,
                alerts_read: Mutex::default(),
                seen: Mutex::default(),
                bell: Bell::default(),
                changed: watch::Sender::new(0),
                feeds_changed: watch::Sender::new(0),
            }),
        })
    }

    /// Returns the node's settings.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Returns the id of this node's organisation.
    pub fn organisation(&self) -> &OrganisationId {
        &self.inner.config.organisation
    }

    /// Returns the name of this node's organisation.
    pub fn organisation_name(&self) -> &str {
        &self.inner.config.name
    }

    /// Returns the clock that this node goes by.
    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    /// Returns the key with which this node signs what it says.
    pub fn public_key(&self) -> PublicKey {
        self.inner.key.public_key()
    }

    /// Returns the key with which this node signs catalogues, for the authority's root; nothing where it issues none.
    pub fn catalogue_key(&self) -> Option<PublicKey> {
        self.inner
            .catalogue_key
            .as_ref()
            .map(SigningKey::public_key)
    }

    /// Returns a number that grows with each committed change, also those of other processes on the same folder.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    pub(crate) fn subscribe_to_feeds(&self) -> watch::Receiver<u64> {
        self.inner.feeds_changed.subscribe()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Returns the revision after `before`. Revisions follow the clock, so that a node that was restored from an old copy
    /// is not taken for one that repeats itself.
    pub(crate) fn next_revision(&self, before: Option<u64>) -> u64 {
        let seconds = u64::try_from(self.now().as_second()).unwrap_or(0);
        before.unwrap_or(0).saturating_add(1).max(seconds)
    }

    /// Changes the state in one transaction, and tells everybody who waits for it once it is on disk.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        touches: Touches,
        change: impl FnOnce(&Change<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let value = self.inner.store.write(change)?;
        self.announce(touches);
        Ok(value)
    }

    /// Tells everybody who waits that something has changed.
    pub(crate) fn announce(&self, touches: Touches) {
        self.inner.changed.send_modify(|count| *count += 1);
        if touches == Touches::Feeds {
            self.inner.feeds_changed.send_modify(|count| *count += 1);
        }
        self.inner.bell.ring();
    }
}

/// Who has to look after a change. A thousand agents that wait for their feed must not wake for each other's reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touches {
    /// Also whoever reads a feed, and who is on the roster.
    Feeds,
    /// The pages, and what goes up.
    Picture,
}

/// Takes a lock; what a panic interrupted was in a transaction, so what the lock guards is whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn create_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;

    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}
