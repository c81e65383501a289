//! The application compatibility cache ("shimcache"): programs that Windows saw, of Windows XP to Windows 11.
//!
//! Facts of the format: Mandiant, "Leveraging the Application Compatibility Cache in Forensic Investigations"; J. Metz,
//! "Application Compatibility Cache key" (winreg-kb). The time of an entry is when the *file* was written last.

use std::ops::ControlFlow;

use crate::bytes::{index_at, seconds, slice, u16_at, u32_at, u64_at, utf16};
use crate::outlet::Outlet;
use crate::trace::{Flow, What};

const XP: u32 = 0xdead_beef;
const SERVER_2003_TO_VISTA: u32 = 0xbadc_0ffe;
const WINDOWS_7: u32 = 0xbadc_0fee;
/// `00ts` and `10ts`, before each entry since Windows 8.
const ENTRY_MARKS: [u32; 2] = [0x7374_3030, 0x7374_3031];
/// Lengths of the header since Windows 8, which are its first number too, and whether an entry has a package beside its path.
const HEADERS: [(usize, bool); 3] = [(0x80, true), (0x34, false), (0x30, false)];

/// Hands out each path of a cache.
pub(super) fn read(cache: &[u8], location: &str, out: &mut Outlet<'_>) -> Flow {
    match u32_at(cache, 0) {
        Some(XP) => read_xp(cache, location, out),
        Some(SERVER_2003_TO_VISTA) => read_table(cache, 8, 0, location, out),
        Some(WINDOWS_7) => read_table(cache, 0x80, 8, location, out),
        _ => {
            let is_mark =
                |at: usize| u32_at(cache, at).is_some_and(|mark| ENTRY_MARKS.contains(&mark));
            match HEADERS.iter().find(|(bytes, _)| is_mark(*bytes)) {
                Some(&(bytes, packages)) => read_entries(cache, bytes, packages, location, out),
                // Written by a system that has seen no program yet.
                None if cache.len() <= 0x80 => ControlFlow::Continue(()),
                None => {
                    out.damage("a compatibility cache of an unknown version", location);
                    ControlFlow::Continue(())
                }
            }
        }
    }
}

fn read_xp(cache: &[u8], location: &str, out: &mut Outlet<'_>) -> Flow {
    const HEADER_BYTES: usize = 400;
    const ENTRY_BYTES: usize = 552;
    let count = index_at(cache, 4).unwrap_or(0);
    let entries = cache.get(HEADER_BYTES..).unwrap_or_default();
    for entry in entries.chunks_exact(ENTRY_BYTES).take(count) {
        give(&entry[..528], u64_at(entry, 528), location, out)?;
    }
    ControlFlow::Continue(())
}

/// Reads a table of fixed entries that point at their paths. Those of 64-bit systems have a gap before the offset, and what
/// follows the path's times is `tail` bytes longer for each size of pointer.
fn read_table(
    cache: &[u8],
    start: usize,
    tail: usize,
    location: &str,
    out: &mut Outlet<'_>,
) -> Flow {
    let count = index_at(cache, 4).unwrap_or(0);
    let is_64_bit = u32_at(cache, start + 4) == Some(0);
    let (offset_at, entry_bytes) = if is_64_bit {
        (8, 32 + 2 * tail)
    } else {
        (4, 24 + tail)
    };
    let entries = cache.get(start..).unwrap_or_default();
    for entry in entries.chunks_exact(entry_bytes).take(count) {
        let bytes = usize::from(u16_at(entry, 0).unwrap_or(0));
        let path = index_at(entry, offset_at).and_then(|offset| slice(cache, offset, bytes));
        let Some(path) = path else {
            out.damage(
                "an entry of the compatibility cache without its path",
                location,
            );
            continue;
        };
        let after_offset = if is_64_bit { 16 } else { 8 };
        give(path, u64_at(entry, after_offset), location, out)?;
    }
    ControlFlow::Continue(())
}

fn read_entries(
    cache: &[u8],
    start: usize,
    packages: bool,
    location: &str,
    out: &mut Outlet<'_>,
) -> Flow {
    const ENTRY_HEADER_BYTES: usize = 12;
    let mut at = start;
    while at < cache.len() {
        let known = u32_at(cache, at).is_some_and(|mark| ENTRY_MARKS.contains(&mark));
        let entry = index_at(cache, at + 8)
            .filter(|_| known)
            .and_then(|bytes| slice(cache, at + ENTRY_HEADER_BYTES, bytes));
        let Some(entry) = entry else {
            // The rest of the value may be zeros.
            if cache[at..].iter().any(|&byte| byte != 0) {
                out.damage(
                    "an entry of the compatibility cache that is cut short",
                    location,
                );
            }
            break;
        };
        at += ENTRY_HEADER_BYTES + entry.len();
        let path_bytes = usize::from(u16_at(entry, 0).unwrap_or(0));
        let Some(path) = slice(entry, 2, path_bytes) else {
            out.damage(
                "an entry of the compatibility cache without its path",
                location,
            );
            continue;
        };
        let mut time_at = 2 + path_bytes;
        if packages {
            let package_bytes = usize::from(u16_at(entry, time_at).unwrap_or(0));
            // The package's length and name, and two sets of flags.
            time_at += 2 + package_bytes + 8;
        }
        give(path, u64_at(entry, time_at), location, out)?;
    }
    ControlFlow::Continue(())
}

fn give(path: &[u8], written: Option<u64>, location: &str, out: &mut Outlet<'_>) -> Flow {
    let path = utf16(path);
    let at = seconds(written.unwrap_or(0));
    if !path.contains('\\') {
        // A program on a disk that can be taken out, `SIGN.MEDIA=… setup.exe`. Packages from the store have a line of numbers.
        let program = path
            .strip_prefix("SIGN.MEDIA=")
            .and_then(|rest| rest.split_once(' '));
        let name = program.map_or("", |(_, name)| name);
        return out.give_text_at(What::FileName, name, location, at);
    }
    out.give_text_at(What::FilePath, &path, location, at)
}
