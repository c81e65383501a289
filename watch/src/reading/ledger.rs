//! Where in a chain of evidence the lines about each page stand. Proved once and then read on, so that what is said of one page costs
//! its own lines only; each of those must still be the one that was proved.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use domain::digest::parse_hex;
use fs_err::File;

use super::following::Follower;
use crate::keeping::{ChainError, History, KeepError, Link, read_line_at};

/// Lines of one page that are found again; of more, the newest.
const LINES_OF_PAGE_MAX: usize = 10_000;
/// Lines of all pages; from then on a page's oldest line goes for its newest. 100 MB.
const LINES_MAX: usize = 4_000_000;

/// Finds the lines about a page in a chain that grows.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    follower: Follower,
    lines: HashMap<String, VecDeque<Place>>,
    count: usize,
    /// Length and time of the file when it was read last.
    seen: Option<(u64, Option<SystemTime>)>,
    last: Option<Place>,
}

/// Where a line begins, and the beginning of its digest.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: u64,
    digest: [u8; 16],
}

impl Ledger {
    /// Reads the evidence in this folder of a watch.
    pub fn of_folder(folder: &Path) -> Self {
        Self::of_file(folder.join("evidence.jsonl"))
    }

    fn of_file(path: PathBuf) -> Self {
        Self {
            follower: Follower::new(&path, None),
            path,
            lines: HashMap::new(),
            count: 0,
            seen: None,
            last: None,
        }
    }

    /// Returns what the chain says of one page, or of a site beside its pages: whatever lines are about. Where what was proved
    /// before is gone or has become something else, that is the error, once: the next reading proves everything anew.
    pub fn history(&mut self, about: &str) -> Result<History, KeepError> {
        let read = self.read_on().and_then(|()| self.lines_about(about));
        match read {
            Ok(lines) => Ok(History { lines }),
            Err(error) => {
                // A file that cannot be opened now says nothing against what was proved of it.
                if !matches!(error, ChainError::File(_)) {
                    *self = Self::of_file(std::mem::take(&mut self.path));
                }
                Err(error.into())
            }
        }
    }

    fn read_on(&mut self) -> Result<(), ChainError> {
        let about = fs_err::metadata(&self.path)?;
        let seen = (about.len(), about.modified().ok());
        if self.seen == Some(seen) {
            return Ok(());
        }
        // Written, and nothing came to it: something else stands there.
        if self.seen.is_some_and(|(bytes, _)| bytes == seen.0) {
            self.follower.prove_again()?;
        }
        if let Some(last) = self.last {
            self.line_at(&mut File::open(&self.path)?, last)?;
        }
        let (lines, count, last) = (&mut self.lines, &mut self.count, &mut self.last);
        self.follower.read_on(&mut |link, at| {
            let Some(place) = Place::of(&link, at) else {
                return;
            };
            *last = Some(place);
            let of_page = lines.entry(link.about().into_owned()).or_default();
            let is_full = of_page.len() >= LINES_OF_PAGE_MAX || *count >= LINES_MAX;
            if is_full && of_page.pop_front().is_some() {
                *count -= 1;
            }
            if *count < LINES_MAX {
                of_page.push_back(place);
                *count += 1;
            }
        })?;
        self.seen = Some(seen);
        Ok(())
    }

    fn lines_about(&self, about: &str) -> Result<Vec<Link>, ChainError> {
        let Some(places) = self.lines.get(about) else {
            return Ok(Vec::new());
        };
        let mut file = File::open(&self.path)?;
        let lines = places.iter();
        lines.map(|place| self.line_at(&mut file, *place)).collect()
    }

    fn line_at(&self, file: &mut File, place: Place) -> Result<Link, ChainError> {
        let link = read_line_at(file, &self.path, place.at)?;
        let is_same = Place::of(&link, place.at).is_some_and(|one| one.digest == place.digest);
        if is_same {
            Ok(link)
        } else {
            Err(self.follower.broken())
        }
    }
}

impl Place {
    /// Returns nothing where a line has no digest: what was proved has one.
    fn of(link: &Link, at: u64) -> Option<Self> {
        let digest = parse_hex(link.digest.get(..32)?)?;
        Some(Self { at, digest })
    }
}
