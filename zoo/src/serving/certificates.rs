//! Certificates of sites, and of those who pretend to be them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::world::World;
use crate::attacks::{Attack, Certificate};

/// The authorities of the zoo and every certificate that was asked for.
pub struct Certificates {
    world: Arc<World>,
    provider: Arc<CryptoProvider>,
    usual: Authority,
    other: Authority,
    unknown: Authority,
    keys: Mutex<HashMap<(String, u32), Arc<KeyPair>>>,
    made: Mutex<HashMap<Name, Arc<CertifiedKey>>>,
}

type Authority = CertifiedIssuer<'static, KeyPair>;

/// Which certificate of a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Name {
    host: String,
    key: u32,
    renewal: u32,
    instead: Option<Certificate>,
}

impl Certificates {
    /// Founds the authorities.
    pub(super) fn new(world: Arc<World>) -> Result<Self> {
        Ok(Self {
            world,
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            usual: authority("Zoo Public Trust")?,
            other: authority("Other Public Trust")?,
            unknown: authority("Nobody's Authority")?,
            keys: Mutex::default(),
            made: Mutex::default(),
        })
    }

    /// Returns the authorities that browsers believe, as PEM.
    pub(super) fn believed(&self) -> Vec<String> {
        vec![self.usual.pem(), self.other.pem()]
    }

    pub(super) fn provider(&self) -> Arc<CryptoProvider> {
        Arc::clone(&self.provider)
    }

    fn certificate_for(&self, host: &str) -> Result<Arc<CertifiedKey>> {
        let moment = self.world.now();
        let mut name = Name {
            host: host.to_owned(),
            key: 0,
            renewal: 0,
            instead: None,
        };
        if let Some(site) = self.world.site_of(host) {
            let state = site.life.state(moment.day);
            (name.key, name.renewal) = (state.keys, state.certificates);
            name.instead = self
                .world
                .attack_on(site.number, moment)
                .and_then(Attack::other_certificate);
        }
        if name.instead.is_some() {
            // Whoever pretends has a key of their own.
            name.key = 1_000_000;
        }
        if let Some(known) = self
            .made
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&name)
        {
            return Ok(Arc::clone(known));
        }
        let made = Arc::new(self.make(&name)?);
        self.made
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, Arc::clone(&made));
        Ok(made)
    }

    fn make(&self, name: &Name) -> Result<CertifiedKey> {
        let key = self.key(&name.host, name.key)?;
        let key: &KeyPair = &key;
        let shown = match name.instead {
            Some(Certificate::OtherName) => "www.mail-relay.test",
            _ => &name.host,
        };
        let mut own = CertificateParams::new([shown.to_owned()])?;
        own.distinguished_name.push(DnType::CommonName, shown);
        let signed = match name.instead {
            None | Some(Certificate::OtherName) => own.signed_by(key, &self.usual)?,
            Some(Certificate::OtherAuthority) => own.signed_by(key, &self.other)?,
            Some(Certificate::UnknownAuthority) => own.signed_by(key, &self.unknown)?,
            Some(Certificate::OwnHand) => own.self_signed(key)?,
        };
        let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(CertifiedKey::from_der(
            vec![signed.der().clone()],
            der,
            &self.provider,
        )?)
    }

    fn key(&self, host: &str, number: u32) -> Result<Arc<KeyPair>> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = keys.get(&(host.to_owned(), number)) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(KeyPair::generate().context("make a key")?);
        keys.insert((host.to_owned(), number), Arc::clone(&key));
        Ok(key)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.certificate_for(hello.server_name()?).ok()
    }
}

impl std::fmt::Debug for Certificates {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Certificates")
    }
}

fn authority(name: &str) -> Result<Authority> {
    let mut params = CertificateParams::new([])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(DnType::OrganizationName, name);
    params
        .distinguished_name
        .push(DnType::CommonName, format!("{name} Root"));
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}
