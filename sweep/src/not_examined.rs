//! The full list of what a sweep did not examine, kept on the host: one line of JSON for each item. A report carries
//! counts and examples; whoever has to close the gaps needs every one.

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use domain::{ItemPath, Reason};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::detector::NotExaminedSink;

/// Lines kept for one alert: beyond a million the remedy is not to read on. What is left out is counted.
pub const LINES_MAX: u64 = 1_000_000;
/// Bytes of all lines of one list: 256 MiB, a million lines of usual length. What is left out is counted.
pub const BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bytes of one line that are read back. What [`Unexamined::new`] keeps of an item fits, with every byte escaped.
const LINE_BYTES_MAX: usize = 256 * 1024;
/// Bytes of a path that are kept: four times the longest that Linux opens. Trees and containers can nest deeper.
const PATH_BYTES_MAX: usize = 16 * 1024;
/// Bytes of a detail that are kept.
const DETAIL_BYTES_MAX: usize = 8 * 1024;
/// Stands where the rest was cut off.
const CUT: char = '…';

/// One thing that was not examined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unexamined {
    /// Why.
    pub reason: Reason,
    /// What.
    pub item: ItemPath,
    /// More, for people; empty where there is no more to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// How long the item's path is in bytes, where it was cut; what is kept of it ends with `…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<u64>,
    /// How long the detail is in bytes, where it was cut; what is kept of it ends with `…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail_bytes: Option<u64>,
}

impl Unexamined {
    /// Makes a line; what is too long for one is cut, and says so.
    pub fn new(reason: Reason, item: &ItemPath, detail: &str) -> Self {
        let (text, text_bytes) = cut(&item.text, PATH_BYTES_MAX);
        let exact = item.exact_hex.as_ref().map(|hex| {
            let kept = hex.len().min(2 * PATH_BYTES_MAX);
            (hex[..kept].to_owned(), hex.len() / 2)
        });
        let is_exact_cut = exact
            .as_ref()
            .is_some_and(|(hex, bytes)| hex.len() / 2 < *bytes);
        let path_bytes = match &exact {
            Some((_, bytes)) if is_exact_cut || text_bytes.is_some() => Some(*bytes as u64),
            _ => text_bytes,
        };
        let (detail, detail_bytes) = cut(detail, DETAIL_BYTES_MAX);
        Self {
            reason,
            item: ItemPath {
                text,
                exact_hex: exact.map(|(hex, _)| hex),
            },
            detail,
            path_bytes,
            detail_bytes,
        }
    }
}

/// Returns the beginning of a text, and how long the whole is where that is not all of it.
fn cut(text: &str, bytes_max: usize) -> (String, Option<u64>) {
    if text.len() <= bytes_max {
        return (text.to_owned(), None);
    }
    let kept = text.floor_char_boundary(bytes_max);
    (format!("{}{CUT}", &text[..kept]), Some(text.len() as u64))
}

/// Takes the lists of one sweep: one file for each alert. A list that cannot be written says so at the end and costs the
/// sweep nothing.
pub struct NotExaminedLists {
    lists: Vec<Mutex<List>>,
}

struct List {
    path: PathBuf,
    writer: Option<BufWriter<fs::File>>,
    /// What may still be written.
    room: Room,
    left_out: u64,
    failure: Option<io::Error>,
}

/// How much a list may hold.
#[derive(Clone, Copy)]
struct Room {
    lines: u64,
    bytes: u64,
}

const WHOLE_ROOM: Room = Room {
    lines: LINES_MAX,
    bytes: BYTES_MAX,
};

/// One page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Its lines.
    pub items: Vec<Unexamined>,
    /// How many lines of the wanted reason there are in all.
    pub total: u64,
}

impl NotExaminedLists {
    /// Begins a list at each path, one for each target of the sweep. An earlier list stays until the new one is whole.
    pub fn begin(paths: Vec<PathBuf>) -> Self {
        Self::begin_with(paths, WHOLE_ROOM)
    }

    fn begin_with(paths: Vec<PathBuf>, room: Room) -> Self {
        Self {
            lists: paths
                .into_iter()
                .map(|path| Mutex::new(List::begin(path, room)))
                .collect(),
        }
    }

    /// Ends the lists: each takes the place of the one before. Returns the first that could not be written.
    pub fn finish(self) -> io::Result<()> {
        let mut outcome = Ok(());
        for list in self.lists {
            let list = list.into_inner().unwrap_or_else(PoisonError::into_inner);
            outcome = outcome.and(list.finish());
        }
        outcome
    }
}

