//! Which kind of container a file is, from its name and its first bytes.

use crate::kind::Kind;
use crate::reading::{le_u16, le_u32, le_u64};
use crate::{ar, documents, mail, ole, rpm, seven_zip, tar};

/// Bytes of the front that [`recognise`] looks at, at most. It works with fewer, but then does not see a disc image,
/// whose mark stands at 32 KiB.
pub const HEAD_BYTES: usize = 64 * 1024;

/// Tells which kind of container this is, if any: by its first bytes, and by its name only where the format has its
/// mark at the end (`.dmg`, `.vhd`, and `.zip` and its kin with data before the archive) or nowhere (`.lzma`).
///
/// A file that is none costs some 0.2 microseconds. A program is [`Kind::Program`], whether it carries an archive or
/// not: only its end tells.
pub fn recognise(name: &[u8], head: &[u8]) -> Option<Kind> {
    let first = *head.first()?;
    by_front(first, head)
        .or_else(|| by_inner_mark(head))
        .or_else(|| by_text(name, head))
        .or_else(|| by_name(name, head))
}

/// The formats whose first byte already leaves few choices.
fn by_front(first: u8, head: &[u8]) -> Option<Kind> {
    let is = |magic: &[u8]| head.starts_with(magic);
    let kind = match first {
        b'!' if is(ar::MAGIC) || is(b"!<thin>\n") => Kind::Ar,
        b'!' if is(b"!BDN") => Kind::Pst,
        b'#' if is(b"# Disk DescriptorFile") => Kind::Vmdk,
        b'(' if is(b"(This file must be converted with BinHex") => Kind::BinHex,
        b'0' if is(b"070701") || is(b"070702") || is(b"070707") => Kind::Cpio,
        b'7' if is(seven_zip::MAGIC) => Kind::SevenZip,
        b'B' if is(b"BZh") => bzip2(head)?,
        b'I' if is(b"ISc(") => Kind::InstallShield,
        b'I' if is(b"ITSF") => Kind::Chm,
        b'K' if is(b"KDMV") => Kind::Vmdk,
        b'K' if is(b"KWAJ\x88\xf0\x27\xd1") => Kind::Szdd,
        b'L' if is(b"LZIP") => Kind::Lzip,
        b'M' if is(b"MSCF") => Kind::Cab,
        b'M' if is(b"MSWIM\0\0\0") => Kind::Wim,
        b'M' if is(b"MZ") => Kind::Program,
        b'P' if is(b"PK\x03\x04") || is(b"PK\x05\x06") || is(b"PK\x07\x08") => Kind::Zip,
        b'P' if is(b"PK00PK\x03\x04") => Kind::Zip,
        b'Q' if is(b"QFI\xfb") => Kind::Qcow,
        b'R' if is(b"Rar!\x1a\x07") || is(b"RE~^") => Kind::Rar,
        b'S' if is(b"SIT!") || is(b"StuffIt ") => Kind::StuffIt,
        b'S' if is(b"SZDD\x88\xf0\x27\x33") => Kind::Szdd,
        b'Z' if is(b"ZOO ") => Kind::Zoo,
        b'c' if is(b"conectix") => Kind::Vhd,
        b'h' | b's' if is(b"hsqs") || is(b"sqsh") => Kind::Squashfs,
        b'v' if is(b"vhdxfile") => Kind::Vhd,
        b'x' if is(b"xar!") => Kind::Xar,
        0x02 if is(b"\x02\x21\x4c\x18") => Kind::Lz4,
        0x04 if is(b"\x04\x22\x4d\x18") => Kind::Lz4,
        0x1a if is_arc(head) => Kind::Arc,
        0x1f if is(b"\x1f\x8b\x08") => Kind::Gzip,
        0x1f if is(b"\x1f\x9d") => Kind::Compress,
        0x28 if is(b"\x28\xb5\x2f\xfd") => Kind::Zstd,
        0x45 if is(b"\x45\x3d\xcd\x28") => Kind::Cramfs,
        0x50..=0x5f if head.get(1..4) == Some(b"\x2a\x4d\x18") => Kind::Zstd,
        0x5d if is_lzma(head) => Kind::Lzma,
        0x60 if is_arj(head) => Kind::Arj,
        0x71 | 0xc7 if is_binary_cpio(head) => Kind::Cpio,
        0x7a if is(b"\x7a\x1a\x20\x10") => Kind::Sis,
        0x7f if is(b"\x7fELF") => Kind::Program,
        0x89 if is(b"\x89LZO\0") => Kind::Lzop,
        0xcf if is(b"\xcf\xad\x12\xfe") => Kind::OutlookExpress,
        0xd0 if is(ole::MAGIC) => Kind::Ole,
        0xe4 if is(b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3") => {
            Kind::OneNote
        }
        0xed if is(rpm::MAGIC) => Kind::Rpm,
        0xfd if is(b"\xfd7zXZ\0") => Kind::Xz,
        _ => return None,
    };
    Some(kind)
}

