//! Programs that carry an archive: installers and self-extracting archives, found by their marks in a bounded search.

mod install_shield;
mod layout;

use std::io::Read;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::kind::Kind;
use crate::member::WhyNot;
use crate::meter::Window;
use crate::reading::{array, le_u16, le_u32, le_u64, read_at};
use crate::sink::{Problem, Sink};
use crate::{ReadSeek, cab, ole, opening, seven_zip, zip};

/// Bytes of the data sections that are searched: an installer's archive begins in the first megabytes of its resources.
const SECTIONS_BYTES_MAX: u64 = 16 << 20;
/// Bytes behind the last section that are searched, beside the archives found in them.
const OVERLAY_BYTES_MAX: u64 = 16 << 20;
/// Bytes that are searched at a time, and that two looks have in common.
const CHUNK_BYTES: u64 = 1 << 20;
/// Bytes after a mark that are needed to see whether it is one.
const HEADER_BYTES: usize = 512;
/// Archives in one program; an installer suite has a dozen.
const ARCHIVES_MAX: usize = 64;

const MARKS: [(&[u8], Kind); 9] = [
    (zip::LOCAL_MAGIC, Kind::Zip),
    (seven_zip::MAGIC, Kind::SevenZip),
    (cab::MAGIC, Kind::Cab),
    (ole::MAGIC, Kind::Ole),
    (b"Rar!\x1a\x07", Kind::Rar),
    (b"\xef\xbe\xad\xdeNullsoftInst", Kind::Nsis),
    (
        b"\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9\x99\x4c\x53\x0a\x86\xd6\x48\x7dAU3!EA0",
        Kind::AutoIt,
    ),
    (install_shield::MAGIC, Kind::InstallShield),
    (install_shield::STREAM_MAGIC, Kind::InstallShield),
];

static SEARCHER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(MARKS.map(|(mark, _)| mark))
        .expect("nine short marks make a small automaton")
});

/// An archive inside a program.
struct Found {
    kind: Kind,
    at: u64,
    /// How many bytes it has, where it says so.
    size: Option<u64>,
}

/// Opens the archives that a program carries. Most carry none, and then nothing is shown or listed.
pub(crate) fn open(
    source: &mut dyn ReadSeek,
    size_bytes: u64,
    sink: &mut Sink<'_>,
) -> Result<(), Problem> {
    let head = read_at(source, 0, layout::HEAD_BYTES)?;
    let Some(layout) = layout::parse(&head, size_bytes) else {
        return Ok(());
    };
    let overlay_at = install_shield::open_plain(source, layout.end, size_bytes, sink)?;
    let overlay = (overlay_at, size_bytes, OVERLAY_BYTES_MAX);
    let mut left = SECTIONS_BYTES_MAX;
    let mut regions = Vec::new();
    for (from, to) in layout.data {
        regions.push((from, to, left));
        left = left.saturating_sub(to - from);
    }
    let (mut archive_count, mut zip_opened) = (0, false);
    for (from, to, most) in regions.into_iter().chain([overlay]) {
        let mut at = from;
        let mut budget = most;
        while let Some(found) = search(source, at, to, &mut budget, sink)? {
            archive_count += 1;
            if archive_count > ARCHIVES_MAX {
                return sink.list(WhyNot::MemberCount, "more archives than a program carries");
            }
            at = found.at + found.size.unwrap_or(MARKS[0].0.len() as u64).max(1);
            if found.kind == Kind::Zip {
                if !std::mem::replace(&mut zip_opened, true) {
                    // Its offsets may count from the program's front, and its directory is at the end.
                    sink.container(Kind::Zip, |sink| zip::open(source, size_bytes, sink))?;
                }
                // Its other members have the same mark.
                continue;
            }
            let size = found
                .size
                .unwrap_or(size_bytes - found.at)
                .min(size_bytes - found.at);
            let mut window = Window::new(source, found.at, size);
            sink.container(found.kind, |sink| {
                opening::open_source(found.kind, &mut window, size, sink)
            })?;
            if found.size.is_none() {
                // What is not opened, or does not say where it ends, has the rest.
                break;
            }
        }
    }
    Ok(())
}

/// Finds the next archive from `from` on, and takes what was looked at off `budget`.
fn search(
    source: &mut dyn ReadSeek,
    from: u64,
    to: u64,
    budget: &mut u64,
    sink: &mut Sink<'_>,
) -> Result<Option<Found>, Problem> {
    let mut at = from;
    while at < to && *budget > 0 {
        sink.go_on()?;
        let look = CHUNK_BYTES.min(to - at).min(*budget);
        let chunk = read_at(source, at, look + HEADER_BYTES as u64)?;
        if chunk.is_empty() {
            break;
        }
        for mark in SEARCHER.find_iter(&chunk) {
            let place = mark.start();
            if place as u64 >= look {
                break;
            }
            let (_, kind) = MARKS[mark.pattern().as_usize()];
            let header = chunk.get(place..).unwrap_or_default();
            let found_at = at + place as u64;
            if let Some(size) = check(kind, header, source, found_at)? {
                *budget -= place as u64;
                return Ok(Some(Found {
                    kind,
                    at: found_at,
                    size: size.known(),
                }));
            }
        }
        at += look;
        *budget -= look;
    }
    Ok(None)
}

/// How much of a program an archive takes.
enum Size {
    Known(u64),
    Rest,
}

impl Size {
    const fn known(&self) -> Option<u64> {
        match self {
            Self::Known(size) => Some(*size),
            Self::Rest => None,
        }
    }
}

/// Tells whether a mark is the front of an archive: programs that write archives contain their marks, too.
fn check(
    kind: Kind,
    header: &[u8],
    source: &mut dyn ReadSeek,
    at: u64,
) -> Result<Option<Size>, Problem> {
    Ok(match kind {
        Kind::Cab => cab::stated_bytes(header).map(Size::Known),
        Kind::SevenZip => seven_zip_bytes(header).map(Size::Known),
        Kind::Ole => is_compound(header).then_some(Size::Rest),
        Kind::Zip => {
            let mut longer = Vec::new();
            if header.len() < HEADER_BYTES {
                source.seek(std::io::SeekFrom::Start(at))?;
                (&mut *source)
                    .take(HEADER_BYTES as u64)
                    .read_to_end(&mut longer)?;
            }
            zip::is_local_header(if longer.is_empty() { header } else { &longer })
                .then_some(Size::Known(zip::LOCAL_MAGIC.len() as u64))
        }
        Kind::InstallShield => install_shield::looks_real(header).then_some(Size::Rest),
        Kind::Rar => matches!(header.get(6..8), Some([0, _] | [1, 0])).then_some(Size::Rest),
        _ => Some(Size::Rest),
    })
}

/// Returns how long a 7z archive is, if its start header is whole.
fn seven_zip_bytes(header: &[u8]) -> Option<u64> {
    let start: [u8; 20] = array(header, 12)?;
    if *header.get(6)? != 0 || le_u32(header, 8)? != crc32fast::hash(&start) {
        return None;
    }
    let (offset, size) = (le_u64(&start, 0)?, le_u64(&start, 8)?);
    offset.checked_add(size)?.checked_add(32)
}

fn is_compound(header: &[u8]) -> bool {
    let version = le_u16(header, 26);
    let order = le_u16(header, 28);
    let shift = le_u16(header, 30);
    order == Some(0xfffe) && matches!((version, shift), (Some(3), Some(9)) | (Some(4), Some(12)))
}
