//! Containers byte by byte, so that each field can lie.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

/// A program with one section of data, as little of one as is recognised.
pub fn program(data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 512];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[60] = 64;
    bytes[64..68].copy_from_slice(b"PE\0\0");
    bytes[70] = 1;
    let section = 64 + 24;
    bytes[section..section + 5].copy_from_slice(b".rsrc");
    bytes[section + 16..section + 20].copy_from_slice(&(data.len() as u32).to_le_bytes());
    bytes[section + 20..section + 24].copy_from_slice(&512_u32.to_le_bytes());
    bytes[section + 36..section + 40].copy_from_slice(&0x4000_0040_u32.to_le_bytes());
    bytes.extend_from_slice(data);
    bytes
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(9));
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

pub fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(9));
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// What a header of a zip member says, true or not.
#[derive(Clone)]
pub struct Entry {
    pub name: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    pub crc: u32,
    pub packed_bytes: u32,
    pub size: u32,
}

impl Entry {
    pub fn stored(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.into(),
            method: 0,
            flags: 0,
            crc: crc32fast::hash(content),
            packed_bytes: content.len() as u32,
            size: content.len() as u32,
        }
    }

    pub fn deflated(name: &str, content: &[u8], packed: &[u8]) -> Self {
        Self {
            method: 8,
            packed_bytes: packed.len() as u32,
            ..Self::stored(name, content)
        }
    }

    pub fn local(&self) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04\x14\0".to_vec();
        self.fields(&mut bytes);
        bytes.extend_from_slice(&self.name);
        bytes
    }

    pub fn central(&self, local_at: u32) -> Vec<u8> {
        let mut bytes = b"PK\x01\x02\x14\0\x14\0".to_vec();
        self.fields(&mut bytes);
        bytes.extend_from_slice(&[0; 10]);
        bytes.extend_from_slice(&local_at.to_le_bytes());
        bytes.extend_from_slice(&self.name);
        bytes
    }

    fn fields(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.flags.to_le_bytes());
        bytes.extend_from_slice(&self.method.to_le_bytes());
        bytes.extend_from_slice(&[0, 0, 0x21, 0x50]);
        bytes.extend_from_slice(&self.crc.to_le_bytes());
        bytes.extend_from_slice(&self.packed_bytes.to_le_bytes());
        bytes.extend_from_slice(&self.size.to_le_bytes());
        bytes.extend_from_slice(&(self.name.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&[0, 0]);
    }
}

/// The end record of a directory.
pub fn end(count: u16, directory: &[u8], directory_at: usize) -> Vec<u8> {
    let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
    bytes.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&(directory_at as u32).to_le_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes
}

/// An honest archive of stored or deflated members.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let packed = deflate(content);
        let smaller = packed.len() < content.len();
        let entry = if smaller {
            Entry::deflated(name, content, &packed)
        } else {
            Entry::stored(name, content)
        };
        directory.extend(entry.central(bytes.len() as u32));
        bytes.extend(entry.local());
        bytes.extend_from_slice(if smaller { &packed } else { content });
    }
    let at = bytes.len();
    let end = end(members.len() as u16, &directory, at);
    bytes.extend(directory);
    bytes.extend(end);
    bytes
}

/// One header of a tape archive with its content.
pub fn tar_entry(name: &str, kind: u8, stated_size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{stated_size:011o}").as_bytes());
    header[136..147].copy_from_slice(b"00000000000");
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut bytes = header.to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

pub fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let entries = members
        .iter()
        .map(|(name, content)| tar_entry(name, b'0', content.len() as u64, content));
    let mut bytes: Vec<u8> = entries.flatten().collect();
    bytes.extend_from_slice(&[0; 1024]);
    bytes
}

pub fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let header = format!(
            "{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
            format!("{name}/"),
            0,
            0,
            0,
            644,
            content.len()
        );
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        if content.len() % 2 == 1 {
            bytes.push(b'\n');
        }
    }
    bytes
}

pub fn cpio(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in members.iter().chain([&("TRAILER!!!", &[] as &[u8])]) {
        let header = format!(
            "070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{name}\0",
            1,
            0o100_644,
            0,
            0,
            1,
            0,
            content.len(),
            0,
            0,
            0,
            0,
            name.len() + 1,
            0
        );
        bytes.extend_from_slice(header.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

/// A cabinet with one file in one folder, from the blocks of that folder and how many bytes each has unpacked.
pub fn cabinet(name: &str, size: usize, compression: u16, blocks: &[(Vec<u8>, usize)]) -> Vec<u8> {
    let blocks_at = 36 + 8 + 16 + name.len() + 1;
    let data: usize = blocks.iter().map(|(packed, _)| packed.len() + 8).sum();
    let mut bytes = b"MSCF\0\0\0\0".to_vec();
    bytes.extend_from_slice(&((blocks_at + data) as u32).to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&44_u32.to_le_bytes());
    bytes.extend_from_slice(&[0, 0, 0, 0, 3, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(&(blocks_at as u32).to_le_bytes());
    bytes.extend_from_slice(&(blocks.len() as u16).to_le_bytes());
    bytes.extend_from_slice(&compression.to_le_bytes());
    bytes.extend_from_slice(&(size as u32).to_le_bytes());
    bytes.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0x21, 0x50, 0, 0, 0x20, 0]);
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(0);
    for (packed, unpacked) in blocks {
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(&(packed.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&(*unpacked as u16).to_le_bytes());
        bytes.extend_from_slice(packed);
    }
    bytes
}
