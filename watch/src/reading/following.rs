//! A chain of evidence that grows while it is read. Each line is read once and proved against the line before; now and then all of
//! it is read again, because what was read may have been changed since.

use std::path::{Path, PathBuf};

use fs_err::File;

use crate::keeping::{ChainError, Link, Proof, read_on, verify_chain};

/// Readings between two of the whole chain: at one each few seconds, about ten minutes.
const WHOLE_EVERY: u32 = 200;

/// Reads a chain on.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    /// What was proved by an earlier reader: the chain must go on from there.
    known: Option<Proof>,
    proof: Proof,
    bytes: u64,
    readings: u32,
}

impl Follower {
    /// Follows the chain in this file. With `known` it must contain what was proved before.
    pub fn new(path: &Path, known: Option<Proof>) -> Self {
        Self {
            path: path.to_owned(),
            known,
            proof: Proof::default(),
            bytes: 0,
            readings: 0,
        }
    }

    /// Hands out each line that is new, and the byte at which it begins. After an error the next reading tries again; lines are
    /// never handed out twice.
    pub fn read_on(&mut self, each: &mut dyn FnMut(Link, u64)) -> Result<(), ChainError> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            // Nothing was ever written down.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.is_empty() => {
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        if file.metadata()?.len() < self.bytes {
            return Err(self.broken());
        }
        self.readings = self.readings.wrapping_add(1);
        if self.readings.is_multiple_of(WHOLE_EVERY) {
            self.prove_again()?;
        }
        let known = self
            .known
            .clone()
            .filter(|known| known.lines > self.proof.lines);
        let mut is_known = known.is_none();
        let mut new = Vec::new();
        let begin = (self.proof.clone(), self.bytes);
        let mut at = self.bytes;
        let (proof, bytes) = read_on(&mut file, &self.path, begin, &mut |link, line| {
            if known.as_ref().is_some_and(|known| is_end_of(known, &link)) {
                is_known = true;
            }
            new.push((link, at));
            at += line.len() as u64 + 1;
        })?;
        if !is_known {
            return Err(self.broken());
        }
        for (link, at) in new {
            each(link, at);
        }
        self.proof = proof;
        self.bytes = bytes;
        Ok(())
    }

    /// Returns what was proved so far.
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Reads everything again that was read before: it must still say the same.
    pub fn prove_again(&self) -> Result<(), ChainError> {
        let mut is_same = self.proof.lines == 0;
        verify_chain(&self.path, &mut |link| {
            is_same |= is_end_of(&self.proof, &link);
        })?;
        if is_same { Ok(()) } else { Err(self.broken()) }
    }

    fn is_empty(&self) -> bool {
        self.proof.lines == 0 && self.known.is_none()
    }

    /// Says that what was proved does not stand there any more.
    pub fn broken(&self) -> ChainError {
        ChainError::Broken {
            path: self.path.clone(),
            line: self.proof.lines.max(1),
        }
    }
}

fn is_end_of(proof: &Proof, link: &Link) -> bool {
    link.number == proof.lines && link.digest == proof.last
}
