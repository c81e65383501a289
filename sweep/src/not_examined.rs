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
/// Bytes of one line that are read back; the longest path with its escapes fits.
const LINE_BYTES_MAX: u64 = 256 * 1024;

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
}

/// Takes the lists of one sweep: one file for each alert. A list that cannot be written says so at the end and costs the
/// sweep nothing.
pub struct NotExaminedLists {
    lists: Vec<Mutex<List>>,
}

struct List {
    path: PathBuf,
    writer: Option<BufWriter<fs::File>>,
    line_count: u64,
    left_out: u64,
    failure: Option<io::Error>,
}

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
        Self {
            lists: paths
                .into_iter()
                .map(|path| Mutex::new(List::begin(path)))
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
            list.note(&Unexamined {
                reason,
                item: item.clone(),
                detail: detail.to_owned(),
            });
        }
    }
}

impl List {
    fn begin(path: PathBuf) -> Self {
        let opened = open_new(&path);
        let (writer, failure) = match opened {
            Ok(file) => (Some(BufWriter::new(file)), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            path,
            writer,
            line_count: 0,
            left_out: 0,
            failure,
        }
    }

    fn note(&mut self, line: &Unexamined) {
        if self.line_count >= LINES_MAX {
            self.left_out += 1;
            return;
        }
        let Some(writer) = &mut self.writer else {
            return;
        };
        let written = serde_json::to_writer(&mut *writer, line)
            .map_err(io::Error::from)
            .and_then(|()| writer.write_all(b"\n"));
        match written {
            Ok(()) => self.line_count += 1,
            Err(error) => {
                self.writer = None;
                self.failure = Some(error);
            }
        }
    }

    fn finish(mut self) -> io::Result<()> {
        if let Some(error) = self.failure {
            return Err(error);
        }
        if self.left_out > 0 {
            let more = format!("and {} more that are not listed", self.left_out);
            let line = Unexamined {
                reason: Reason::Budget,
                item: ItemPath::from_bytes(more.as_bytes()),
                detail: String::new(),
            };
            self.left_out = 0;
            self.line_count = 0;
            self.note(&line);
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
        let read = io::Read::take(&mut reader, LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(page);
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
    options.open(new_path(path))
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_list_that_cannot_be_written_says_so_at_the_end_only() {
        let lists = NotExaminedLists::begin(vec![PathBuf::from("/nowhere/at/all")]);
        lists.note(0, Reason::Permission, &item(1), "");
        assert!(lists.finish().is_err());
    }
}
