//! Prefetch files: which program was run, how often and when, and which files it loaded. Windows XP to Windows 11.
//!
//! Facts of the format: J. Metz, "Windows Prefetch File format" (libscca).

use std::borrow::Cow;
use std::ops::ControlFlow;

use crate::bytes::{End, index_at, push_utf16, seconds, slice, u32_at, u64_at, utf16};
use crate::outlet::Outlet;
use crate::trace::{Damaged, Flow, Limits, Trace, What};
use crate::xpress;

/// How a prefetch file begins when it is compressed with LZXPRESS Huffman.
pub(crate) const COMPRESSED: &[u8] = b"MAM\x04";
/// What stands behind the version.
pub(crate) const SIGNATURE: &[u8] = b"SCCA";
/// Where the parts of the file are listed.
const LIST_AT: usize = 84;

/// Reads a prefetch file.
pub(crate) fn read(
    content: &[u8],
    limits: &Limits,
    each: &mut dyn FnMut(&Trace<'_>) -> Flow,
) -> Result<(), Damaged> {
    let plain = unpack(content, limits)?;
    if slice(&plain, 4, 4) != Some(SIGNATURE) {
        return Err(Damaged::Another {
            kind: "prefetch file",
        });
    }
    let runs = Runs::new(&plain)?;
    let mut out = Outlet::new(each, limits.items);
    let _ = give(&plain, &runs, &mut out);
    out.finish()
}

fn unpack<'a>(content: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, Damaged> {
    let Some(rest) = content.strip_prefix(b"MAM") else {
        return Ok(Cow::Borrowed(content));
    };
    // The highest bit says that a checksum stands before the data.
    let (method, has_checksum) = match rest.first() {
        Some(method) => (method & 0x0f, method & 0x80 != 0),
        None => (0, false),
    };
    if method != 4 {
        return Err(Damaged::Unknown {
            what: format!("compression {method}"),
        });
    }
    let length = index_at(content, 4).unwrap_or(0);
    if length > limits.unpacked_bytes {
        return Err(Damaged::Limit {
            limit: "unpacked bytes",
        });
    }
    let start = if has_checksum { 12 } else { 8 };
    let compressed = content.get(start..).unwrap_or_default();
    Ok(Cow::Owned(xpress::decompress(compressed, length)?))
}

/// When the program was run, as the versions keep it.
struct Runs {
    last: Vec<i64>,
    count: u32,
}

impl Runs {
    fn new(plain: &[u8]) -> Result<Self, Damaged> {
        let version = u32_at(plain, 0).unwrap_or(0);
        // Where the times are, how many, and where the count is.
        let (times_at, times, count_at) = match version {
            17 => (120, 1, 144),
            23 => (128, 1, 152),
            26 => (128, 8, 208),
            // Two layouts of one version, told by where the first part begins.
            30 if u32_at(plain, LIST_AT) == Some(304) => (128, 8, 208),
            30 | 31 => (128, 8, 200),
            _ => {
                return Err(Damaged::Unknown {
                    what: format!("prefetch version {version}"),
                });
            }
        };
        let time = |index: usize| seconds(u64_at(plain, times_at + index * 8)?);
        Ok(Self {
            last: (0..times).filter_map(time).collect(),
            count: u32_at(plain, count_at).unwrap_or(0),
        })
    }
}

fn give(plain: &[u8], runs: &Runs, out: &mut Outlet<'_>) -> Flow {
    let name = utf16(slice(plain, 16, 60).unwrap_or_default());
    let count = runs.count;
    if runs.last.is_empty() {
        out.give_text(What::FileName, &name, &format!("{count} runs"))?;
    }
    for (index, at) in runs.last.iter().enumerate() {
        let location = format!("run {index} before the last, of {count}");
        let location = if index == 0 {
            format!("last run of {count}")
        } else {
            location
        };
        out.give_text_at(What::FileName, &name, &location, Some(*at))?;
    }
    give_files(plain, &name, runs, out)
}

/// Hands out the paths of the files that were loaded. They name their volume by `\VOLUME{…}` or `\DEVICE\HARDDISKVOLUME1`.
fn give_files(plain: &[u8], name: &str, runs: &Runs, out: &mut Outlet<'_>) -> Flow {
    let part = || {
        slice(
            plain,
            index_at(plain, LIST_AT + 16)?,
            index_at(plain, LIST_AT + 20)?,
        )
    };
    let Some(names) = part() else {
        out.damage("the names of loaded files", "their place");
        return ControlFlow::Continue(());
    };
    let mut path = String::new();
    let mut rest = names;
    for index in 1.. {
        let Some(end) = rest.chunks_exact(2).position(|unit| unit == [0, 0]) else {
            break;
        };
        path.clear();
        push_utf16(&mut path, &rest[..end * 2], End::Length);
        rest = &rest[end * 2 + 2..];
        let is_program = path
            .rsplit('\\')
            .next()
            .is_some_and(|last| !name.is_empty() && starts_with(last, name));
        if is_program {
            let at = runs.last.first().copied();
            out.give_text_at(What::FilePath, &path, "the program", at)?;
        } else {
            out.give_text(What::FilePath, &path, &format!("loaded file {index}"))?;
        }
    }
    ControlFlow::Continue(())
}

/// The name in the header is cut after 29 characters.
fn starts_with(text: &str, head: &str) -> bool {
    let mut chars = text.chars().flat_map(char::to_uppercase);
    let mut heads = head.chars().flat_map(char::to_uppercase);
    heads.all(|head| chars.next() == Some(head))
}
