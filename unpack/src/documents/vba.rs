//! The source of Visual Basic macros, which documents keep compressed in the streams of a storage named `VBA`.
//!
//! The formats are [MS-OVBA] 2.3.4.2 (the `dir` stream) and 2.4.1 (the compression).

use std::io::{self, Read};

use memchr::memmem;

/// Bytes that a chunk stands for, at most.
const CHUNK_BYTES_MAX: usize = 4096;
/// Modules of one project, at most. Office stops far earlier.
const MODULE_COUNT_MAX: usize = 10_000;

/// A module that the `dir` stream names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Module {
    /// Its name for people.
    pub(crate) name: String,
    /// The stream that holds it.
    pub(crate) stream: String,
    /// Where the compressed source begins in that stream.
    pub(crate) offset: usize,
}

/// Reads the modules' names, streams and offsets from a decompressed `dir` stream, as far as it makes sense.
pub(crate) fn parse_modules(dir: &[u8]) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    let mut rest = dir;
    while let Some((id, data, later)) = next_record(rest) {
        rest = later;
        match id {
            // The name in the project's code page opens a module; the Unicode one improves it.
            0x0019 => {
                if modules.len() == MODULE_COUNT_MAX {
                    break;
                }
                let name = String::from_utf8_lossy(data).into_owned();
                modules.push(Module {
                    stream: name.clone(),
                    name,
                    offset: 0,
                });
            }
            0x0047 => last(&mut modules, |module| module.name = utf16(data)),
            0x001a => last(&mut modules, |module| {
                module.stream = String::from_utf8_lossy(data).into_owned();
            }),
            0x0032 => last(&mut modules, |module| module.stream = utf16(data)),
            0x0031 => last(&mut modules, |module| {
                let offset = data.first_chunk().map_or(0, |at| u32::from_le_bytes(*at));
                module.offset = offset as usize;
            }),
            _ => {}
        }
    }
    modules
}

/// Finds where a module's compressed source begins without the help of the `dir` stream: every module begins with an
/// attribute, whose first eight letters cannot be compressed.
pub(crate) fn find_source(stream: &[u8]) -> Option<usize> {
    memmem::find_iter(stream, b"\0Attribut")
        .filter_map(|at| at.checked_sub(3))
        .find(|start| stream.get(*start) == Some(&1))
}

fn last(modules: &mut [Module], change: impl FnOnce(&mut Module)) {
    if let Some(module) = modules.last_mut() {
        change(module);
    }
}

fn next_record(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (id, rest) = bytes.split_first_chunk()?;
    let (size, rest) = rest.split_first_chunk()?;
    let id = u16::from_le_bytes(*id);
    // The version's record is two bytes longer than it says.
    let extra = if id == 0x0009 { 2 } else { 0 };
    let size = (u32::from_le_bytes(*size) as usize).checked_add(extra)?;
    let (data, rest) = rest.split_at_checked(size)?;
    Some((id, data, rest))
}

fn utf16(bytes: &[u8]) -> String {
    super::naming::utf16_text(bytes)
}

/// Decompresses while it is read. Each chunk of at least three bytes gives at most 4096.
pub(crate) struct Decompressed<'a> {
    rest: &'a [u8],
    chunk: Vec<u8>,
    given: usize,
    is_begun: bool,
}

impl<'a> Decompressed<'a> {
    /// Starts at the signature byte of the compressed container.
    pub(crate) fn new(container: &'a [u8]) -> Self {
        Self {
            rest: container,
            chunk: Vec::new(),
            given: 0,
            is_begun: false,
        }
    }

    /// Decompresses the next chunk; `false` at the end.
    fn next_chunk(&mut self) -> io::Result<bool> {
        if !self.is_begun {
            self.is_begun = true;
            match self.rest.split_first() {
                Some((1, rest)) => self.rest = rest,
                _ => return Err(damaged("the compressed source has no signature")),
            }
        }
        self.chunk.clear();
        self.given = 0;
        let Some((header, rest)) = self.rest.split_first_chunk() else {
            return Ok(false);
        };
        let header = u16::from_le_bytes(*header);
        if header >> 12 & 7 != 3 {
            // What follows the last chunk in the stream is nothing of ours.
            self.rest = &[];
            return Ok(false);
        }
        let size = usize::from(header & 0xfff) + 1;
        let (tokens, rest) = rest.split_at(size.min(rest.len()));
        self.rest = rest;
        if header & 0x8000 == 0 {
            self.chunk.extend_from_slice(tokens);
            return Ok(true);
        }
        decompress_chunk(tokens, &mut self.chunk)?;
        Ok(true)
    }
}

