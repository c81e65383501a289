//! Shell links: where a shortcut leads, with which arguments, on which volume of which computer.
//!
//! Facts of the format: Microsoft, [MS-SHLLINK]; for the items of a target, J. Metz, "Windows Shell Item format" (libfwsi).

use std::fmt::Write;
use std::ops::ControlFlow;

use crate::bytes::{
    End, index_at, push_latin1, push_utf16, seconds, slice, u8_at, u16_at, u32_at, u64_at, utf16,
};
use crate::outlet::Outlet;
use crate::trace::{Damaged, Data, Flow, Limits, Trace, What};

/// How every link begins: the length of its header and its class.
pub(crate) const BEGINNING: [u8; 20] = [
    0x4c, 0, 0, 0, 0x01, 0x14, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46,
];
/// Most items of a target: each is a folder on the way to it.
const ITEMS_MAX: usize = 256;
/// Most blocks behind the texts: there are eleven kinds.
const BLOCKS_MAX: usize = 64;

/// What a link's header says is in it.
mod flags {
    pub(super) const TARGET: u32 = 1;
    pub(super) const PLACE: u32 = 1 << 1;
    pub(super) const NAME: u32 = 1 << 2;
    pub(super) const RELATIVE_PATH: u32 = 1 << 3;
    pub(super) const FOLDER: u32 = 1 << 4;
    pub(super) const ARGUMENTS: u32 = 1 << 5;
    pub(super) const ICON: u32 = 1 << 6;
    pub(super) const UNICODE: u32 = 1 << 7;
}

/// What a link says, put together from its parts.
#[derive(Default)]
struct Link {
    /// The target by its items, by its place, and by a variable: often the same path three times.
    targets: Vec<String>,
    volume: String,
    arguments: String,
    machine: String,
    url: String,
    written_at: Option<i64>,
}

