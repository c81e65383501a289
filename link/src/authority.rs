//! The certificate authority that each node has for its own children. It certifies who may knock; what may be said is
//! decided by signatures on documents, so a certificate alone proves nothing above the link.
//!
//! Certificates carry times of the machine's clock, as TLS libraries check them, whatever clock the node runs by.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use documents::PublicKey;
use domain::digest::{parse_hex, to_hex};
use domain::{Clock as _, SystemClock};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ED25519, PublicKeyData, SignatureAlgorithm,
    date_time_ymd,
};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

const DAY: Duration = Duration::from_hours(24);
/// The life of an authority's own certificate: children pin it, and replacing it means enrolling them again.
const AUTHORITY_LIFE: Duration = Duration::from_hours(24 * 365 * 20);
/// The life of what it issues. Short: nothing is revoked, it is not renewed.
const LEAF_LIFE: Duration = Duration::from_hours(24 * 30);
/// Clocks of hosts are wrong; a certificate must not begin in the future of one that is a day behind.
const CLOCK_SKEW: Duration = DAY;
/// The OID of Ed25519 keys (RFC 8410 §3), as text.
const ED25519_OID: &str = "1.3.101.112";

/// Why a certificate was not made or not read.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// The key does not belong to the certificate, or is not Ed25519.
    #[error("use the authority's key: it is not Ed25519 or not the certificate's")]
    Key,
    /// It is not one certificate in PEM.
    #[error("read the certificate: {0}")]
    Certificate(&'static str),
    /// The library refused.
    #[error("make the certificate")]
    Make(#[source] rcgen::Error),
    /// A name of a server cannot stand in a certificate.
    #[error("make the certificate: '{0}' is neither a host name nor an address")]
    Name(String),
}

/// The SHA-256 of a certificate: what an invitation pins. Written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Returns the fingerprint of the certificate in `pem`.
    pub fn of_pem(pem: &str) -> Result<Self, AuthorityError> {
        Ok(Self::of_der(&certificate_der(pem)?))
    }

    /// Returns the bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn of_der(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }
}

impl FromStr for Fingerprint {
    type Err = AuthorityError;

    fn from_str(text: &str) -> Result<Self, AuthorityError> {
        let lower = !text.bytes().any(|b| b.is_ascii_uppercase());
        parse_hex(text)
            .filter(|_| lower)
            .map(Self)
            .ok_or(AuthorityError::Certificate(
                "its fingerprint is not 64 hexadecimal digits",
            ))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// A node's own authority: a key and its self-signed certificate.
pub struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    fingerprint: Fingerprint,
}

impl CertificateAuthority {
    /// Makes a new authority, named for people after its node.
    pub fn create(name: &str) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519).map_err(AuthorityError::Make)?;
        let mut params = named(&format!("Tocsin authority of {name}"));
        set_life(&mut params, AUTHORITY_LIFE);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let certificate_pem = params
            .self_signed(&key)
            .map_err(AuthorityError::Make)?
            .pem();
        let key_pem = Zeroizing::new(key.serialize_pem());
        Self::from_pem(&certificate_pem, &key_pem)
    }

    /// Loads an authority from what [`Self::certificate_pem`] and [`Self::key_pem`] gave.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, AuthorityError> {
        let key = KeyPair::from_pem_and_sign_algo(key_pem, &PKCS_ED25519)
            .map_err(|_| AuthorityError::Key)?;
        let der = certificate_der(certificate_pem)?;
        if certified_key(&der).is_none_or(|certified| certified.as_bytes() != key.public_key_raw())
        {
            return Err(AuthorityError::Key);
        }
        let issuer =
            Issuer::from_ca_cert_pem(certificate_pem, key).map_err(AuthorityError::Make)?;
        Ok(Self {
            issuer,
            certificate_pem: certificate_pem.to_owned(),
            fingerprint: Fingerprint::of_der(&der),
        })
    }

    /// Returns the authority's certificate: public.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Returns the authority's private key, for its node's own disk.
    pub fn key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.issuer.key().serialize_pem())
    }

    /// Returns what invitations pin.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Certifies `key` as a server that answers under `names` (host names and addresses). Returns the chain in PEM.
    pub fn issue_server(
        &self,
        key: &PublicKey,
        names: &[String],
    ) -> Result<String, AuthorityError> {
        let mut params = named("Tocsin node");
        for name in names {
            let alone = CertificateParams::new(vec![name.clone()])
                .map_err(|_| AuthorityError::Name(name.clone()))?;
            params.subject_alt_names.extend(alone.subject_alt_names);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue(params, key)
    }

    /// Certifies `key` as a child, named for people. Returns the chain in PEM.
    pub fn issue_client(&self, key: &PublicKey, name: &str) -> Result<String, AuthorityError> {
        let mut params = named(name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.issue(params, key)
    }

    fn issue(
        &self,
        mut params: CertificateParams,
        key: &PublicKey,
    ) -> Result<String, AuthorityError> {
        set_life(&mut params, LEAF_LIFE);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let certificate = params
            .signed_by(&CertifiedKey(*key), &self.issuer)
            .map_err(AuthorityError::Make)?;
        Ok(certificate.pem())
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CertificateAuthority({})", self.fingerprint)
    }
}

/// A public key as the certificate library wants it.
struct CertifiedKey(PublicKey);

impl PublicKeyData for CertifiedKey {
    fn der_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    // X.520 allows 64 characters.
    let name: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn set_life(params: &mut CertificateParams, life: Duration) {
    let epoch = date_time_ymd(1970, 1, 1);
    let now = Duration::from_secs(u64::try_from(SystemClock.now().as_second()).unwrap_or(0));
    params.not_before = epoch + now.saturating_sub(CLOCK_SKEW);
    params.not_after = epoch + now + life;
}

/// Returns the first certificate in `pem`.
pub(crate) fn certificate_der(pem: &str) -> Result<Vec<u8>, AuthorityError> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    CertificateDer::from_pem_slice(pem.as_bytes())
        .map(|der| der.to_vec())
        .map_err(|_| AuthorityError::Certificate("it is not PEM"))
}

/// Returns the key that a certificate certifies, if it is Ed25519.
pub(crate) fn certified_key(der: &[u8]) -> Option<PublicKey> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let key = certificate.public_key();
    if key.algorithm.algorithm.to_id_string() != ED25519_OID {
        return None;
    }
    let bytes = <[u8; 32]>::try_from(key.subject_public_key.data.as_ref()).ok()?;
    PublicKey::from_bytes(bytes).ok()
}

/// Returns from when until when a certificate is valid.
pub(crate) fn validity(der: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let validity = certificate.validity();
    Some((
        Timestamp::from_second(validity.not_before.timestamp()).ok()?,
        Timestamp::from_second(validity.not_after.timestamp()).ok()?,
    ))
}