/// The formats that have their mark somewhere inside.
fn by_inner_mark(head: &[u8]) -> Option<Kind> {
    const LHA: &[u8] = b"-lh";
    const LHA_STORED: &[u8] = b"-lz";
    if head.get(257..262) == Some(b"ustar") || is_old_tar(head) {
        return Some(Kind::Tar);
    }
    if head.get(6) == Some(&b'-') && matches!(head.get(2..5)?, LHA | LHA_STORED) {
        return Some(Kind::Lha);
    }
    if head.get(7..14) == Some(b"**ACE**") {
        return Some(Kind::Ace);
    }
    if head.get(20..24) == Some(b"\xdc\xa7\xc4\xfd") {
        return Some(Kind::Zoo);
    }
    if le_u32(head, 8) == Some(0x1000_0419) && matches!(le_u32(head, 4)?, 0x1000_006d | 0x1000_3a12)
    {
        return Some(Kind::Sis);
    }
    match head.get(32_769..32_774) {
        Some(b"CD001") => Some(Kind::Iso),
        Some(b"BEA01") => {
            let is_iso =
                (head.get(32_769..)?.chunks(2048)).any(|sector| sector.starts_with(b"CD001"));
            Some(if is_iso { Kind::Iso } else { Kind::Udf })
        }
        _ => None,
    }
}

/// Documents and mail, which their own modules know.
fn by_text(name: &[u8], head: &[u8]) -> Option<Kind> {
    documents::recognise(name, head).or_else(|| mail::recognise(name, head))
}

/// The formats that only their name gives away.
fn by_name(name: &[u8], head: &[u8]) -> Option<Kind> {
    const ENDING_BYTES_MAX: usize = 4;
    let dot = memchr::memrchr(
        b'.',
        name.get(name.len().saturating_sub(ENDING_BYTES_MAX + 1)..)?,
    )?;
    let from = name.len().saturating_sub(ENDING_BYTES_MAX + 1) + dot + 1;
    let mut ending = [0_u8; ENDING_BYTES_MAX];
    let stated = name.get(from..)?;
    ending.get_mut(..stated.len())?.copy_from_slice(stated);
    ending.make_ascii_lowercase();
    match &ending {
        b"zip\0" | b"jar\0" | b"war\0" | b"apk\0" | b"docx" | b"docm" | b"xlsx" | b"xlsm"
        | b"xlsb" | b"pptx" | b"pptm" | b"odt\0" | b"ods\0" | b"odp\0" => Some(Kind::Zip),
        b"dmg\0" => Some(Kind::Dmg),
        b"vhd\0" => Some(Kind::Vhd),
        b"lzma" if is_lzma(head) => Some(Kind::Lzma),
        _ => None,
    }
}

/// The first block, or the end of an empty stream.
fn bzip2(head: &[u8]) -> Option<Kind> {
    let level = *head.get(3)?;
    let mark = head.get(4..10)?;
    let is_block = matches!(
        mark,
        b"\x31\x41\x59\x26\x53\x59" | b"\x17\x72\x45\x38\x50\x90"
    );
    (matches!(level, b'1'..=b'9') && is_block).then_some(Kind::Bzip2)
}

