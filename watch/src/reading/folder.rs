//! One reading of the folder: targets, evidence, and whether anybody looks.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err::File;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::following::Follower;
use super::later::{InCase, Later};
use super::standing::{FindingEnd, PAGES_MAX, PageFinding, Standing};
use crate::keeping::{Proof, first_of_sites, rest_address};
use crate::verdict::Verdict;

/// Bytes of one file of the folder that is read as a whole, 64 MiB.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Things in the folder whose times are looked at for a sign of life.
const SIGNS_MAX: usize = 64;
/// How long a finding that ended is still told of.
const ENDED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Reads the folder of a watch again and again. Never writes there, and takes no lock.
#[derive(Debug)]
pub struct FolderReader {
    folder: PathBuf,
    follower: Follower,
    standing: Standing,
}

/// What one reading came to.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Whether what is said of pages can be believed.
    pub health: Health,
    /// What the evidence proves; nothing where there is none, or where it is broken.
    pub proof: Option<Proof>,
    /// Every page under watch, and every site of which a survey had something to say.
    pub pages: Vec<PageReading>,
}

/// Whether what is said of pages can be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// The folder or its evidence is not what it should be.
    Broken {
        /// What is wrong, readable after "could not".
        what: String,
    },
    /// The watch runs.
    Running,
    /// There was no sign of life for too long.
    Silent,
}

/// One page under watch.
#[derive(Clone, Debug)]
pub struct PageReading {
    /// Its address; of what a survey found, one that stands for the site beside its pages ([`domain::is_rest_of_site`]).
    pub url: String,
    /// Whose it is, as somebody wrote.
    pub organisation: String,
    /// Who built or hosts it.
    pub supplier: String,
    /// Whom to telephone.
    pub contact: String,
    /// What is said of it now; [`Verdict::Nothing`] where nobody has looked, or where it is looked at again.
    pub verdict: Verdict,
    /// What stands, and what ended lately.
    pub findings: Vec<PageFinding>,
}

/// As much of a target as is shown; the watch may know more.
#[derive(Clone, Deserialize)]
struct TargetRead {
    url: String,
    #[serde(default)]
    organisation: String,
    #[serde(default)]
    supplier: String,
    #[serde(default)]
    contact: String,
}

/// How long after a look it can still become a case: lines are written first, and one failure is no outage yet.
const fn settling(verdict: Verdict) -> SignedDuration {
    match verdict {
        Verdict::Nothing | Verdict::FaultPage | Verdict::Outage => SignedDuration::from_mins(15),
        _ => SignedDuration::from_secs(30),
    }
}

impl FolderReader {
    /// Reads this folder. With `known`, its evidence must go on from what was proved before.
    pub fn new(folder: &Path, known: Option<Proof>) -> Self {
        Self {
            folder: folder.to_owned(),
            follower: Follower::new(&folder.join("evidence.jsonl"), known),
            standing: Standing::default(),
        }
    }

    /// Reads what the folder says now.
    pub fn read(&mut self, now: Timestamp, silent_after: Duration) -> Reading {
        let mut health = self.sign_of_life(now, silent_after);
        let standing = &mut self.standing;
        if let Err(error) = self.follower.read_on(&mut |link, _| standing.take(&link)) {
            health = Health::Broken {
                what: error.to_string(),
            };
        }
        let later = self.read_later().unwrap_or_else(|what| {
            health = Health::Broken { what };
            Later::default()
        });
        let targets = self.read_targets().unwrap_or_else(|what| {
            health = Health::Broken { what };
            Vec::new()
        });
        let is_broken = matches!(health, Health::Broken { .. });
        let proof = self.follower.proof();
        Reading {
            proof: (!is_broken && proof.lines > 0).then(|| proof.clone()),
            pages: self.pages(targets, &later, now),
            health,
        }
    }

