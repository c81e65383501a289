//! Envelopes made by hand, so that they can say what the crate itself would never sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use documents::{Document, Envelope, SigningKey};
use serde_json::{Value, json};

/// Signs any bytes as any type, as DSSE says.
pub fn forge(payload_type: &str, payload: &[u8], keys: &[&SigningKey]) -> Vec<u8> {
    let signatures: Vec<Value> = keys
        .iter()
        .map(|key| signature(key, payload_type, payload, &key.public_key().to_string()))
        .collect();
    assemble(payload_type, payload, &signatures)
}

/// Puts an envelope together from signatures that may be of anything.
pub fn assemble(payload_type: &str, payload: &[u8], signatures: &[Value]) -> Vec<u8> {
    let envelope = json!({
        "payload": STANDARD.encode(payload),
        "payloadType": payload_type,
        "signatures": signatures,
    });
    serde_json::to_vec(&envelope).expect("writes")
}

/// Makes one signature, under any key id.
pub fn signature(key: &SigningKey, payload_type: &str, payload: &[u8], keyid: &str) -> Value {
    let mut message = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    message.extend_from_slice(payload);
    json!({ "keyid": keyid, "sig": STANDARD.encode(key.sign(&message)) })
}

/// Writes a value as a payload, whether it is valid or not.
pub fn payload<T: Document>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("writes")
}

/// Signs a valid value.
pub fn sign<T: Document>(value: &T, keys: &[&SigningKey]) -> Vec<u8> {
    Envelope::sign(value, keys).expect("is valid").to_bytes()
}

/// Returns the text of an error with all its causes.
pub fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
