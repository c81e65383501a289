//! Changes inputs: bits, bytes, interesting numbers, lengths, pieces of others, marks of formats, an early end.

/// Numbers, the same for the same seed on every machine.
pub struct Chance(u64);

/// Longest input that is made.
const BYTES_MAX: usize = 256 * 1024;
/// Bytes that a short piece becomes.
const REPEATED_BYTES: usize = 128 * 1024;
/// Most changes to one input.
const CHANGES_MAX: usize = 8;

/// Numbers at which parsers go wrong.
const NUMBERS: [u64; 16] = [
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0x8000,
    0xffff,
    0x10_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_ffff,
];

/// Marks that begin or divide formats, and words of texts.
const MARKS: [&[u8]; 60] = [
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b\x08",
    b"BZh9",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"!<arch>\n",
    b"070701",
    b"ustar",
    b"MSCF",
    b"CD001",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"{\\rtf1",
    b"{\\object\\objdata ",
    b"%PDF-1.7\n",
    b" 0 obj\n<</Filter/FlateDecode/Length 9>>stream\n",
    b"\nendstream\nendobj\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"\nFrom ",
    b"\x78\x9f\x3e\x22",
    b"MZ",
    b"PE\0\0",
    b"\x7fELF",
    b"regf",
    b"hbin",
    b"ElfFile\0",
    b"ElfChnk\0",
    b"FILE0",
    b"MAM\x04",
    b"SCCA",
    b"condition:",
    b"detection:",
    b"|re: ",
    b"{\"",
    b"\\u0000",
    b"((((((((((((((((",
    b"<script>",
    b"<style>",
    b"<!--",
    b"]]>",
    b"<table><svg><title>",
    b"<template>",
    b"</p></div></body>",
    b"<div><div><div><div>",
    b"<a href=//a/ style=display:none>",
    b"@media screen{",
    b"url(data:,",
    b"&#x1F600;",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"atob('YQ==')",
    b"String.fromCharCode(60,",
    b"['\\x61']+",
    b"<loc>",
    b"Disallow: /*$",
    b"IHDR",
];

impl Chance {
    /// Begins with a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number below `end`, or 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let number = usize::try_from(self.0 >> 16).unwrap_or(0);
        number.checked_rem(end).unwrap_or(0)
    }

    fn number(&mut self) -> u64 {
        match self.below(3) {
            0 => self.0,
            _ => NUMBERS[self.below(NUMBERS.len())],
        }
    }
}

/// Returns one of the seeds, changed.
pub fn changed(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seeds
        .get(chance.below(seeds.len()))
        .cloned()
        .unwrap_or_default();
    for _ in 0..=chance.below(CHANGES_MAX) {
        change(&mut bytes, seeds, chance);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], chance: &mut Chance) {
    // Headers stand in front, directories at the end: half of the changes fall near an end.
    let at = match chance.below(4) {
        0 => chance.below(bytes.len().min(512)),
        1 => bytes
            .len()
            .saturating_sub(1 + chance.below(bytes.len().min(512))),
        _ => chance.below(bytes.len()),
    };
    match chance.below(11) {
        0 => flip(bytes, at, chance),
        1 => {
            let byte = u8::try_from(chance.below(256)).unwrap_or(0);
            overwrite(bytes, at, &[byte]);
        }
        2 => {
            let number = chance.number().to_le_bytes();
            overwrite(bytes, at, &number[..1 << chance.below(4)]);
        }
        3 => {
            let number = chance.number().to_be_bytes();
            overwrite(bytes, at, &number[8 - (1 << chance.below(4))..]);
        }
        4 => {
            // A length that leads to the end, or just beyond.
            let rest = (bytes.len() - at + chance.below(3)) as u64;
            overwrite(bytes, at, &rest.to_le_bytes()[..1 << chance.below(4)]);
        }
        5 => bytes.truncate(at),
        6 => {
            let end = (at + 1 + chance.below(64)).min(bytes.len());
            let _ = bytes.drain(at.min(end)..end);
        }
        7 => insert(bytes, at, MARKS[chance.below(MARKS.len())]),
        8 => {
            let end = (at + 1 + chance.below(1024)).min(bytes.len());
            let piece = bytes[at.min(end)..end].to_vec();
            for _ in 0..=chance.below(4) {
                insert(bytes, at, &piece);
            }
        }
        9 => repeat(bytes, at, chance),
        _ => {
            let Some(other) = seeds.get(chance.below(seeds.len())) else {
                return;
            };
            let start = chance.below(other.len());
            let end = (start + 1 + chance.below(4096)).min(other.len());
            let piece = &other[start.min(end)..end];
            if chance.below(2) == 0 {
                insert(bytes, at, piece);
            } else {
                overwrite(bytes, at, piece);
            }
        }
    }
}

/// Makes very many of a short piece, now and then: what a parser does for each of many must not be done again for each of them.
fn repeat(bytes: &mut Vec<u8>, at: usize, chance: &mut Chance) {
    if chance.below(16) > 0 {
        return;
    }
    let end = (at + 1 + chance.below(24)).min(bytes.len());
    let piece = bytes[at.min(end)..end].to_vec();
    if let Some(times) = REPEATED_BYTES.checked_div(piece.len()) {
        insert(bytes, at, &piece.repeat(times));
    }
}

fn flip(bytes: &mut [u8], at: usize, chance: &mut Chance) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << chance.below(8);
    }
}

fn overwrite(bytes: &mut [u8], at: usize, piece: &[u8]) {
    for (byte, new) in bytes.iter_mut().skip(at).zip(piece) {
        *byte = *new;
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let at = at.min(bytes.len());
    bytes.splice(at..at, piece.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_inputs_and_another_makes_others() {
        let seeds = [b"PK\x03\x04 some bytes".to_vec(), Vec::new()];
        let made = |seed| {
            let mut chance = Chance::new(seed);
            let inputs: Vec<_> = (0..2_000).map(|_| changed(&seeds, &mut chance)).collect();
            inputs
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        assert!(made(3).iter().all(|input| input.len() <= BYTES_MAX));
        assert_eq!(
            changed(&[], &mut Chance::new(4)).len().min(1),
            1.min(changed(&[], &mut Chance::new(4)).len())
        );
    }
}