/// A tape archive from before ustar has no mark, but numbers where they must be and a checksum.
fn is_old_tar(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<512>() else {
        return false;
    };
    // The mode and the checksum; nearly every other file fails at the first of these bytes.
    let octal = |byte: &u8| matches!(byte, b'0'..=b'7' | b' ' | 0);
    block[0] != 0
        && block[100..107].iter().all(octal)
        && block[148..154].iter().any(u8::is_ascii_digit)
        && block[148..156].iter().all(octal)
        && block[124..135].iter().all(octal)
        && tar::checksum_fits(block)
}

/// LZMA-alone has no mark: its properties, a dictionary that encoders choose, and a size that can be.
fn is_lzma(head: &[u8]) -> bool {
    const SIZE_MAX: u64 = 1 << 40;
    let (Some(properties), Some(dictionary), Some(size)) =
        (head.first(), le_u32(head, 1), le_u64(head, 5))
    else {
        return false;
    };
    let shape = dictionary >> dictionary.trailing_zeros().min(31);
    *properties < 225
        && dictionary >= 4096
        && matches!(shape, 1 | 3)
        && (size == u64::MAX || size < SIZE_MAX)
        // The range coder's first byte is always zero.
        && head.get(13) == Some(&0)
}

fn is_arj(head: &[u8]) -> bool {
    const HEADER_BYTES_MAX: u16 = 2600;
    head.get(1) == Some(&0xea)
        && le_u16(head, 2).is_some_and(|size| (30..=HEADER_BYTES_MAX).contains(&size))
        && head
            .get(4)
            .is_some_and(|first_header| (30..64).contains(first_header))
}

/// ARC: a method, a name of two to twelve characters, and a date that can be. With a name of one character it would be any
/// terminal description of ncurses, which begins with the same mark and a length below 256 (`term(5)`).
fn is_arc(head: &[u8]) -> bool {
    let (Some(method @ 1..=11), Some(name)) = (head.get(1), head.get(2..15)) else {
        return false;
    };
    let length = name.iter().position(|byte| *byte == 0).unwrap_or(0);
    let date = le_u16(head, 19).unwrap_or(0);
    *method > 0
        && length > 1
        && name.iter().take(length).all(u8::is_ascii_graphic)
        && matches!((date >> 5) & 15, 1..=12)
}

/// The binary form has two bytes of a mark only, so that more of the header has to be as it must.
fn is_binary_cpio(head: &[u8]) -> bool {
    let order: fn([u8; 2]) -> u16 = match head {
        [0xc7, 0x71, ..] => u16::from_le_bytes,
        [0x71, 0xc7, ..] => u16::from_be_bytes,
        _ => return false,
    };
    let half = |at| le_u16(head, at).map(|value| order(value.to_le_bytes()));
    let name_bytes = half(20).map_or(0, usize::from);
    (2..=1024).contains(&name_bytes)
        && head.get(26 + name_bytes - 1) == Some(&0)
        && head.get(26).is_some_and(|byte| *byte != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_description_is_no_arc_archive() {
        // The header of ncurses' compiled terminfo: mark, length of the names, counts (term(5)).
        let mut terminfo = vec![0x1a, 0x01, 0x30, 0, 0x26, 0, 0x0f, 0, 0x9d, 1, 0xe6, 5];
        terminfo.extend(b"xterm|xterm-debian|X11 terminal emulator\0");
        assert_eq!(recognise(b"xterm", &terminfo), None);
        let mut arc = vec![0x1a, 0x08];
        arc.extend(b"README.TXT\0\0\0");
        arc.extend([0x10, 0, 0, 0, 0x21, 0x2a, 0, 0, 0, 0, 0x20, 0, 0, 0]);
        assert_eq!(recognise(b"a.arc", &arc), Some(Kind::Arc));
    }
}
