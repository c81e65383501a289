//! How a child comes to be known.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use link::{
    CertificateAuthority, Identity, Invitation, InvitationError, LinkError, ParentClient, enrol,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use testkit::{TestAuthority, signing_key};

use crate::parent::{Parent, receipt};

#[test]
fn an_invited_child_is_told_what_it_needs_and_is_known_from_then_on() {
    let parent = Parent::start();
    let key = signing_key("child");
    let token = parent.invite().to_token();
    let grant = enrol(&token.parse().expect("a token"), "máy-01", &key).expect("a grant");
    assert_eq!(grant.organisation.as_str(), "vn.mot");
    assert_eq!(grant.document_key, signing_key("parent").public_key());
    assert_eq!(grant.roots, vec![TestAuthority::national().root_bytes()]);
    let identity = Identity::new(key, &grant.chain_pem).expect("the chain is for the key");
    let client = ParentClient::new(&grant.urls, &grant.authority_pem, &identity).expect("a client");
    client.send(&[receipt(1)]).expect("known");
}

#[test]
fn a_secret_is_good_for_one_key_and_repeating_it_with_that_key_is_safe() {
    let parent = Parent::start();
    let invitation = parent.invite();
    let first = enrol(&invitation, "a", &signing_key("child")).expect("a grant");
    let again = enrol(&invitation, "a", &signing_key("child")).expect("the same grant");
    assert_eq!(first.peer, again.peer);
    assert_eq!(parent.inbox.state().roster.len(), 1);
    let thief = enrol(&invitation, "b", &signing_key("thief"));
    assert!(
        matches!(thief, Err(LinkError::Refused { status: 403, .. })),
        "{thief:?}"
    );
    assert_eq!(parent.inbox.state().roster.len(), 1);
}

#[test]
fn a_secret_that_was_never_given_out_is_refused() {
    let parent = Parent::start();
    let invented =
        Invitation::new(&[parent.url()], parent.authority.fingerprint()).expect("an invitation");
    let refused = enrol(&invented, "a", &signing_key("child"));
    assert!(
        matches!(refused, Err(LinkError::Refused { status: 403, .. })),
        "{refused:?}"
    );
}

#[test]
fn a_parent_with_another_authority_is_not_told_the_secret() {
    let parent = Parent::start();
    let other = CertificateAuthority::create("vn.mot").expect("an authority");
    let invitation = Invitation::new(&[parent.url()], other.fingerprint()).expect("an invitation");
    let refused = enrol(&invitation, "a", &signing_key("child"));
    assert!(matches!(refused, Err(LinkError::Pin { .. })), "{refused:?}");
    assert_eq!(parent.inbox.state().enrol_count, 0);
}

#[test]
fn showing_the_right_authority_without_its_key_is_not_told_the_secret() {
    let real = CertificateAuthority::create("vn.mot").expect("an authority");
    let impostor = Impostor::start(real.certificate_pem());
    let invitation = Invitation::new(std::slice::from_ref(&impostor.url), real.fingerprint())
        .expect("an invitation");
    let refused = enrol(&invitation, "a", &signing_key("child"));
    assert!(refused.is_err(), "{refused:?}");
    let heard = impostor.heard();
    assert!(heard[0].starts_with("GET /v1/authority"), "{heard:?}");
    assert_eq!(
        heard[1], "",
        "the second connection must end in its handshake"
    );
}

#[test]
fn invitations_are_read_strictly_and_show_no_secret() {
    let authority = CertificateAuthority::create("vn.mot").expect("an authority");
    let urls = ["https://may-chu.example:8443".to_owned()];
    let invitation = Invitation::new(&urls, authority.fingerprint()).expect("an invitation");
    let token = invitation.to_token();
    assert_eq!(token.parse::<Invitation>().expect("a token"), invitation);
    assert_eq!(
        format!("  {token}\n")
            .parse::<Invitation>()
            .expect("a token"),
        invitation
    );
    for length in 0..token.len() {
        assert!(
            token[..length].parse::<Invitation>().is_err(),
            "cut to {length}"
        );
    }
    assert!(matches!(
        "https://x".parse::<Invitation>(),
        Err(InvitationError::Prefix)
    ));
    let shown = format!("{invitation:?}");
    let digest: String = domain::digest::to_hex(&invitation.secret().digest());
    assert!(shown.contains("EnrolSecret(…)") && !shown.contains(&digest));
}

