//! Private keys in files, under a passphrase: Argon2id stretches it, XChaCha20-Poly1305 encrypts, and everything else
//! that the file says is authenticated with it. Bytes in, bytes out; who writes them to disk decides where.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::keys::{PublicKey, SigningKey};
use crate::strict_json::{self, StrictJsonError};

/// Bytes of a key file.
const FILE_BYTES_MAX: usize = 16 * 1024;
/// Characters of a label.
const LABEL_CHARS_MAX: usize = 200;
/// The version of this format.
const SCHEMA: u32 = 1;
/// What the file says it is.
const KIND: &str = "tocsin-signing-key";
/// RFC 9106 §4, the second recommended option: for machines that cannot spare 2 GiB.
const MEMORY_KIB: u32 = 64 * 1024;
/// As above.
const PASSES: u32 = 3;
/// As above, with one lane: this implementation runs lanes one after the other.
const LANES: u32 = 1;
/// What reading a file may cost: a hostile one must not eat the machine. 1 GiB.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
/// As above.
const PASSES_MAX: u32 = 16;
/// As above.
const LANES_MAX: u32 = 16;

/// Why a key could not be put into a file or taken out of one.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// The passphrase is empty.
    #[error("use the passphrase: it is empty")]
    EmptyPassphrase,
    /// The file is not what it says it is.
    #[error("read the key file: {0}")]
    Format(&'static str),
    /// The file is not strict JSON with the fields of a key file.
    #[error("read the key file")]
    Json(#[from] StrictJsonError),
    /// Stretching the passphrase would take more memory or time than is allowed.
    #[error("read the key file: it demands more memory or passes than are allowed")]
    TooCostly,
    /// The operating system gave no random numbers.
    #[error("draw random numbers")]
    Random(#[source] getrandom::Error),
    /// The passphrase is wrong, or somebody changed the file: the two cannot be told apart.
    #[error("open the key file: the passphrase is wrong, or the file was changed")]
    WrongPassphrase,
}

/// Everything but the secret. Its JSON is the additional data of the encryption, so that no field can be exchanged.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    schema: u32,
    kind: String,
    label: String,
    public_key: PublicKey,
    kdf: Kdf,
    cipher: Cipher,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kdf {
    algorithm: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cipher {
    algorithm: String,
    nonce: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    header: Header,
    ciphertext: String,
}

/// What a key file says without its passphrase. Nothing of it is proved before [`decrypt`] succeeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFileLabel {
    /// Whose key it is, for people.
    pub label: String,
    /// The public half.
    pub public_key: PublicKey,
}

/// Encrypts `key` under `passphrase` and returns the file's bytes.
pub fn encrypt(key: &SigningKey, label: &str, passphrase: &str) -> Result<Vec<u8>, KeyFileError> {
    if passphrase.is_empty() {
        return Err(KeyFileError::EmptyPassphrase);
    }
    check_label(label)?;
    let mut salt = [0; 16];
    let mut nonce = [0; 24];
    getrandom::fill(&mut salt).map_err(KeyFileError::Random)?;
    getrandom::fill(&mut nonce).map_err(KeyFileError::Random)?;
    let header = Header {
        schema: SCHEMA,
        kind: KIND.to_owned(),
        label: label.to_owned(),
        public_key: key.public_key(),
        kdf: Kdf {
            algorithm: "argon2id".to_owned(),
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: STANDARD.encode(salt),
        },
        cipher: Cipher {
            algorithm: "xchacha20-poly1305".to_owned(),
            nonce: STANDARD.encode(nonce),
        },
    };
    let cipher = header.cipher(passphrase)?;
    let seed = key.to_seed();
    let payload = Payload {
        msg: seed.as_slice(),
        aad: &header.to_json(),
    };
    let ciphertext = cipher
        .encrypt(&XNonce::from(nonce), payload)
        .expect("32 bytes are never too long to encrypt");
    let file = KeyFile {
        header,
        ciphertext: STANDARD.encode(ciphertext),
    };
    let mut bytes =
        serde_json::to_vec_pretty(&file).expect("strings and integers can always be written");
    bytes.push(b'\n');
    Ok(bytes)
}

/// Takes the key out of a file's bytes.
pub fn decrypt(bytes: &[u8], passphrase: &str) -> Result<SigningKey, KeyFileError> {
    let file = parse(bytes)?;
    let nonce: [u8; 24] = decode(&file.header.cipher.nonce)?;
    let ciphertext: [u8; 48] = decode(&file.ciphertext)?;
    let payload = Payload {
        msg: ciphertext.as_slice(),
        aad: &file.header.to_json(),
    };
    let plain = file
        .header
        .cipher(passphrase)?
        .decrypt(&XNonce::from(nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| KeyFileError::WrongPassphrase)?;
    let mut seed = Zeroizing::new([0; 32]);
    if plain.len() != seed.len() {
        return Err(KeyFileError::Format("the secret has another length"));
    }
    seed.copy_from_slice(&plain);
    let key = SigningKey::from_seed(&seed);
    if key.public_key() == file.header.public_key {
        Ok(key)
    } else {
        Err(KeyFileError::Format(
            "the public key belongs to another key",
        ))
    }
}

/// Reads what a key file says without its passphrase.
pub fn read_label(bytes: &[u8]) -> Result<KeyFileLabel, KeyFileError> {
    let header = parse(bytes)?.header;
    Ok(KeyFileLabel {
        label: header.label,
        public_key: header.public_key,
    })
}

fn parse(bytes: &[u8]) -> Result<KeyFile, KeyFileError> {
    let file: KeyFile = strict_json::parse(bytes, FILE_BYTES_MAX)?;
    let Header {
        schema,
        kind,
        kdf,
        cipher,
        label,
        ..
    } = &file.header;
    if *schema != SCHEMA || kind != KIND {
        return Err(KeyFileError::Format("it is not a key file of this version"));
    }
    if kdf.algorithm != "argon2id" || cipher.algorithm != "xchacha20-poly1305" {
        return Err(KeyFileError::Format("its algorithms are not known"));
    }
    if kdf.memory_kib > MEMORY_KIB_MAX || kdf.passes > PASSES_MAX || kdf.lanes > LANES_MAX {
        return Err(KeyFileError::TooCostly);
    }
    check_label(label)?;
    Ok(file)
}

impl Header {
    fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and integers can always be written")
    }

    fn cipher(&self, passphrase: &str) -> Result<XChaCha20Poly1305, KeyFileError> {
        let salt: [u8; 16] = decode(&self.kdf.salt)?;
        let Kdf {
            memory_kib,
            passes,
            lanes,
            ..
        } = self.kdf;
        let params = Params::new(memory_kib, passes, lanes, Some(32))
            .map_err(|_| KeyFileError::Format("its parameters of Argon2 are not valid"))?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &salt, key.as_mut())
            .map_err(|_| KeyFileError::Format("its parameters of Argon2 are not valid"))?;
        Ok(XChaCha20Poly1305::new((&*key).into()))
    }
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], KeyFileError> {
    STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(KeyFileError::Format("a field is not base64 of its length"))
}

fn check_label(label: &str) -> Result<(), KeyFileError> {
    if label.chars().count() > LABEL_CHARS_MAX || label.chars().any(char::is_control) {
        return Err(KeyFileError::Format(
            "the label is too long or has control characters",
        ));
    }
    Ok(())
}