impl Read for Decompressed<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.chunk.len() {
            if !self.next_chunk()? {
                return Ok(0);
            }
        }
        let ready = self.chunk.get(self.given..).unwrap_or_default();
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.given += count;
        Ok(count)
    }
}

/// Expands the tokens of one chunk: eight to a flag byte, each a letter or a copy of what came before.
fn decompress_chunk(tokens: &[u8], chunk: &mut Vec<u8>) -> io::Result<()> {
    let mut rest = tokens;
    while let Some((flags, later)) = rest.split_first() {
        rest = later;
        for bit in 0..8 {
            if flags >> bit & 1 == 0 {
                let Some((letter, later)) = rest.split_first() else {
                    return Ok(());
                };
                rest = later;
                chunk.push(*letter);
            } else {
                let Some((token, later)) = rest.split_first_chunk() else {
                    return Ok(());
                };
                rest = later;
                copy(u16::from_le_bytes(*token), chunk)?;
            }
            if chunk.len() > CHUNK_BYTES_MAX {
                return Err(damaged("a chunk of the compressed source is too long"));
            }
        }
    }
    Ok(())
}

/// Carries out a copy token. The more has come before, the more of its bits say how far back to go.
fn copy(token: u16, chunk: &mut Vec<u8>) -> io::Result<()> {
    let mut bits = 4;
    while bits < 12 && 1_usize << bits < chunk.len() {
        bits += 1;
    }
    let length = usize::from(token & (0xffff >> bits)) + 3;
    let back = usize::from(token >> (16 - bits)) + 1;
    let from = chunk
        .len()
        .checked_sub(back)
        .ok_or_else(|| damaged("the compressed source copies from before its beginning"))?;
    // What is copied can reach into what it makes.
    for at in from..from + length {
        chunk.extend(chunk.get(at).copied());
    }
    Ok(())
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Decompressed, Module, find_source, parse_modules};

    fn decompress(container: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut content = Vec::new();
        Decompressed::new(container).read_to_end(&mut content)?;
        Ok(content)
    }

    /// The three examples of [MS-OVBA] 3.2.
    #[test]
    fn decompresses_the_examples_of_the_specification() {
        let plain = b"\x01\x19\xb0\x00abcdefgh\x00ijklmnop\x00qrstuv.";
        assert_eq!(decompress(plain).unwrap(), b"abcdefghijklmnopqrstuv.");
        let normal = b"\x01\x2f\xb0\0#aaabcde\x82f\0paghij\x018\x08akl\x00\x30mnop\x06q\x02p\x04\x10rstuv\x10wxyz\0<";
        assert_eq!(
            decompress(normal).unwrap(),
            b"#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
        );
        let most = b"\x01\x03\xb0\x02aE\0";
        assert_eq!(decompress(most).unwrap(), vec![b'a'; 73]);
    }

    #[test]
    fn refuses_what_copies_from_nowhere_and_what_never_was_compressed() {
        assert!(decompress(b"\x01\x02\xb0\x01\x00\x00").is_err());
        assert!(decompress(b"Attribute").is_err());
        assert_eq!(decompress(b"\x01").unwrap(), b"");
    }

    #[test]
    fn finds_modules_their_streams_and_offsets() {
        let mut dir = Vec::new();
        let mut record = |id: u16, data: &[u8]| {
            dir.extend_from_slice(&id.to_le_bytes());
            let size = if id == 9 { 4 } else { data.len() };
            dir.extend_from_slice(&u32::try_from(size).unwrap().to_le_bytes());
            dir.extend_from_slice(data);
        };
        record(0x0009, b"\x01\0\0\0\x02\0");
        record(0x0019, b"Module1");
        record(0x0047, b"M\0o\0d\0\xbb\x1e");
        record(0x001a, b"stream");
        record(0x0031, &77_u32.to_le_bytes());
        record(0x0019, b"ThisDocument");
        record(0x0031, b"");
        dir.extend_from_slice(b"\x19\0\xff\xff\xff\xffcut off");
        assert_eq!(
            parse_modules(&dir),
            [
                Module {
                    name: "Modẻ".to_owned(),
                    stream: "stream".to_owned(),
                    offset: 77
                },
                Module {
                    name: "ThisDocument".to_owned(),
                    stream: "ThisDocument".to_owned(),
                    offset: 0
                }
            ]
        );
    }

    #[test]
    fn finds_the_source_by_its_first_attribute() {
        assert_eq!(
            find_source(b"performance cache\x01\x19\xb0\0Attribut"),
            Some(17)
        );
        assert_eq!(find_source(b"\0Attribut"), None);
    }
}
