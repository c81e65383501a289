//! Stretches and checks passwords with Argon2id (RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};
use domain::digest::{parse_hex, to_hex};
use node::ReadError;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::board::Board;

/// What a password costs to try: 19 MiB, two passes (OWASP, 2024). Kept with each hash, so that it can be raised.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// A hash whose stated cost is above this is damaged: it must not be able to stop the server.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 16;
/// Characters of a password (NIST SP 800-63B: at least 8; passphrases welcome).
const CHARS_MIN: usize = 8;
const BYTES_MAX: usize = 1024;

/// Why a password was not set.
#[derive(Debug, Error)]
pub enum SetPasswordError {
    /// It is too short to withstand guessing, or absurdly long.
    #[error("take a password of fewer than {CHARS_MIN} characters or more than {BYTES_MAX} bytes")]
    Length,
    /// The system gave no random bytes, or too little memory.
    #[error("stretch the password")]
    Stretch,
    /// The database did not keep it.
    #[error(transparent)]
    Keep(#[from] ReadError),
}

/// Sets the password with which officers sign in to the pages of this node, and ends every session.
pub fn set_admin_password(board: &dyn Board, password: &str) -> Result<(), SetPasswordError> {
    board.set_admin_password_hash(&hash_password(password)?)?;
    Ok(())
}

/// Returns what the database keeps of a password: `argon2id:memory:passes:salt:hash`.
pub fn hash_password(password: &str) -> Result<String, SetPasswordError> {
    if password.chars().count() < CHARS_MIN || password.len() > BYTES_MAX {
        return Err(SetPasswordError::Length);
    }
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| SetPasswordError::Stretch)?;
    let hash = stretch(password, &salt, MEMORY_KIB, PASSES).ok_or(SetPasswordError::Stretch)?;
    let (salt, hash) = (to_hex(&salt), to_hex(&hash));
    Ok(format!("argon2id:{MEMORY_KIB}:{PASSES}:{salt}:{hash}"))
}

/// Tells whether `password` is the one that was hashed. Takes as long where there is none as where there is.
pub(super) fn is_right(password: &str, hash: Option<&str>) -> bool {
    let kept = hash.and_then(parse);
    let known = kept.is_some();
    let (memory, passes, salt, expected) = kept.unwrap_or((MEMORY_KIB, PASSES, [0; 16], [0; 32]));
    let Some(found) = stretch(password, &salt, memory, passes) else {
        return false;
    };
    // Compared as hashes: how long it takes tells nothing.
    known && Sha256::digest(found) == Sha256::digest(expected)
}

fn parse(hash: &str) -> Option<(u32, u32, [u8; 16], [u8; 32])> {
    let mut parts = hash.strip_prefix("argon2id:")?.split(':');
    let memory = parts
        .next()?
        .parse()
        .ok()
        .filter(|m| *m <= MEMORY_KIB_MAX)?;
    let passes = parts.next()?.parse().ok().filter(|p| *p <= PASSES_MAX)?;
    let salt = parse_hex(parts.next()?)?;
    let expected = parse_hex(parts.next()?)?;
    Some((memory, passes, salt, expected))
}

fn stretch(password: &str, salt: &[u8; 16], memory: u32, passes: u32) -> Option<[u8; 32]> {
    let params = Params::new(memory, passes, 1, Some(32)).ok()?;
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut hash)
        .ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_that_was_set_is_right() {
        let hash = hash_password("mật khẩu đủ dài").unwrap();
        assert!(is_right("mật khẩu đủ dài", Some(&hash)));
        assert!(!is_right("mật khẩu đủ dài ", Some(&hash)));
        assert!(!is_right("", Some(&hash)));
        assert!(!is_right("mật khẩu đủ dài", None));
        assert!(!hash.contains("mật"));
    }

    #[test]
    fn a_damaged_hash_lets_nobody_in() {
        let hash = hash_password("correct horse").unwrap();
        for damaged in [
            "",
            "argon2id",
            &hash[..hash.len() - 1],
            &hash.replace(":2:", ":4000000000:"),
        ] {
            assert!(!is_right("correct horse", Some(damaged)), "{damaged}");
        }
    }

    #[test]
    fn short_passwords_are_refused() {
        assert!(matches!(
            hash_password("1234567"),
            Err(SetPasswordError::Length)
        ));
    }
}
