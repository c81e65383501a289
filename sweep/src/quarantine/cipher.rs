//! How content lies in the vault: encrypted (`ChaCha20`, RFC 8439) under a key of the vault's own, so that nothing runs it
//! and no scanner finds it again by accident, and a copied content file alone tells nothing.
//!
//! The key lies beside the content: whoever may read the whole vault can read what is in it. That a content is whole is
//! told by its digest in the manifest. It follows a header of 16 bytes.

use std::io::{self, Read, Write};

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit as _, StreamCipher as _};
use sha2::{Digest as _, Sha256};

use crate::hash::{AlgorithmSet, Digests, Hasher};

/// The first bytes of every content file.
const HEADER: &[u8; 16] = b"TOCSIN VAULT v2\n";
/// Bytes handled at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes of a content: what the 32-bit block counter of RFC 8439 reaches, 256 GiB.
const CONTENT_BYTES_MAX: u64 = 64 << 32;

/// The key of one vault.
#[derive(Clone)]
pub(super) struct VaultKey([u8; Self::BYTES]);

impl VaultKey {
    /// How long it is.
    pub(super) const BYTES: usize = 32;

    pub(super) const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Starts the stream of one entry: its id is used for no other content, and gives the nonce.
    fn stream(&self, id: &str) -> ChaCha20 {
        let digest: [u8; 32] = Sha256::digest(id.as_bytes()).into();
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&digest[..12]);
        ChaCha20::new(&self.0.into(), &nonce.into())
    }
}

impl std::fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VaultKey")
    }
}

/// Copies content from where it was into the vault; returns what it was and how long.
pub(super) fn store(
    key: &VaultKey,
    id: &str,
    from: &mut impl Read,
    to: &mut impl Write,
) -> io::Result<(Digests, u64)> {
    to.write_all(HEADER)?;
    let mut hasher = Hasher::new(AlgorithmSet::ALL);
    let mut stream = key.stream(id);
    let mut total = 0;
    for_each_chunk(from, |chunk| {
        hasher.update(chunk);
        apply(&mut stream, chunk, total)?;
        total += chunk.len() as u64;
        to.write_all(chunk)
    })?;
    Ok((hasher.finish(), total))
}

/// Copies content out of the vault; returns what it was and how long.
pub(super) fn take_out(
    key: &VaultKey,
    id: &str,
    from: &mut impl Read,
    to: &mut impl Write,
) -> io::Result<(Digests, u64)> {
    let mut header = [0; HEADER.len()];
    from.read_exact(&mut header)?;
    if header != *HEADER {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    let mut hasher = Hasher::new(AlgorithmSet::ALL);
    let mut stream = key.stream(id);
    let mut total = 0;
    for_each_chunk(from, |chunk| {
        apply(&mut stream, chunk, total)?;
        hasher.update(chunk);
        total += chunk.len() as u64;
        to.write_all(chunk)
    })?;
    Ok((hasher.finish(), total))
}

/// Hashes content that is not encrypted.
pub(super) fn digests_of(from: &mut impl Read) -> io::Result<(Digests, u64)> {
    let mut hasher = Hasher::new(AlgorithmSet::ALL);
    let mut total = 0;
    for_each_chunk(from, |chunk| {
        hasher.update(chunk);
        total += chunk.len() as u64;
        Ok(())
    })?;
    Ok((hasher.finish(), total))
}

/// Calls `each` with full chunks, only the last of which may be shorter.
fn for_each_chunk(
    from: &mut impl Read,
    mut each: impl FnMut(&mut [u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    loop {
        chunk.clear();
        from.by_ref()
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            return Ok(());
        }
        each(&mut chunk)?;
    }
}

fn apply(stream: &mut ChaCha20, chunk: &mut [u8], before: u64) -> io::Result<()> {
    if before + chunk.len() as u64 > CONTENT_BYTES_MAX {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    stream.apply_keystream(chunk);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: VaultKey = VaultKey::from_bytes([7; 32]);

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_stored_comes_out_again(content in prop::collection::vec(any::<u8>(), 0..200_000)) {
            let mut stored = Vec::new();
            let put_in = store(&KEY, "id", &mut content.as_slice(), &mut stored).unwrap();
            let mut out = Vec::new();
            let taken = take_out(&KEY, "id", &mut stored.as_slice(), &mut out).unwrap();
            prop_assert_eq!(put_in, taken);
            prop_assert_eq!(out, content);
        }
    }

    #[test]
    fn nothing_of_the_content_is_left_to_be_recognised() {
        let content = b"MZ this program cannot be run".repeat(100);
        let mut stored = Vec::new();
        store(&KEY, "id", &mut content.as_slice(), &mut stored).unwrap();
        for window in content.windows(8).take(64) {
            assert!(!stored.windows(8).any(|stored| stored == window));
        }
        // Zeros would show the stream itself; it must not repeat.
        let mut zeros = Vec::new();
        store(&KEY, "id", &mut [0; 4096].as_slice(), &mut zeros).unwrap();
        assert_ne!(zeros[16..48], zeros[48..80]);
    }

    #[test]
    fn the_stream_is_that_of_rfc_8439() {
        // RFC 8439 §2.4.2, with the counter at 0: the first block is that of its appendix A.1, test vector 1.
        let mut zeros = [0; 8];
        let mut stream = ChaCha20::new(&[0; 32].into(), &[0; 12].into());
        stream.apply_keystream(&mut zeros);
        assert_eq!(zeros, [0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90]);
    }

    #[test]
    fn another_key_takes_nothing_out() {
        let content = b"MZ this program cannot be run".repeat(100);
        let mut stored = Vec::new();
        let (digests, _) = store(&KEY, "id", &mut content.as_slice(), &mut stored).unwrap();
        let other = VaultKey::from_bytes([8; 32]);
        let (taken, _) = take_out(&other, "id", &mut stored.as_slice(), &mut io::sink()).unwrap();
        assert_ne!(taken, digests);
    }
}