    fn pages(&self, targets: Vec<TargetRead>, later: &Later, now: Timestamp) -> Vec<PageReading> {
        // A survey is of a site: whose it is, says the first of its pages.
        let surveyed = first_of_sites(&targets, |target| &target.url)
            .into_iter()
            .filter(|(rest, _)| self.standing.page(rest).is_some());
        let mut surveyed: Vec<_> = surveyed
            .map(|(rest, target)| {
                let url = rest_address(&target.url);
                let target = TargetRead {
                    url,
                    ..target.clone()
                };
                self.page(&rest, target, later, now)
            })
            .collect();
        surveyed.retain(|site| !site.findings.is_empty());
        let pages = targets.into_iter().map(|target| {
            let url = target.url.clone();
            self.page(&url, target, later, now)
        });
        pages.chain(surveyed).collect()
    }

    /// Says how a target stands that the lines know by this name.
    fn page(
        &self,
        known_as: &str,
        target: TargetRead,
        later: &Later,
        now: Timestamp,
    ) -> PageReading {
        let known = self.standing.page(known_as);
        let mut open = known.and_then(|page| page.open.clone());
        let mut last = known.and_then(|page| page.last);
        if let Some(said) = later.standings.get(known_as)
            && last.is_none_or(|(_, at)| said.at > at)
        {
            last = Some((said.verdict, said.at));
        }
        let mut verdict = last.map_or(Verdict::Nothing, |(verdict, _)| verdict);
        let mut ended: Vec<_> = known
            .map(|page| page.ended.iter().cloned().collect())
            .unwrap_or_default();
        match later.case_of(known_as) {
            Some(InCase::BeingConfirmed) => {
                verdict = Verdict::Nothing;
                open = None;
            }
            Some(InCase::Confirmed(worst)) => verdict = worst,
            Some(InCase::None) if verdict > Verdict::Announced => {
                let is_settled =
                    last.is_none_or(|(verdict, at)| now.duration_since(at) > settling(verdict));
                if is_settled {
                    verdict = Verdict::Unchanged;
                } else {
                    verdict = Verdict::Nothing;
                    open = None;
                }
            }
            Some(InCase::None) | None => {}
        }
        if let Some(finding) = open.as_mut() {
            // What is counted and what is listed must be the same.
            verdict = if verdict <= Verdict::Announced {
                verdict
            } else {
                finding.verdict
            };
        }
        if verdict <= Verdict::Announced
            && let Some(finding) = open.take()
        {
            let at = last.map_or(finding.changed_at, |(_, at)| at);
            ended.push(PageFinding {
                end: Some(FindingEnd {
                    at: at.max(finding.changed_at),
                    by: None,
                }),
                ..finding
            });
        }
        ended.retain(|finding| {
            let end = finding.end.as_ref();
            end.is_some_and(|end| now.duration_since(end.at) <= ENDED_FOR)
        });
        PageReading {
            findings: open.into_iter().chain(ended).collect(),
            url: target.url,
            organisation: target.organisation,
            supplier: target.supplier,
            contact: target.contact,
            verdict,
        }
    }

    fn read_targets(&self) -> Result<Vec<TargetRead>, String> {
        let mut targets: Vec<TargetRead> = self.read_json("targets.json")?.unwrap_or_default();
        targets.truncate(PAGES_MAX);
        Ok(targets)
    }

    fn read_later(&self) -> Result<Later, String> {
        Ok(Later {
            standings: self.read_json("standings.json")?.unwrap_or_default(),
            cases: self.read_json("cases.json")?,
        })
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, String> {
        let path = self.folder.join(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("read '{}': {error}", path.display())),
        };
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(|error| format!("read '{}': {error}", path.display()))?;
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| format!("read '{}': {error}", path.display()))
    }

    /// Looks when anything in the folder was written last: a watch that runs keeps what it knows all the time.
    fn sign_of_life(&self, now: Timestamp, silent_after: Duration) -> Health {
        let entries = match fs_err::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) => {
                return Health::Broken {
                    what: error.to_string(),
                };
            }
        };
        let newest = entries
            .take(SIGNS_MAX)
            .filter_map(|entry| entry.ok()?.metadata().ok()?.modified().ok())
            .filter_map(|at| Timestamp::try_from(at).ok())
            .max();
        let is_alive = newest.is_some_and(|at| {
            let silence = now.duration_since(at);
            !silence.is_positive() || silence.unsigned_abs() <= silent_after
        });
        if is_alive {
            Health::Running
        } else {
            Health::Silent
        }
    }
}