impl NotExaminedSink for NotExaminedLists {
    fn note(&self, target: usize, reason: Reason, item: &ItemPath, detail: &str) {
        if let Some(list) = self.lists.get(target) {
            let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
            list.note(&Unexamined::new(reason, item, detail));
        }
    }
}

impl List {
    fn begin(path: PathBuf, room: Room) -> Self {
        let opened = open_new(&path);
        let (writer, failure) = match opened {
            Ok(file) => (Some(BufWriter::new(file)), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            path,
            writer,
            room,
            left_out: 0,
            failure,
        }
    }

    fn note(&mut self, line: &Unexamined) {
        if self.failure.is_some() {
            return;
        }
        let written = serde_json::to_vec(line)
            .map_err(io::Error::from)
            .and_then(|mut bytes| {
                bytes.push(b'\n');
                self.write(&bytes)
            });
        if let Err(error) = written {
            self.writer = None;
            self.failure = Some(error);
        }
    }

    /// Writes a line, or counts it where there is no room. After the first that is left out all are.
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let bytes = line.len() as u64;
        if self.left_out > 0 || self.room.lines == 0 || bytes > self.room.bytes {
            self.left_out += 1;
            return Ok(());
        }
        writer.write_all(line)?;
        self.room.lines -= 1;
        self.room.bytes -= bytes;
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        if let Some(error) = self.failure {
            return Err(error);
        }
        if self.left_out > 0 {
            let more = format!("and {} more that are not listed", self.left_out);
            let more = ItemPath::from_bytes(more.as_bytes());
            self.left_out = 0;
            self.room = WHOLE_ROOM;
            self.note(&Unexamined::new(Reason::Budget, &more, ""));
        }
        if let Some(error) = self.failure {
            return Err(error);
        }
        if let Some(writer) = self.writer {
            let file = writer
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            fs::rename(new_path(&self.path), &self.path)?;
        }
        Ok(())
    }
}

/// Reads the lines `from` (from 0) to `from + count` of those with `reason`, or of all.
pub fn read_page(path: &Path, reason: Option<Reason>, from: u64, count: usize) -> io::Result<Page> {
    let mut reader = BufReader::new(fs::File::open(path)?);
    let mut page = Page::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let most = LINE_BYTES_MAX as u64;
        let read = io::Read::take(&mut reader, most).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(page);
        }
        if read == LINE_BYTES_MAX && !line.ends_with(b"\n") {
            let what = "one of its lines is longer than any that a sweep writes";
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        let one: Unexamined = serde_json::from_slice(&line)?;
        if reason.is_some_and(|wanted| wanted != one.reason) {
            continue;
        }
        if page.total >= from && page.items.len() < count {
            page.items.push(one);
        }
        page.total += 1;
    }
}

fn new_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