#[test]
fn invitations_name_plain_https_addresses_only() {
    let authority = CertificateAuthority::create("vn.mot").expect("an authority");
    for good in [
        "https://a.vn",
        "https://a.vn:8443",
        "https://10.0.0.1:8443/",
        "https://[::1]:1",
    ] {
        assert!(
            Invitation::new(&[good.to_owned()], authority.fingerprint()).is_ok(),
            "{good}"
        );
    }
    for bad in [
        "http://a.vn",
        "a.vn",
        "https://",
        "https://a.vn/x",
        "https://a.vn?x",
        "https://u:p@a.vn",
        "file:///etc/passwd",
        "",
    ] {
        assert!(
            Invitation::new(&[bad.to_owned()], authority.fingerprint()).is_err(),
            "{bad}"
        );
    }
    assert!(Invitation::new(&[], authority.fingerprint()).is_err());
}

#[test]
fn an_authority_is_the_same_after_being_stored() {
    let authority = CertificateAuthority::create("vn.mot").expect("an authority");
    let loaded = CertificateAuthority::from_pem(authority.certificate_pem(), &authority.key_pem())
        .expect("an authority");
    assert_eq!(loaded.fingerprint(), authority.fingerprint());
    let other = CertificateAuthority::create("vn.mot").expect("an authority");
    assert!(CertificateAuthority::from_pem(authority.certificate_pem(), &other.key_pem()).is_err());
    let key = signing_key("child");
    let chain = loaded
        .issue_client(&key.public_key(), "child")
        .expect("a chain");
    let identity = Identity::new(key.clone(), &chain).expect("an identity");
    assert!(identity.renew_at() < identity.expires_at());
    assert!(Identity::new(signing_key("another"), &chain).is_err());
    assert!(!format!("{identity:?}{loaded:?}").contains(&domain::digest::to_hex(&*key.to_seed())));
}

/// A server with a certificate of its own making, which shows a certificate that is not its own when asked for its
/// authority. Takes two connections and keeps what it hears on them.
struct Impostor {
    url: String,
    heard: thread::JoinHandle<Vec<String>>,
}

impl Impostor {
    fn start(shown_pem: &str) -> Self {
        let own = CertificateAuthority::create("impostor").expect("an authority");
        let key = signing_key("impostor");
        let chain = own
            .issue_server(&key.public_key(), &["127.0.0.1".to_owned()])
            .expect("a chain");
        let der = CertificateDer::from_pem_slice(chain.as_bytes()).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_pkcs8_der().to_vec()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![der], key)
            .expect("a certificate");
        let body = format!(
            r#"{{"certificate":{}}}"#,
            serde_json::to_string(shown_pem).expect("text")
        );
        let answer = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
        let url = format!("https://{}", listener.local_addr().expect("an address"));
        let config = Arc::new(config);
        let heard = thread::spawn(move || {
            (0..2)
                .map(|_| listen(&listener, &config, answer.as_bytes()))
                .collect()
        });
        Self { url, heard }
    }

    fn heard(self) -> Vec<String> {
        self.heard.join().expect("no panic")
    }
}

fn listen(listener: &TcpListener, config: &Arc<rustls::ServerConfig>, answer: &[u8]) -> String {
    let (stream, _) = listener.accept().expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .expect("a timeout");
    let session = rustls::ServerConnection::new(Arc::clone(config)).expect("a session");
    let mut stream = rustls::StreamOwned::new(session, stream);
    let mut heard = vec![0; 4096];
    let count = stream.read(&mut heard).unwrap_or(0);
    let _ = stream.write_all(answer);
    stream.conn.send_close_notify();
    let _ = stream.flush();
    String::from_utf8_lossy(&heard[..count]).into_owned()
}
