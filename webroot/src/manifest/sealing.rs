//! The DSSE envelope of a manifest's head. Its payload type is its own, so that no signature over another document can be taken for
//! one over a manifest, nor the other way round.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use documents::{PublicKey, SigningKey, StrictJsonError, strict_json};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What the envelope states and the signature covers.
const PAYLOAD_TYPE: &str = "application/vnd.tocsin.site-manifest.v1+json";
/// Bytes of the line with the envelope, 1 MiB.
pub(crate) const ENVELOPE_BYTES_MAX: usize = 1024 * 1024;
/// Signatures in one envelope.
const SIGNATURES_MAX: usize = 16;

/// Why an envelope does not prove anything.
#[derive(Debug, Error)]
pub enum SealError {
    /// Payload or signature are not base64, or a signature has not 64 bytes.
    #[error("read the envelope: {0}")]
    Encoding(&'static str),
    /// It is not strict JSON with the fields of an envelope.
    #[error("read the envelope")]
    Json(#[from] StrictJsonError),
    /// A signature by a trusted key is wrong.
    #[error("believe the manifest: the signature by {0} is wrong")]
    BadSignature(PublicKey),
    /// None of the keys that are trusted has signed.
    #[error("believe the manifest: no key that is trusted has signed it")]
    UnknownKey,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEnvelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<RawSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSignature {
    keyid: String,
    sig: String,
}

/// Signs a payload, and returns the envelope as one line without its end.
pub(crate) fn seal(payload: &[u8], key: &SigningKey) -> Vec<u8> {
    let signature = key.sign(&pre_authentication(payload));
    let envelope = RawEnvelope {
        payload: STANDARD.encode(payload),
        payload_type: PAYLOAD_TYPE.to_owned(),
        signatures: vec![RawSignature {
            keyid: key.public_key().to_string(),
            sig: STANDARD.encode(signature),
        }],
    };
    serde_json::to_vec(&envelope).expect("strings alone can always be written as JSON")
}

/// Returns the payload and who has signed it, if a trusted key has.
pub(crate) fn unseal(
    line: &[u8],
    trusted: &[PublicKey],
) -> Result<(Vec<u8>, PublicKey), SealError> {
    let envelope: RawEnvelope = strict_json::parse(line, ENVELOPE_BYTES_MAX)?;
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(SealError::Encoding("it is not that of a manifest"));
    }
    if envelope.signatures.len() > SIGNATURES_MAX {
        return Err(SealError::Encoding("it has too many signatures"));
    }
    let payload = STANDARD
        .decode(&envelope.payload)
        .map_err(|_| SealError::Encoding("the payload is not base64"))?;
    let message = pre_authentication(&payload);
    let mut signer = None;
    for raw in &envelope.signatures {
        let key: PublicKey = raw
            .keyid
            .parse()
            .map_err(|_| SealError::Encoding("a key id is not a public key"))?;
        if !trusted.contains(&key) {
            continue;
        }
        let signature = STANDARD
            .decode(&raw.sig)
            .map_err(|_| SealError::Encoding("a signature is not base64"))?;
        let signature = signature
            .try_into()
            .map_err(|_| SealError::Encoding("a signature has not 64 bytes"))?;
        if !key.verifies(&message, &signature) {
            return Err(SealError::BadSignature(key));
        }
        signer = signer.or(Some(key));
    }
    Ok((payload, signer.ok_or(SealError::UnknownKey)?))
}

/// What DSSE v1 signs.
fn pre_authentication(payload: &[u8]) -> Vec<u8> {
    let header = format!(
        "DSSEv1 {} {PAYLOAD_TYPE} {} ",
        PAYLOAD_TYPE.len(),
        payload.len()
    );
    let mut message = header.into_bytes();
    message.extend_from_slice(payload);
    message
}