/// Reads a link.
pub(crate) fn read(
    content: &[u8],
    limits: &Limits,
    each: &mut dyn FnMut(&Trace<'_>) -> Flow,
) -> Result<(), Damaged> {
    if !content.starts_with(&BEGINNING) {
        return Err(Damaged::Another { kind: "shell link" });
    }
    let mut out = Outlet::new(each, limits.items);
    let mut link = Link::default();
    if link.parse(content).is_none() {
        out.damage("parts of the link", "its end");
    }
    let _ = link.give(&mut out);
    out.finish()
}

impl Link {
    /// Reads every part; nothing where one of them is cut short, and then those before it are kept.
    fn parse(&mut self, content: &[u8]) -> Option<()> {
        let header = slice(content, 0, 76)?;
        let flag = u32_at(header, 20)?;
        self.written_at = seconds(u64_at(header, 44)?);
        let mut at = header.len();
        if flag & flags::TARGET != 0 {
            let bytes = usize::from(u16_at(content, at)?);
            self.items(slice(content, at + 2, bytes)?);
            at += 2 + bytes;
        }
        if flag & flags::PLACE != 0 {
            let bytes = index_at(content, at)?;
            // A length below that of its own header would never end.
            let place = slice(content, at, bytes).filter(|place| place.len() >= 28)?;
            self.place(place);
            at += bytes;
        }
        at = self.texts(content, flag, at)?;
        self.blocks(content.get(at..)?);
        Some(())
    }

    /// Reads the target as a list of shell items, one for each folder.
    fn items(&mut self, mut list: &[u8]) {
        let mut path = String::new();
        for _ in 0..ITEMS_MAX {
            let bytes = usize::from(u16_at(list, 0).unwrap_or(0));
            let Some(item) = slice(list, 0, bytes).filter(|item| item.len() > 3) else {
                break;
            };
            list = &list[bytes..];
            match item[2] {
                0x20..=0x2f => path = text_until_nul(&item[3..]),
                0x30..=0x3f => push_name(&mut path, &file_item_name(item)),
                0x40..=0x4f if item.len() > 5 => path = text_until_nul(&item[5..]),
                0x61 => self.url = url_item(item),
                _ => {}
            }
        }
        self.add_target(path);
    }

    fn add_target(&mut self, path: String) {
        let known = |target: &String| target.eq_ignore_ascii_case(&path);
        if path.len() > 3 && !self.targets.iter().any(known) {
            self.targets.push(path);
        }
    }

    /// Reads where the target lay when the link was made: a volume and a path, or a share.
    fn place(&mut self, place: &[u8]) -> Option<()> {
        let header_bytes = index_at(place, 4)?;
        let flag = u32_at(place, 8)?;
        let text_at = |unicode_at: usize, at: usize| {
            let wide = index_at(place, unicode_at).filter(|_| header_bytes >= 0x24);
            match wide.filter(|&offset| offset != 0) {
                Some(offset) => Some(utf16(place.get(offset..)?)),
                None => Some(text_until_nul(place.get(index_at(place, at)?..)?)),
            }
        };
        let rest = text_at(32, 24).unwrap_or_default();
        if flag & 1 != 0 {
            self.volume = volume(place.get(index_at(place, 12)?..)?).unwrap_or_default();
            let base = text_at(28, 16)?;
            self.add_target(joined(&base, &rest));
        }
        if flag & 2 != 0 {
            let network = place.get(index_at(place, 20)?..)?;
            let name_at = index_at(network, 8)?;
            let wide = index_at(network, 20).filter(|_| name_at > 0x14);
            let share = match wide {
                Some(offset) => utf16(network.get(offset..)?),
                None => text_until_nul(network.get(name_at..)?),
            };
            self.add_target(joined(&share, &rest));
        }
        Some(())
    }

    /// Reads the texts behind the place, and returns where they end.
    fn texts(&mut self, content: &[u8], flag: u32, mut at: usize) -> Option<usize> {
        for part in [
            flags::NAME,
            flags::RELATIVE_PATH,
            flags::FOLDER,
            flags::ARGUMENTS,
            flags::ICON,
        ] {
            if flag & part == 0 {
                continue;
            }
            let stated = usize::from(u16_at(content, at)?);
            // Windows reads at most 260 characters of these and goes on behind them; links hide their arguments by it.
            let count = match part {
                flags::ARGUMENTS | flags::ICON => stated,
                _ => stated.min(260),
            };
            let wide = flag & flags::UNICODE != 0;
            let bytes = if wide { count * 2 } else { count };
            let rest = content.get(at + 2..)?;
            let text = slice(rest, 0, bytes);
            if part == flags::ARGUMENTS {
                // Where a link says more than there is, what is there counts: programs pad arguments to hide them.
                push_text(&mut self.arguments, text.unwrap_or(rest), wide);
            }
            at += 2 + text?.len();
        }
        Some(at)
    }

    /// Reads the blocks at the end: the computer's name, and a target with a variable.
    fn blocks(&mut self, mut rest: &[u8]) {
        const VARIABLE: u32 = 0xa000_0001;
        const TRACKER: u32 = 0xa000_0003;
        for _ in 0..BLOCKS_MAX {
            let bytes = index_at(rest, 0).unwrap_or(0);
            let Some(block) = slice(rest, 0, bytes).filter(|block| block.len() >= 8) else {
                return;
            };
            rest = &rest[bytes..];
            match u32_at(block, 4) {
                Some(VARIABLE) => {
                    let wide = slice(block, 268, 520).map(utf16).unwrap_or_default();
                    let narrow = || text_until_nul(slice(block, 8, 260).unwrap_or_default());
                    self.add_target(if wide.is_empty() { narrow() } else { wide });
                }
                Some(TRACKER) => {
                    self.machine = text_until_nul(slice(block, 16, 16).unwrap_or_default());
                }
                _ => {}
            }
        }
    }

    fn give(&self, out: &mut Outlet<'_>) -> Flow {
        let data = if self.volume.is_empty() {
            Data::None
        } else {
            Data::Text(&self.volume)
        };
        // From a folder such as the desktop, items have the end of the path only; another part of the link has it whole.
        let is_end = |end: &str| {
            let longer = self
                .targets
                .iter()
                .filter(|target| target.len() > end.len());
            longer
                .into_iter()
                .any(|target| target.ends_with(&format!("\\{end}")))
        };
        for target in self.targets.iter().filter(|target| !is_end(target)) {
            out.give(&Trace {
                what: What::FilePath,
                text: target,
                data,
                location: "target",
                at: self.written_at,
            })?;
        }
        if !self.arguments.trim().is_empty() {
            let program = self.targets.iter().find(|target| !is_end(target));
            let program = program.map_or("", String::as_str);
            let line = format!("{program} {}", self.arguments.trim());
            out.give_text(What::CommandLine, line.trim(), "target with its arguments")?;
        }
        out.give_text(What::Machine, &self.machine, "computer of the target")?;
        out.give_text(What::Url, &self.url, "target")?;
        ControlFlow::Continue(())
    }
}

/// Returns a text of bytes up to the first NUL. They are in a code page that the link does not name.
fn text_until_nul(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0);
    let mut text = String::new();
    push_latin1(&mut text, &bytes[..end.unwrap_or(bytes.len())]);
    text
}

