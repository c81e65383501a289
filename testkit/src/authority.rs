//! A whole authority in memory: its root, its officers, its catalogue.

use documents::{
    Catalogue, CatalogueEntry, Envelope, Expiry, RoleKeys, Root, SigningKey, Verified,
    verify_alert, verify_catalogue, verify_first_root,
};
use domain::{Alert, DocumentId, OrganisationId};

use crate::{at, signing_key};

/// An authority for tests. Everything it makes is the same in every run, and valid from August 2016 until 2036.
#[derive(Clone, Debug)]
pub struct TestAuthority {
    /// Its keys of the role `root`; one must sign.
    pub root_keys: Vec<SigningKey>,
    /// Its keys of the role `officers`; two must sign.
    pub officers: Vec<SigningKey>,
    /// Its key of the role `catalogue`.
    pub catalogue_key: SigningKey,
    /// Its root.
    pub root: Root,
}

impl TestAuthority {
    /// Makes the authority of the alerts in [`crate::alerts`].
    pub fn national() -> Self {
        Self::of(&crate::alerts::authority(), "VNCERT")
    }

    /// Makes the authority of an organisation; its id is at most 20 bytes long, so that each has keys of its own.
    pub fn of(organisation: &OrganisationId, name: &str) -> Self {
        let key = |role: &str| signing_key(&format!("{organisation} {role}"));
        let root_keys = vec![key("root-1"), key("root-2")];
        let officers = vec![key("officer-1"), key("officer-2"), key("officer-3")];
        let catalogue_key = key("catalogue");
        let root = Root {
            schema: 1,
            authority: organisation.clone(),
            name: name.to_owned(),
            version: 1,
            issued_at: at("2016-08-01T00:00:00Z"),
            expires_at: at("2036-08-01T00:00:00Z"),
            root: role(&root_keys, 1),
            officers: role(&officers, 2),
            catalogue: role(std::slice::from_ref(&catalogue_key), 1),
        };
        Self {
            root_keys,
            officers,
            catalogue_key,
            root,
        }
    }

    /// Returns the signed root.
    pub fn root_bytes(&self) -> Vec<u8> {
        sign(&self.root, &[&self.root_keys[0]])
    }

    /// Returns what organisations pin.
    pub fn pin(&self) -> DocumentId {
        id_of(&self.root_bytes())
    }

    /// Returns the root as whoever pinned it has it.
    pub fn verified_root(&self) -> Verified<Root> {
        verify_first_root(&self.root_bytes(), self.pin(), Expiry::Ignored)
            .expect("the test authority's root is valid")
    }

    /// Signs an alert by two officers.
    pub fn sign_alert(&self, alert: &Alert) -> Vec<u8> {
        sign(alert, &[&self.officers[0], &self.officers[1]])
    }

    /// Makes the catalogue, version 1, with these signed alerts in force.
    pub fn catalogue(&self, alerts: &[Vec<u8>]) -> Vec<u8> {
        self.catalogue_version(1, alerts)
    }

    /// Makes a catalogue of some version with these signed alerts in force.
    pub fn catalogue_version(&self, version: u64, alerts: &[Vec<u8>]) -> Vec<u8> {
        let catalogue = Catalogue {
            schema: 1,
            authority: self.root.authority.clone(),
            version,
            issued_at: at("2016-08-03T00:00:00Z"),
            expires_at: at("2036-08-01T00:00:00Z"),
            alerts: alerts.iter().map(|bytes| entry(bytes)).collect(),
        };
        sign(&catalogue, &[&self.catalogue_key])
    }

    /// Returns the catalogue with these signed alerts as whoever trusts the root has it.
    pub fn verified_catalogue(&self, alerts: &[Vec<u8>]) -> Verified<Catalogue> {
        let root = self.verified_root();
        verify_catalogue(&self.catalogue(alerts), &root, None, Expiry::Ignored)
            .expect("the test authority's catalogue is valid")
    }

    /// Signs an alert, puts it in force, and returns it as whoever verified it has it.
    pub fn verified_alert(&self, alert: &Alert) -> Verified<Alert> {
        let bytes = self.sign_alert(alert);
        let catalogue = self.verified_catalogue(std::slice::from_ref(&bytes));
        verify_alert(&bytes, &self.verified_root(), &catalogue, Expiry::Ignored)
            .expect("the test authority's alerts are valid")
    }
}

fn role(keys: &[SigningKey], threshold: u32) -> RoleKeys {
    RoleKeys {
        keys: keys.iter().map(SigningKey::public_key).collect(),
        threshold,
    }
}

fn sign<T: documents::Document>(value: &T, keys: &[&SigningKey]) -> Vec<u8> {
    Envelope::sign(value, keys)
        .expect("tests sign what is valid")
        .to_bytes()
}

fn id_of(bytes: &[u8]) -> DocumentId {
    Envelope::parse(bytes).expect("just made").id()
}

fn entry(bytes: &[u8]) -> CatalogueEntry {
    let envelope = Envelope::parse(bytes).expect("a signed alert");
    let alert: Alert = envelope.read_unverified().expect("a signed alert");
    CatalogueEntry {
        id: envelope.id().into(),
        number: alert.number,
        version: alert.version,
    }
}