/// Only its owner may read where nobody looked.
fn open_new(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    options.options_mut().mode(0o600).custom_flags(no_follow);
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        // Taking its place would end whoever relies on it: `/dev/null` is one for a whole system.
        let message = format!("'{}' is there, and is no file", path.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
    }
    options.open(new_path(path))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(number: usize) -> ItemPath {
        ItemPath::from_bytes(format!("/a\n\u{202e}/{number}").as_bytes())
    }

    #[test]
    fn every_line_comes_back_page_by_page_and_by_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let lists = NotExaminedLists::begin(vec![path.clone()]);
        for number in 0..250 {
            let reason = [Reason::Permission, Reason::Encrypted][number % 2];
            lists.note(0, reason, &item(number), "why");
        }
        lists.note(0, Reason::Vanished, &ItemPath::from_bytes(b"/\xff"), "");
        lists.finish().unwrap();
        let all = read_page(&path, None, 0, 1_000).unwrap();
        assert_eq!((all.total, all.items.len()), (251, 251));
        assert_eq!(all.items[250].item.exact_hex.as_deref(), Some("2fff"));
        let page = read_page(&path, Some(Reason::Encrypted), 100, 50).unwrap();
        assert_eq!((page.total, page.items.len()), (125, 25));
        assert_eq!(page.items[0].item, item(201));
    }

    #[test]
    fn the_list_before_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        let write = |number, finish| {
            let lists = NotExaminedLists::begin(vec![path.clone()]);
            lists.note(0, Reason::Permission, &item(number), "");
            if finish {
                lists.finish().unwrap();
            }
        };
        write(1, true);
        write(2, false);
        let page = read_page(&path, None, 0, 10).unwrap();
        assert_eq!(page.items[0].item, item(1));
    }

    fn all_of(path: &Path, page_size: usize) -> Vec<Unexamined> {
        let mut all = Vec::new();
        loop {
            let page = read_page(path, None, all.len() as u64, page_size).unwrap();
            all.extend(page.items);
            if all.len() as u64 == page.total {
                return all;
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn whatever_is_noted_comes_back_once_and_in_order(
            noted in prop::collection::vec(
                (
                    0..Reason::ALL.len(),
                    prop::collection::vec(prop_oneof![Just(0x1b_u8), Just(b'"'), any::<u8>()], 1..40),
                    // Shorter than what is kept, about as long, and far longer.
                    prop_oneof![Just(1_usize), Just(1), Just(600), Just(2_000)],
                    "\\PC{0,20}",
                    prop_oneof![Just(1_usize), Just(1), Just(400)],
                ),
                1..60,
            ),
            page_size in 1_usize..40,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("list");
            let lists = NotExaminedLists::begin(vec![path.clone()]);
            let mut expected = Vec::new();
            for (reason, name, times, detail, detail_times) in noted {
                let (name, detail) = (name.repeat(times), detail.repeat(detail_times));
                lists.note(0, Reason::ALL[reason], &ItemPath::from_bytes(&name), &detail);
                expected.push((Reason::ALL[reason], name, detail));
            }
            lists.finish().unwrap();
            let all = all_of(&path, page_size);
            prop_assert_eq!(all.len(), expected.len());
            for (line, (reason, name, detail)) in all.iter().zip(&expected) {
                prop_assert_eq!(line.reason, *reason);
                let whole = ItemPath::from_bytes(name);
                match line.path_bytes {
                    None => prop_assert_eq!(&line.item, &whole),
                    Some(bytes) => {
                        prop_assert_eq!(bytes, name.len() as u64);
                        let exact = line.item.exact_hex.clone().unwrap_or_default();
                        prop_assert!(whole.exact_hex.unwrap_or_default().starts_with(&exact));
                        let kept = line.item.text.trim_end_matches(CUT);
                        prop_assert!(whole.text.starts_with(kept) && kept.len() > 1_000);
                    }
                }
                match line.detail_bytes {
                    None => prop_assert_eq!(&line.detail, detail),
                    Some(bytes) => {
                        prop_assert_eq!(bytes, detail.len() as u64);
                        let kept = line.detail.strip_suffix(CUT).unwrap();
                        prop_assert!(detail.starts_with(kept) && kept.len() > 1_000);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_more_than_a_list_holds_is_counted_in_its_last_line() {
        for room in [
            Room {
                lines: 10,
                bytes: BYTES_MAX,
            },
            Room {
                lines: LINES_MAX,
                bytes: 1_000,
            },
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("list");
            let lists = NotExaminedLists::begin_with(vec![path.clone()], room);
            for number in 0..100 {
                // A line that would fit where a longer one did not is left out all the same.
                let detail = "long ".repeat(100 - number);
                lists.note(0, Reason::Permission, &item(number), &detail);
            }
            lists.finish().unwrap();
            let all = all_of(&path, 7);
            let (last, listed) = all.split_last().unwrap();
            let numbered = listed.iter().enumerate();
            assert!(
                numbered
                    .clone()
                    .all(|(number, line)| line.item == item(number))
            );
            let more = format!("and {} more that are not listed", 100 - listed.len());
            assert_eq!(
                (last.item.text.as_str(), last.reason),
                (more.as_str(), Reason::Budget)
            );
            assert!(listed.len() < 20 && fs::metadata(&path).unwrap().len() < 10_000);
        }
    }

    #[test]
    fn a_foreign_line_without_end_is_an_error_and_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        fs::write(&path, vec![b'a'; 3 * LINE_BYTES_MAX]).unwrap();
        assert!(read_page(&path, None, 0, 10).is_err());
    }

    #[test]
    fn a_list_that_cannot_be_written_says_so_at_the_end_only() {
        let lists = NotExaminedLists::begin(vec![PathBuf::from("/nowhere/at/all")]);
        lists.note(0, Reason::Permission, &item(1), "");
        assert!(lists.finish().is_err());
    }
}
