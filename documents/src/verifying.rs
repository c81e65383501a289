//! The only place that makes a [`Verified`], and so the only way to a document that may be acted on.
//!
//! The order is the same everywhere: length, envelope, type, signatures, and only then is the payload read. Nothing
//! that an unknown key wrote reaches a payload's parser.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;

use domain::{Alert, AlertId, DocumentId, OrganisationId};
use jiff::Timestamp;
use thiserror::Error;

use crate::catalogue::Catalogue;
use crate::envelope::{Envelope, EnvelopeError};
use crate::keys::PublicKey;
use crate::kind::{Document, Kind};
use crate::root::{RoleKeys, Root};
use crate::strict_json::{self, StrictJsonError};

/// Whether dates count. They do, except for what was verified once and is read again from our own disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// What has expired at this instant is refused, and so is what relies on it.
    Enforced(Timestamp),
    /// Dates are not looked at. Only for documents that were verified when they came and were kept since.
    Ignored,
}

/// Why a document is refused.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// A signature by a key that counts does not fit the bytes: they were changed, or it was made up.
    #[error("verify the document: the signature of key {0} does not fit the bytes")]
    BadSignature(PublicKey),
    /// The catalogue lists the alert under another number or version.
    #[error("verify the alert: the catalogue has it as '{number}' version {version}")]
    CatalogueMismatch {
        /// The number that the catalogue states.
        number: String,
        /// The version that the catalogue states.
        version: u32,
    },
    /// The envelope cannot be read.
    #[error("verify the document")]
    Envelope(#[source] EnvelopeError),
    /// Two different documents claim one version: different people are shown different things.
    #[error("verify the {kind}: version {version} has been seen with other content")]
    Equivocation {
        /// What it is.
        kind: Kind,
        /// The version that both claim.
        version: u64,
    },
    /// It has expired, or what it relies on has.
    #[error("verify the document: the {kind} has expired at {expired_at}")]
    Expired {
        /// What has expired.
        kind: Kind,
        /// When.
        expired_at: Timestamp,
    },
    /// The parts of the payload contradict each other.
    #[error("verify the {kind}: {reason}")]
    Invalid {
        /// What it is.
        kind: Kind,
        /// What is wrong with it.
        reason: String,
    },
    /// The catalogue does not list the alert.
    #[error("verify the alert: {0} is not in the catalogue")]
    NotInCatalogue(AlertId),
    /// It is signed for one authority and speaks for another.
    #[error("verify the {kind}: it speaks for '{found}', not for '{expected}'")]
    OtherAuthority {
        /// What it is.
        kind: Kind,
        /// Whose document it should be.
        expected: OrganisationId,
        /// Whose it says it is.
        found: OrganisationId,
    },
    /// The payload is not strict JSON with the fields of its kind.
    #[error("verify the document: its payload is not as its kind requires")]
    Payload(#[source] StrictJsonError),
    /// The first root is not the pinned one.
    #[error("verify the root: its id is {found}, the pinned one is {pin}")]
    Pin {
        /// The pinned id.
        pin: DocumentId,
        /// The id of what was shown.
        found: DocumentId,
    },
    /// It is older than one that has been seen.
    #[error("verify the {kind}: version {found} is older than version {seen}, which has been seen")]
    Rollback {
        /// What it is.
        kind: Kind,
        /// The version that was shown.
        found: u64,
        /// The version that has been seen.
        seen: u64,
    },
    /// A root does not follow on the one before it.
    #[error("verify the root: version {found} does not follow on version {current}")]
    RootVersion {
        /// The version that was shown.
        found: u64,
        /// The version that is trusted.
        current: u64,
    },
    /// One key is listed with two signatures.
    #[error("verify the document: key {0} is listed twice")]
    SignedTwice(PublicKey),
    /// It is longer than its kind may be.
    #[error("verify the document: {found} bytes are more than the {max} of this kind")]
    TooLong {
        /// How many bytes it has.
        found: usize,
        /// How many are accepted.
        max: usize,
    },
    /// Too few keys of the role have signed, and no others.
    #[error("verify the {kind}: {valid} of {needed} signatures")]
    TooFewSignatures {
        /// What it is.
        kind: Kind,
        /// How many valid ones there are.
        valid: usize,
        /// How many are needed.
        needed: u32,
    },
    /// Too few keys of the role have signed; this one has, and does not belong to it.
    #[error(
        "verify the {kind}: key {key} has no say in it, and without it there are {valid} of {needed} signatures"
    )]
    UnknownKey {
        /// What it is.
        kind: Kind,
        /// The first key that does not belong.
        key: PublicKey,
        /// How many valid signatures there are.
        valid: usize,
        /// How many are needed.
        needed: u32,
    },
    /// It is of another kind.
    #[error("verify the document: it is of the kind '{found}', not '{expected}'")]
    WrongKind {
        /// What was asked for.
        expected: Kind,
        /// What was shown.
        found: Kind,
    },
}

impl From<EnvelopeError> for VerifyError {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::SignedTwice(key) => Self::SignedTwice(key),
            EnvelopeError::TooLong { found, max } => Self::TooLong { found, max },
            other => Self::Envelope(other),
        }
    }
}

