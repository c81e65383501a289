//! The disks of the demo's hosts: folders laid out like Windows disks, with ordinary files and what was planted.
//!
//! No malware: planted files are marker texts made here. Their names are those of dispatch 238 where the story says so.

use std::path::Path;

use fs_err as fs;

/// What lies on a host's disk besides ordinary files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// The abused-legitimate name of the dispatch, with the content of another program.
    AbusedNameOtherContent,
    /// The marker of the exercise, where the exercise expects it.
    Marker,
    /// The marker inside a zip archive that somebody downloaded.
    MarkerInArchive,
    /// The marker under another name, in a user's folder: only its content gives it away.
    MarkerRenamed,
    /// The dispatch's path of a payload with other content: perhaps a variant, a case for people.
    PayloadPathOtherContent,
    /// A real Windows tool whose name the malware took.
    RealTool,
    /// A folder that the agent may not read.
    UnreadableFolder,
}

/// The marker that the exercise alert looks for. Harmless text, unique to the demo.
pub const MARKER: &[u8] =
    b"TOCSIN EXERCISE MARKER 2016-08-03: this file is harmless and was planted on purpose.\r\n";
/// Where the exercise alert expects the marker.
pub const MARKER_PLACE: &str = "ProgramData/Flight Display/dtshow.dll";

const ORDINARY_FOLDERS: [(&str, &str, usize); 8] = [
    ("Windows/System32", "dll", 40),
    ("Windows/System32/drivers", "sys", 15),
    ("Windows/Fonts", "ttf", 8),
    ("Program Files/Common Files/System", "dll", 10),
    ("Program Files/Microsoft Office/Office16", "dll", 12),
    ("ProgramData/Flight Display", "dat", 6),
    ("Users/Public/Documents", "docx", 10),
    ("Users/quantri/AppData/Local/Temp", "tmp", 14),
];

/// Lays out a disk below `root`; the same `seed` gives the same bytes.
pub fn lay_out(root: &Path, seed: u64, planted: &[Planted]) -> anyhow::Result<()> {
    let mut noise = Noise(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    for (folder, extension, count) in ORDINARY_FOLDERS {
        let folder = root.join(folder);
        fs::create_dir_all(&folder)?;
        for number in 0..count {
            let size = 200 + noise.below(24_000);
            let name = format!("file{number:03}.{extension}");
            let content = ordinary(&name, noise.bytes(size));
            fs::write(folder.join(name), content)?;
        }
    }
    for name in [
        "Hồ sơ kiểm tra an toàn thông tin.docx",
        "Lịch trực tháng 8.xlsx",
        "Báo cáo giao ban.pdf",
    ] {
        let content = ordinary(name, noise.bytes(9_000));
        fs::write(root.join("Users/Public/Documents").join(name), content)?;
    }
    for &what in planted {
        plant(root, what, &mut noise)?;
    }
    Ok(())
}

fn plant(root: &Path, what: Planted, noise: &mut Noise) -> anyhow::Result<()> {
    match what {
        Planted::AbusedNameOtherContent => put(
            root,
            "Program Files/Common Files/McAfee/McAfee.exe",
            &noise.bytes(61_440),
        ),
        Planted::Marker => put(root, MARKER_PLACE, MARKER),
        Planted::MarkerInArchive => put(
            root,
            "Users/Public/Downloads/cap-nhat-FIDS.zip",
            &stored_zip("setup/dtshow.dll", MARKER),
        ),
        Planted::MarkerRenamed => put(root, "Users/quantri/AppData/Local/Temp/~df81.tmp", MARKER),
        Planted::PayloadPathOtherContent => {
            put(root, "Windows/System32/DiskMgers.dll", &noise.bytes(87_040))
        }
        Planted::RealTool => put(root, "Windows/System32/diskperf.exe", &noise.bytes(22_016)),
        Planted::UnreadableFolder => {
            put(
                root,
                "Users/giamdoc/Documents/Rieng.docx",
                &ordinary("Rieng.docx", noise.bytes(4_096)),
            )?;
            let folder = root.join("Users/giamdoc");
            let nobody = std::os::unix::fs::PermissionsExt::from_mode(0o000);
            Ok(fs::set_permissions(folder, nobody)?)
        }
    }
}

/// Makes the content what the name says, as far as a sweep cares: a document is a real container, and not a damaged one.
fn ordinary(name: &str, noise: Vec<u8>) -> Vec<u8> {
    match name.rsplit('.').next() {
        Some("docx") => stored_zip("word/media/image1.bin", &noise),
        Some("xlsx") => stored_zip("xl/media/image1.bin", &noise),
        Some("pdf") => pdf(&noise),
        _ => noise,
    }
}

/// One stream, in which nothing is attached.
fn pdf(noise: &[u8]) -> Vec<u8> {
    let hex = domain::digest::to_hex(noise);
    let head = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
        2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n";
    let stream = format!(
        "3 0 obj\n<< /Length {} >>\nstream\n{hex}\nendstream\nendobj\n",
        hex.len()
    );
    let tail = "trailer\n<< /Root 1 0 R >>\n%%EOF\n";
    [head, &stream, tail].concat().into_bytes()
}

/// A zip archive with one member that is not compressed (APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16).
fn stored_zip(name: &str, content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let name_size = u16::try_from(name.len()).unwrap_or(u16::MAX);
    // From "version needed" to "extra field length", the same in both headers: no flags, stored, 1 January 1980.
    let mut about = vec![10, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
    about.extend(crc32(content).to_le_bytes());
    about.extend(size.to_le_bytes());
    about.extend(size.to_le_bytes());
    about.extend(name_size.to_le_bytes());
    about.extend([0, 0]);

    let mut zip = [b"PK\x03\x04", about.as_slice(), name.as_bytes(), content].concat();
    let directory_at = u32::try_from(zip.len()).unwrap_or(u32::MAX);
    zip.extend(b"PK\x01\x02\x0a\x00");
    zip.extend(&about);
    // Comment length, disk, attributes inside and outside, and where the member begins: all zero.
    zip.extend([0; 14]);
    zip.extend(name.as_bytes());
    let directory_size = u32::try_from(zip.len()).unwrap_or(u32::MAX) - directory_at;
    zip.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    zip.extend(directory_size.to_le_bytes());
    zip.extend(directory_at.to_le_bytes());
    zip.extend([0, 0]);
    zip
}

/// CRC-32 as zip has it, a bit at a time: the demo's files are small.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg())
        })
    })
}

fn put(root: &Path, place: &str, content: &[u8]) -> anyhow::Result<()> {
    let path = root.join(place);
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    Ok(fs::write(path, content)?)
}

/// Bytes that differ from file to file and are the same in every run (xorshift64*).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or(0)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count.div_ceil(8))
            .flat_map(|_| self.next().to_le_bytes())
            .take(count)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_content_as_other_programs_do() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
