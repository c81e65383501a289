//! What a watch keeps, read while another process may be writing it: targets, contents, and the case of one page out of the chain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::chain::{Link, Proof, verify_lines};
use super::contents::Contents;
use super::evidence::{CheckLine, CheckRecord, EVIDENCE_SCHEMA};
use super::folder::{KeepError, Standing, Target, load_memory, load_standings, load_targets};
use super::surveys::{SurveyLine, SurveyRecord, survey_of};
use crate::memory::SiteMemory;
use crate::verdict::Verdict;

/// Lines of one page that are read; of more, the newest.
const LINES_MAX: usize = 10_000;

/// What a watch keeps, to be read.
#[derive(Clone, Debug)]
pub struct Archive {
    path: PathBuf,
    /// Pages as they came.
    pub contents: Contents,
}

/// What the chain says of one page.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Every line of it, the oldest first.
    pub lines: Vec<Link>,
}

impl Archive {
    /// Reads this folder; there has to be one.
    pub fn open(path: &Path) -> Result<Self, KeepError> {
        fs_err::metadata(path.join("evidence.jsonl"))?;
        Ok(Self::of(path))
    }

    /// Reads a folder that is there.
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            contents: Contents::in_folder(&path.join("contents")),
        }
    }

    /// Returns what is kept of the site that a page belongs to.
    pub fn memory(&self, url: &str) -> Result<Option<SiteMemory>, KeepError> {
        load_memory(&self.path, url)
    }

    /// Returns every page under watch.
    pub fn targets(&self) -> Result<Vec<Target>, KeepError> {
        load_targets(&self.path)
    }

    /// Returns what the last checks came to, by address.
    pub fn standings(&self) -> Result<BTreeMap<String, Standing>, KeepError> {
        load_standings(&self.path)
    }

    /// Hands out every line of the chain, and fails at the first that is not right.
    pub fn read(&self, each: &mut dyn FnMut(Link)) -> Result<Proof, KeepError> {
        self.read_lines(&mut |link, _| each(link))
    }

    /// As [`Archive::read`], and hands out the bytes of each line, its end left out: the digests are of these.
    pub fn read_lines(&self, each: &mut dyn FnMut(Link, &[u8])) -> Result<Proof, KeepError> {
        Ok(verify_lines(&self.path.join("evidence.jsonl"), each)?)
    }

    /// Returns what the chain says of one page, or of a site beside its pages: whatever the lines are about.
    pub fn history(&self, url: &str) -> Result<History, KeepError> {
        let mut lines = std::collections::VecDeque::new();
        self.read(&mut |link| {
            if link.about() == url {
                if lines.len() >= LINES_MAX {
                    lines.pop_front();
                }
                lines.push_back(link);
            }
        })?;
        Ok(History {
            lines: lines.into(),
        })
    }

    /// Returns a content that is JSON: a model, a record.
    pub fn load<T: DeserializeOwned>(&self, digest: &str) -> Result<T, KeepError> {
        let bytes = self.contents.load(digest)?;
        serde_json::from_slice(&bytes).map_err(|error| KeepError::Format {
            path: PathBuf::from(digest),
            message: error.to_string(),
        })
    }

    /// Returns everything that a survey saw and said.
    pub fn survey_record(&self, line: &SurveyLine) -> Result<SurveyRecord, KeepError> {
        self.load(&line.record)
    }

    /// Returns everything that a check saw and said.
    pub fn record(&self, line: &CheckLine) -> Result<CheckRecord, KeepError> {
        self.load(&line.record)
    }
}

impl History {
    /// Returns the lines up to this one: what was known then.
    #[must_use]
    pub fn until(mut self, number: u64) -> Self {
        self.lines.retain(|link| link.number <= number);
        self
    }

    /// Returns the last check, and its line.
    pub fn last_check(&self) -> Option<(&Link, CheckLine)> {
        let mut links = self.lines.iter().rev();
        links.find_map(|link| check_of(link).map(|line| (link, line)))
    }

    /// Returns the last survey that nobody approved, and its line.
    pub fn last_survey(&self) -> Option<(&Link, SurveyLine)> {
        let mut links = self.lines.iter().rev();
        links.find_map(|link| {
            let line = survey_of(link)?;
            line.approval.is_none().then_some((link, line))
        })
    }

    /// Returns the line with which the case began that the last look belongs to: the first that wanted a person or found the site
    /// out of order, without one in order or an approval after it.
    pub fn began(&self) -> Option<&Link> {
        let mut first = None;
        for link in self.lines.iter().rev() {
            match verdict_of(link) {
                Some(verdict) if is_trouble(verdict) => first = Some(link),
                // Nothing learned ends no case and begins none.
                Some(Verdict::Nothing) => {}
                Some(_) => break,
                None if link.entry.event == "check" => break,
                None => {}
            }
        }
        first
    }

    /// Returns the last line before the case that says that the page was in order.
    pub fn last_in_order(&self) -> Option<&Link> {
        let is_good = |link: &&Link| {
            let verdict = verdict_of(link);
            verdict.is_some_and(|verdict| !is_trouble(verdict) && verdict != Verdict::Nothing)
        };
        self.lines.iter().rev().find(is_good)
    }
}

/// Returns what a line says of what it is about: what a person approved is as approved. Nothing where it is about something else.
pub fn verdict_of(link: &Link) -> Option<Verdict> {
    match link.entry.event.as_str() {
        "approval" => Some(Verdict::Unchanged),
        "check" => check_of(link).map(|line| line.verdict),
        "survey" => survey_of(link).map(|line| match line.approval {
            Some(_) => Verdict::Unchanged,
            None => line.verdict,
        }),
        _ => None,
    }
}

/// Returns what a line says of a check; nothing where it is of something else, or of another version.
pub fn check_of(link: &Link) -> Option<CheckLine> {
    if link.entry.event != "check" {
        return None;
    }
    let check: CheckLine = serde_json::from_value(link.entry.body.clone()).ok()?;
    (check.schema == EVIDENCE_SCHEMA).then_some(check)
}

fn is_trouble(verdict: Verdict) -> bool {
    verdict.wants_person() || matches!(verdict, Verdict::Outage | Verdict::FaultPage)
}