fn push_text(text: &mut String, bytes: &[u8], wide: bool) {
    if wide {
        push_utf16(text, bytes, End::Nul);
    } else {
        text.push_str(&text_until_nul(bytes));
    }
}

fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() && !path.ends_with('\\') {
        path.push('\\');
    }
    path.push_str(name);
}

fn joined(base: &str, rest: &str) -> String {
    let mut path = base.to_owned();
    if !rest.is_empty() {
        push_name(&mut path, rest);
    }
    path
}

/// Returns the name of a file or folder: the long one in the block that later versions append, or the short one.
fn file_item_name(item: &[u8]) -> String {
    let name = item.get(14..).unwrap_or_default();
    let wide = item[2] & 4 != 0;
    let short = if wide {
        utf16(name)
    } else {
        text_until_nul(name)
    };
    long_name(item)
        .filter(|name| !name.is_empty())
        .unwrap_or(short)
}

fn long_name(item: &[u8]) -> Option<String> {
    // The item's last number says where the block begins.
    let block = item.get(usize::from(u16_at(item, item.len().checked_sub(2)?)?)..)?;
    if u32_at(block, 4)? != 0xbeef_0004 {
        return None;
    }
    let name_at = match u16_at(block, 2)? {
        3..=6 => 20,
        7 => 38,
        8 => 42,
        _ => 46,
    };
    Some(utf16(block.get(name_at..)?))
}

/// Returns the address of an item that leads to the network.
fn url_item(item: &[u8]) -> String {
    let wide = item.get(3).is_some_and(|flags| flags & 0x80 != 0);
    // Data of a length that stands before it lies between the flags and the address.
    let start = 6 + usize::from(u16_at(item, 4).unwrap_or(0));
    let text = item.get(start..).unwrap_or_default();
    let text = if wide {
        utf16(text)
    } else {
        text_until_nul(text)
    };
    if text.contains("://") {
        text
    } else {
        String::new()
    }
}

/// Describes the volume of a target.
fn volume(part: &[u8]) -> Option<String> {
    let kind = match u32_at(part, 4)? {
        2 => "removable drive",
        3 => "fixed drive",
        4 => "network drive",
        5 => "optical drive",
        6 => "memory drive",
        _ => "drive",
    };
    let serial = u32_at(part, 8)?;
    let label_at = index_at(part, 12)?;
    let label = if label_at == 0x14 {
        utf16(part.get(index_at(part, 16)?..)?)
    } else {
        text_until_nul(part.get(label_at..)?)
    };
    let mut text = format!("{kind} {:04X}-{:04X}", serial >> 16, serial & 0xffff);
    if !label.is_empty() && u8_at(part, 0).is_some() {
        let _ = write!(text, " '{label}'");
    }
    Some(text)
}
