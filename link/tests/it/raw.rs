//! TLS by hand, for peers that do not behave.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use link::Identity;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use crate::parent::{PATIENCE, Parent};

pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// Connects to a parent, with a certificate or without.
pub fn connect(parent: &Parent, identity: Option<&Identity>) -> Stream {
    connect_with(parent, identity, &rustls::version::TLS13)
}

pub fn connect_with(
    parent: &Parent,
    identity: Option<&Identity>,
    version: &'static SupportedProtocolVersion,
) -> Stream {
    let mut roots = RootCertStore::empty();
    let der = CertificateDer::from_pem_slice(parent.authority.certificate_pem().as_bytes())
        .expect("a certificate");
    roots.add(der).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_root_certificates(roots);
    let config = match identity {
        Some(identity) => builder
            .with_client_auth_cert(chain(identity), private_key(identity))
            .expect("a certificate"),
        None => builder.with_no_client_auth(),
    };
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
    StreamOwned::new(connection, open(parent.address))
}

pub fn open(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("connects");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a timeout can be set");
    stream
}

/// Sends `request` and returns everything that comes back until the server hangs up.
pub fn exchange(stream: &mut Stream, request: &[u8]) -> String {
    // The server may hang up while we are still sending: what it said is what counts.
    let _ = stream.write_all(request);
    let _ = stream.flush();
    read_to_end(stream)
}

pub fn read_to_end(stream: &mut Stream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error) => {
                let waited = matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                );
                assert!(!waited, "the server did not hang up");
                break;
            }
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn chain(identity: &Identity) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(identity.chain_pem().as_bytes())
        .collect::<Result<_, _>>()
        .expect("a chain")
}

fn private_key(identity: &Identity) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(
        identity.key().to_pkcs8_der().to_vec(),
    ))
}
