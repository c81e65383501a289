//! How content lies in the vault: masked, so that nothing runs it, and no scanner finds it again, by accident.
//!
//! It is no encryption: whoever may read the vault can take the mask off. It follows a header of 16 bytes.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use crate::hash::{AlgorithmSet, Digests, Hasher};

/// The first bytes of every content file.
const HEADER: &[u8; 16] = b"TOCSIN VAULT v1\n";
/// Bytes handled at once: a multiple of the mask's block.
const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes of one block of the mask.
const BLOCK_BYTES: usize = 32;

/// Copies content from where it was into the vault; returns what it was and how long.
pub(super) fn store(
    id: &str,
    from: &mut impl Read,
    to: &mut impl Write,
) -> io::Result<(Digests, u64)> {
    to.write_all(HEADER)?;
    let mut hasher = Hasher::new(AlgorithmSet::ALL);
    let mut mask = Mask::new(id);
    let mut total = 0;
    for_each_chunk(from, |chunk| {
        hasher.update(chunk);
        total += chunk.len() as u64;
        mask.apply(chunk);
        to.write_all(chunk)
    })?;
    Ok((hasher.finish(), total))
}

/// Copies content out of the vault; returns what it was and how long.
pub(super) fn take_out(
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
    let mut mask = Mask::new(id);
    let mut total = 0;
    for_each_chunk(from, |chunk| {
        mask.apply(chunk);
        hasher.update(chunk);
        total += chunk.len() as u64;
        to.write_all(chunk)
    })?;
    Ok((hasher.finish(), total))
}

/// Hashes content that is not masked.
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

/// A stream of bytes that depends on the entry's id: SHA-256 of key and block number.
struct Mask {
    key: Sha256,
    block: u64,
}

impl Mask {
    fn new(id: &str) -> Self {
        let key = Sha256::new_with_prefix(b"tocsin vault mask\0");
        Self {
            key: key.chain_update(id.as_bytes()),
            block: 0,
        }
    }

    /// Masks, or unmasks, the next bytes: whole blocks until the last.
    fn apply(&mut self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(BLOCK_BYTES) {
            let stream = self.key.clone().chain_update(self.block.to_le_bytes());
            for (byte, mask) in part.iter_mut().zip(stream.finalize()) {
                *byte ^= mask;
            }
            self.block += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_stored_comes_out_again(content in prop::collection::vec(any::<u8>(), 0..200_000)) {
            let mut stored = Vec::new();
            let put_in = store("id", &mut content.as_slice(), &mut stored).unwrap();
            let mut out = Vec::new();
            let taken = take_out("id", &mut stored.as_slice(), &mut out).unwrap();
            prop_assert_eq!(put_in, taken);
            prop_assert_eq!(out, content);
        }
    }

    #[test]
    fn nothing_of_the_content_is_left_to_be_recognised() {
        let content = b"MZ this program cannot be run".repeat(100);
        let mut stored = Vec::new();
        store("id", &mut content.as_slice(), &mut stored).unwrap();
        for window in content.windows(8).take(64) {
            assert!(!stored.windows(8).any(|stored| stored == window));
        }
        // Zeros would show the mask itself; it must not repeat.
        let mut zeros = Vec::new();
        store("id", &mut [0; 4096].as_slice(), &mut zeros).unwrap();
        assert_ne!(zeros[16..48], zeros[48..80]);
    }
}
