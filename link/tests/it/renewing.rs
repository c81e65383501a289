//! Certificates that follow on each other.

use std::time::Duration;

use documents::SigningKey;
use link::{Identity, LinkError};
use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair, PKCS_ED25519, date_time_ymd,
};
use testkit::signing_key;

use crate::parent::Parent;

#[test]
fn a_child_on_the_roster_gets_its_next_certificate() {
    let parent = Parent::start();
    let key = signing_key("child");
    let client = parent.client(&parent.know(&key));
    let chain = client.renew().expect("a chain");
    let renewed = Identity::new(key, &chain).expect("for the same key");
    parent
        .client(&renewed)
        .poll(0, Duration::ZERO)
        .expect("known");
}

#[test]
fn an_expired_certificate_is_refused_and_can_still_be_renewed() {
    let parent = Parent::start();
    let key = signing_key("child");
    parent.know(&key);
    let expired = parent
        .client(&Identity::new(key.clone(), &expired_chain(&parent, &key)).expect("an identity"));
    assert!(expired.poll(0, Duration::ZERO).is_err());
    let chain = expired.renew().expect("a chain");
    let renewed = Identity::new(key, &chain).expect("for the same key");
    parent
        .client(&renewed)
        .poll(0, Duration::ZERO)
        .expect("known");
}

#[test]
fn whoever_is_not_on_the_roster_gets_no_certificate() {
    let parent = Parent::start();
    let client = parent.client(&parent.know(&signing_key("child")));
    parent.inbox.state().roster.clear();
    let refused = client.renew();
    assert!(
        matches!(refused, Err(LinkError::Refused { status: 403, .. })),
        "{refused:?}"
    );
}

/// Makes a chain as the authority made it in 2020.
fn expired_chain(parent: &Parent, key: &SigningKey) -> String {
    let authority_key =
        KeyPair::from_pem_and_sign_algo(&parent.authority.key_pem(), &PKCS_ED25519).expect("a key");
    let issuer = Issuer::from_ca_cert_pem(parent.authority.certificate_pem(), authority_key)
        .expect("an issuer");
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2020, 1, 31);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let der = key.to_pkcs8_der();
    let key = KeyPair::try_from(der.as_slice()).expect("a key");
    params
        .signed_by(&key, &issuer)
        .expect("a certificate")
        .pem()
}