/// A document that was verified: the only life in which it may be acted on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Verified<T> {
    value: Arc<T>,
    id: DocumentId,
    bytes: Arc<[u8]>,
    signers: Vec<PublicKey>,
}

impl<T> Verified<T> {
    /// Returns what the document says.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns its id.
    pub const fn id(&self) -> DocumentId {
        self.id
    }

    /// Returns the envelope's bytes exactly as they came: what is stored and relayed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the keys whose signatures counted.
    pub fn signers(&self) -> &[PublicKey] {
        &self.signers
    }
}

impl Verified<Alert> {
    /// Returns the alert's id.
    pub fn alert_id(&self) -> AlertId {
        self.id.into()
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Verifies the root that an organisation pinned when it enrolled. Any version may be pinned.
pub fn verify_first_root(
    bytes: &[u8],
    pin: DocumentId,
    expiry: Expiry,
) -> Result<Verified<Root>, VerifyError> {
    let envelope = open::<Root>(bytes)?;
    let found = envelope.id();
    if found != pin {
        return Err(VerifyError::Pin { pin, found });
    }
    // The pin vouches for the bytes, so the keys may be read before they are checked.
    let root: Root = read(&envelope)?;
    let signers = check_threshold(&envelope, &root.root)?;
    check_expiry(Kind::Root, root.expires_at, expiry)?;
    Ok(seal(root, &envelope, bytes, signers))
}

/// Verifies the root that replaces `current`: signed by enough of the old and of the new root keys, one version later.
/// An expired `current` can still be replaced.
pub fn verify_next_root(
    bytes: &[u8],
    current: &Verified<Root>,
    expiry: Expiry,
) -> Result<Verified<Root>, VerifyError> {
    let envelope = open::<Root>(bytes)?;
    check_threshold(&envelope, &current.root)?;
    let root: Root = read(&envelope)?;
    let signers = check_threshold(&envelope, &root.root)?;
    check_authority(Kind::Root, &current.authority, &root.authority)?;
    if root.version == current.version && envelope.id() != current.id() {
        return Err(VerifyError::Equivocation {
            kind: Kind::Root,
            version: root.version,
        });
    }
    if root.version < current.version {
        return Err(VerifyError::Rollback {
            kind: Kind::Root,
            found: root.version,
            seen: current.version,
        });
    }
    if current.version.checked_add(1) != Some(root.version) {
        return Err(VerifyError::RootVersion {
            found: root.version,
            current: current.version,
        });
    }
    check_expiry(Kind::Root, root.expires_at, expiry)?;
    Ok(seal(root, &envelope, bytes, signers))
}

/// Verifies a pinned root and every root that followed on it, oldest first, and returns the last. Only the last one must
/// not have expired.
pub fn verify_root_chain(
    chain: &[Vec<u8>],
    pin: DocumentId,
    expiry: Expiry,
) -> Result<Verified<Root>, VerifyError> {
    let (first, rest) = chain.split_first().ok_or(VerifyError::Invalid {
        kind: Kind::Root,
        reason: "there is no root".to_owned(),
    })?;
    let mut root = verify_first_root(first, pin, Expiry::Ignored)?;
    for next in rest {
        root = verify_next_root(next, &root, Expiry::Ignored)?;
    }
    check_expiry(Kind::Root, root.expires_at, expiry)?;
    Ok(root)
}

/// Verifies a catalogue, and that it is not older than the `last` one seen. The same one again is accepted.
pub fn verify_catalogue(
    bytes: &[u8],
    root: &Verified<Root>,
    last: Option<&Verified<Catalogue>>,
    expiry: Expiry,
) -> Result<Verified<Catalogue>, VerifyError> {
    check_expiry(Kind::Root, root.expires_at, expiry)?;
    let envelope = open::<Catalogue>(bytes)?;
    let signers = check_threshold(&envelope, &root.catalogue)?;
    let catalogue: Catalogue = read(&envelope)?;
    check_authority(Kind::Catalogue, &root.authority, &catalogue.authority)?;
    if let Some(last) = last.filter(|last| last.authority == catalogue.authority) {
        if catalogue.version < last.version {
            return Err(VerifyError::Rollback {
                kind: Kind::Catalogue,
                found: catalogue.version,
                seen: last.version,
            });
        }
        if catalogue.version == last.version && envelope.id() != last.id() {
            return Err(VerifyError::Equivocation {
                kind: Kind::Catalogue,
                version: catalogue.version,
            });
        }
    }
    check_expiry(Kind::Catalogue, catalogue.expires_at, expiry)?;
    Ok(seal(catalogue, &envelope, bytes, signers))
}

/// Verifies an alert that the `catalogue` has in force.
pub fn verify_alert(
    bytes: &[u8],
    root: &Verified<Root>,
    catalogue: &Verified<Catalogue>,
    expiry: Expiry,
) -> Result<Verified<Alert>, VerifyError> {
    check_authority(Kind::Catalogue, &root.authority, &catalogue.authority)?;
    check_expiry(Kind::Catalogue, catalogue.expires_at, expiry)?;
    let alert = verify_alert_signatures(bytes, root, expiry)?;
    let entry = catalogue
        .find(alert.alert_id())
        .ok_or_else(|| VerifyError::NotInCatalogue(alert.alert_id()))?;
    if entry.number != alert.number || entry.version != alert.version {
        return Err(VerifyError::CatalogueMismatch {
            number: entry.number.clone(),
            version: entry.version,
        });
    }
    Ok(alert)
}

/// Verifies an alert's signatures, authority, dates and content, but not that it is in force: for the issuer, who puts
/// it into the catalogue next, and for what was accepted earlier and is read again from our own disk.
pub fn verify_alert_signatures(
    bytes: &[u8],
    root: &Verified<Root>,
    expiry: Expiry,
) -> Result<Verified<Alert>, VerifyError> {
    check_expiry(Kind::Root, root.expires_at, expiry)?;
    let envelope = open::<Alert>(bytes)?;
    let signers = check_threshold(&envelope, &root.officers)?;
    let alert: Alert = read(&envelope)?;
    check_authority(Kind::Alert, &root.authority, &alert.authority)?;
    check_expiry(Kind::Alert, alert.expires_at, expiry)?;
    Ok(seal(alert, &envelope, bytes, signers))
}

/// Verifies a document that one known peer signed: a decision, a receipt, a report, a roll-up, a shared finding. What
/// it says about organisations and hosts must still be compared with who that peer is.
pub fn verify_from<T: Document>(bytes: &[u8], key: &PublicKey) -> Result<Verified<T>, VerifyError> {
    let envelope = open::<T>(bytes)?;
    let peer = RoleKeys {
        keys: vec![*key],
        threshold: 1,
    };
    let signers = check_threshold(&envelope, &peer)?;
    let value = read(&envelope)?;
    Ok(seal(value, &envelope, bytes, signers))
}

/// Returns which keys of `role` have validly signed so far, for documents that still lack signatures. A bad signature
/// by a key of the role is refused.
pub fn valid_signers(
    envelope: &Envelope,
    role: &RoleKeys,
) -> Result<BTreeSet<PublicKey>, VerifyError> {
    let mut signers = BTreeSet::new();
    for (key, good) in envelope.check_signatures() {
        if !role.contains(&key) {
            continue;
        }
        if !good {
            return Err(VerifyError::BadSignature(key));
        }
        signers.insert(key);
    }
    Ok(signers)
}

fn open<T: Document>(bytes: &[u8]) -> Result<Envelope, VerifyError> {
    let max = T::KIND.envelope_bytes_max();
    if bytes.len() > max {
        return Err(VerifyError::TooLong {
            found: bytes.len(),
            max,
        });
    }
    let envelope = Envelope::parse(bytes)?;
    if envelope.kind() != T::KIND {
        return Err(VerifyError::WrongKind {
            expected: T::KIND,
            found: envelope.kind(),
        });
    }
    Ok(envelope)
}

/// Counts keys, never signatures: the set holds each key once, and only keys of the role enter it.
fn check_threshold(envelope: &Envelope, role: &RoleKeys) -> Result<Vec<PublicKey>, VerifyError> {
    let signers = valid_signers(envelope, role)?;
    let enough = usize::try_from(role.threshold).is_ok_and(|needed| signers.len() >= needed.max(1));
    if enough {
        return Ok(signers.into_iter().collect());
    }
    let stranger = envelope.signers().find(|key| !role.contains(key));
    Err(match stranger {
        Some(key) => VerifyError::UnknownKey {
            kind: envelope.kind(),
            key,
            valid: signers.len(),
            needed: role.threshold,
        },
        None => VerifyError::TooFewSignatures {
            kind: envelope.kind(),
            valid: signers.len(),
            needed: role.threshold,
        },
    })
}

fn read<T: Document>(envelope: &Envelope) -> Result<T, VerifyError> {
    let value: T = strict_json::parse(envelope.payload(), T::KIND.payload_bytes_max())
        .map_err(VerifyError::Payload)?;
    value.check().map_err(|reason| VerifyError::Invalid {
        kind: T::KIND,
        reason,
    })?;
    Ok(value)
}

fn check_authority(
    kind: Kind,
    expected: &OrganisationId,
    found: &OrganisationId,
) -> Result<(), VerifyError> {
    if expected == found {
        return Ok(());
    }
    Err(VerifyError::OtherAuthority {
        kind,
        expected: expected.clone(),
        found: found.clone(),
    })
}

fn check_expiry(kind: Kind, expired_at: Timestamp, expiry: Expiry) -> Result<(), VerifyError> {
    match expiry {
        Expiry::Enforced(now) if now >= expired_at => {
            Err(VerifyError::Expired { kind, expired_at })
        }
        Expiry::Enforced(_) | Expiry::Ignored => Ok(()),
    }
}

fn seal<T>(value: T, envelope: &Envelope, bytes: &[u8], signers: Vec<PublicKey>) -> Verified<T> {
    Verified {
        value: Arc::new(value),
        id: envelope.id(),
        bytes: bytes.into(),
        signers,
    }
}
