//! A file system in user space with one file, `stuck`, of which a read is never answered. The protocol is that of
//! `linux/fuse.h`, version 7; only what a look at the file needs is spoken. The tests of `tocsin` mount it too.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Bytes of a request's header.
const HEADER: usize = 40;
/// More than a request to a file system that takes no writes.
const REQUEST_BYTES: usize = 128 * 1024;
/// The node of the folder.
const FOLDER: u64 = 1;
/// The node of the file.
const FILE: u64 = 2;

/// The mounted file system; unmounted when dropped.
pub struct Stuck {
    folder: PathBuf,
}

impl Stuck {
    /// Mounts it at the folder; needs root and `/dev/fuse`.
    pub fn mount(folder: &Path) -> Result<Self> {
        fs_err::create_dir_all(folder)?;
        let device = fs_err::OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/fuse")?
            .into_parts()
            .0;
        // `mount` hands its standard input to the kernel as the other end.
        let mounted = Command::new("mount")
            .args(["-i", "-t", "fuse", "-o"])
            .arg("fd=0,rootmode=40000,user_id=0,group_id=0,allow_other")
            .arg("hostile")
            .arg(folder)
            .stdin(Stdio::from(device.try_clone()?))
            .output()
            .context("start mount")?;
        if !mounted.status.success() {
            let why = String::from_utf8_lossy(&mounted.stderr);
            bail!("mount failed: {}", why.trim());
        }
        std::thread::spawn(move || serve(device));
        Ok(Self {
            folder: folder.to_owned(),
        })
    }
}

impl Drop for Stuck {
    fn drop(&mut self) {
        // By force, which lets go of whoever hangs in it, and lazily.
        let unmounted = Command::new("umount")
            .args(["-f", "-l"])
            .arg(&self.folder)
            .status();
        if !unmounted.is_ok_and(|status| status.success()) {
            println!("  '{}' stays mounted", self.folder.display());
        }
    }
}

/// Answers until the file system is unmounted.
fn serve(mut device: std::fs::File) {
    let mut request = vec![0; REQUEST_BYTES];
    while let Ok(length) = device.read(&mut request) {
        let Some(answer) = answer(&request[..length]) else {
            continue;
        };
        if device.write_all(&answer).is_err() {
            // The one who asked has gone.
        }
    }
}

/// Returns the answer to a request; none for a read, and for what wants none.
fn answer(request: &[u8]) -> Option<Vec<u8>> {
    let u32_at = |at: usize| {
        Some(u32::from_le_bytes(
            request.get(at..at + 4)?.try_into().ok()?,
        ))
    };
    let u64_at = |at: usize| {
        Some(u64::from_le_bytes(
            request.get(at..at + 8)?.try_into().ok()?,
        ))
    };
    let (opcode, unique, node) = (u32_at(4)?, u64_at(8)?, u64_at(16)?);
    let body = match opcode {
        // FORGET, READ, INTERRUPT, BATCH_FORGET.
        2 | 15 | 36 | 42 => return None,
        // LOOKUP
        1 if request.get(HEADER..)? == b"stuck\0" => {
            let mut entry = words64(&[FILE, 0, 3600, 3600, 0]);
            entry.extend(attributes(FILE));
            Ok(entry)
        }
        1 => Err(2),
        // GETATTR
        3 => {
            let mut body = words64(&[3600, 0]);
            body.extend(attributes(node));
            Ok(body)
        }
        // OPEN, OPENDIR
        14 | 27 => Ok(words64(&[0, 0])),
        // STATFS
        17 => Ok(vec![0; 80]),
        // INIT: version 7.31, no options, background requests, largest write.
        26 => {
            let mut body = words32(&[7, 31, 0, 0, 0x000c_0010, 4_096]);
            body.resize(64, 0);
            Ok(body)
        }
        // READDIR
        28 if u64_at(HEADER + 8)? == 0 => {
            let mut body = words64(&[FILE, 1]);
            body.extend(words32(&[5, 8]));
            body.extend(b"stuck\0\0\0");
            Ok(body)
        }
        // RELEASE, FLUSH, RELEASEDIR, and what follows the last entry.
        18 | 25 | 28 | 29 => Ok(Vec::new()),
        _ => Err(38),
    };
    let (error, body): (i32, Vec<u8>) = match body {
        Ok(body) => (0, body),
        Err(number) => (-number, Vec::new()),
    };
    let length = u32::try_from(16 + body.len()).ok()?;
    let mut answer = length.to_le_bytes().to_vec();
    answer.extend(error.to_le_bytes());
    answer.extend(unique.to_le_bytes());
    answer.extend(body);
    Some(answer)
}

/// Node, size, blocks, three times, their fractions, mode, links, owner, group, device, block size, flags.
fn attributes(node: u64) -> Vec<u8> {
    let (mode, size) = if node == FOLDER {
        (0o040_755, 0)
    } else {
        (0o100_644, 1 << 20)
    };
    let mut attributes = words64(&[node, size, size / 512, 1, 1, 1]);
    attributes.extend(words32(&[0, 0, 0, mode, 1, 0, 0, 0, 4096, 0]));
    attributes
}

fn words64(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn words32(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(opcode: u32, body: &[u8]) -> Vec<u8> {
        let mut request = words32(&[0, opcode]);
        request.extend(words64(&[7, 2, 0, 0]));
        request.extend(body);
        request
    }

    #[test]
    fn everything_is_answered_but_a_read() {
        assert_eq!(answer(&request(15, &[0; 40])), None);
        assert_eq!(answer(&request(3, &[0; 16])).map(|a| a.len()), Some(120));
        assert_eq!(answer(&request(1, b"stuck\0")).map(|a| a.len()), Some(144));
        assert_eq!(answer(&request(26, &[0; 16])).map(|a| a.len()), Some(80));
        assert_eq!(answer(b"short"), None);
    }
}
