//! Keeping house: the list of targets as it is now, wishes, notices, and what is saved of what is in memory.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use domain::website::REST_OF_SITE;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::watch_loop::{PendingWish, Running, Watched};
use crate::across::Member;
use crate::keeping::{KeepError, Standing, Target, WatchFolder, host_of, rest_of};
use crate::rounds::cases::{CaseRules, Sight};
use crate::rounds::kept::Kept;
use crate::rounds::schedule::Look;
use crate::rounds::spool::{Wish, new_wishes, set_aside, take_notices};

/// How long a wish waits: whoever approved something has not seen what is shown hours later, after a restart or after quiet hours.
const WISH_LASTS: SignedDuration = SignedDuration::from_hours(1);
const TOO_OLD: &str =
    "do what is wished: an hour ago is too long ago. Look at the page, and ask for it again";

/// What is saved of what is in memory. Without it every page is looked at whole once.
#[derive(Default, Serialize, Deserialize)]
struct SavedState {
    pages: BTreeMap<String, Kept>,
    members: Vec<Member>,
}

/// Returns what a watch has saved of its members and what they have in common; also of one that runs.
pub fn saved_members(folder: &Path) -> Result<Vec<Member>, KeepError> {
    let saved: Option<SavedState> = WatchFolder::read_part(folder, "rounds.json")?;
    Ok(saved.unwrap_or_default().members)
}

impl Running<'_> {
    /// Looks whether anything was put into the folder from outside.
    pub(super) fn keep_house(&mut self) {
        let print = self.print_of_targets();
        if print != self.targets_seen {
            match self.folder.targets() {
                Ok(targets) => {
                    self.targets_seen = print;
                    self.take_targets(targets);
                }
                // Somebody may be writing it: the list before stays in force.
                Err(error) => {
                    self.targets_seen = print;
                    self.problem(&domain::chain(&error));
                }
            }
        }
        for (file, wish) in new_wishes(&self.path(), |file| self.wish_files.contains(file)) {
            self.wish_files.insert(file.clone());
            match wish {
                Ok(_) if !self.is_in_time(&file) => self.refuse_wish(&file, TOO_OLD),
                Ok(wish) => self.take_wish(wish, file),
                Err(error) => self.refuse_wish(&file, &error),
            }
        }
        self.take_notices();
    }

    /// Takes over a list of targets: pages that are new are added, those that are gone are left alone from now on.
    pub(super) fn take_targets(&mut self, targets: Vec<Target>) {
        let now = self.now();
        let wanted: HashSet<&str> = targets.iter().map(|target| target.url.as_str()).collect();
        let gone: Vec<_> = self
            .by_url
            .iter()
            .filter(|(url, _)| !wanted.contains(url.as_ref()))
            .map(|(url, page)| (url.clone(), *page))
            .collect();
        for (url, page) in gone {
            self.by_url.remove(&url);
            self.schedule.remove(page);
            if let Some(watched) = self.pages.remove(&page) {
                let at = self.clock.now();
                self.cases.drop_page(&watched.site, &url, at);
            }
            if let Some(to_see) = &mut self.to_see {
                to_see.remove(&page);
            }
            // Its number may be given to another page, of which nobody has wished anything.
            if let Some(wish) = self.wishes.remove(&page) {
                let what = format!("do what is wished: '{url}' is no longer under watch");
                self.refuse_wish(&wish.file, &what);
            }
        }
        for target in targets {
            let host = host_of(&target.url);
            if let Some(page) = self.by_url.get(target.url.as_str()) {
                let Some(watched) = self.pages.get_mut(page) else {
                    continue;
                };
                self.schedule.set_quiet(*page, target.quiet);
                watched.target = target;
                continue;
            }
            let page = self.schedule.add(&host, target.quiet, now);
            let url: std::sync::Arc<str> = target.url.as_str().into();
            self.by_url.insert(url.clone(), page);
            let watched = Watched {
                target,
                url,
                site: host.into(),
                kept: None,
                recorded: None,
                standing: None,
            };
            self.pages.insert(page, watched);
        }
        self.take_sites();
    }

    /// Says by what a change of the list of targets is seen.
    pub(super) fn print_of_targets(&self) -> Option<(u64, i128)> {
        let about = fs_err::metadata(self.path().join("targets.json")).ok()?;
        let modified = about.modified().ok()?;
        let since = modified.duration_since(UNIX_EPOCH).ok()?;
        Some((about.len(), i128::try_from(since.as_nanos()).ok()?))
    }

    /// Loads what was saved of the pages that are under watch.
    pub(super) fn load_state(&mut self) {
        let saved: SavedState = match self.folder.part("rounds.json") {
            Ok(saved) => saved.unwrap_or_default(),
            // It only saves time: the watch goes on without it.
            Err(error) => {
                self.problem(&domain::chain(&error));
                SavedState::default()
            }
        };
        for (url, kept) in saved.pages {
            if let Some(page) = self.by_url.get(url.as_str())
                && let Some(watched) = self.pages.get_mut(page)
            {
                watched.kept = Some(kept);
            }
        }
        let standings = self.folder.standings().unwrap_or_default();
        for (url, standing) in standings {
            if let Some(page) = self.by_url.get(url.as_str())
                && let Some(watched) = self.pages.get_mut(page)
            {
                watched.standing = Some((standing, Look::Visitors));
            } else if url.ends_with(REST_OF_SITE) {
                self.surveyed.insert(url, standing);
            }
        }
        self.take_over_surveys();
        match self.folder.part("heard.json") {
            Ok(heard) => self.heard = heard.unwrap_or_default(),
            Err(error) => self.problem(&domain::chain(&error)),
        }
        let members = saved.members.into_iter();
        self.members = members
            .map(|member| (member.site.clone(), member))
            .collect();
    }

    /// Puts into cases what single surveys have found before: what is in none is over for whoever reads the folder.
    fn take_over_surveys(&mut self) {
        self.forget_surveys_of_others();
        let mut is_changed = false;
        for (rest, standing) in &self.surveyed {
            let site = rest.strip_suffix(REST_OF_SITE).unwrap_or(rest);
            if !standing.verdict.wants_person() || self.cases.has(site, rest) {
                continue;
            }
            let sight = Sight {
                site,
                url: rest,
                verdict: standing.verdict,
                look: Look::Survey,
                shown: BTreeSet::new(),
                is_kept_out: false,
                at: standing.at,
            };
            self.cases.take(&sight, &CaseRules::by_hand());
            is_changed = true;
        }
        if is_changed {
            self.attempt(|running| running.folder.keep_part("cases.json", &running.cases));
        }
    }

    /// Forgets what surveys came to of sites that are no longer under watch.
    fn forget_surveys_of_others(&mut self) {
        let sites: HashSet<String> = self.pages.values().map(|one| rest_of(&one.url)).collect();
        self.surveyed.retain(|rest, _| sites.contains(rest));
    }

    /// Saves what is in memory.
    pub(super) fn save_state(&mut self) {
        #[derive(Serialize)]
        struct Borrowed<'s> {
            pages: BTreeMap<&'s str, &'s Kept>,
            members: Vec<&'s Member>,
        }
        self.forget_surveys_of_others();
        let pages = self.pages.values();
        let state = Borrowed {
            pages: pages
                .filter_map(|one| Some((&*one.url, one.kept.as_ref()?)))
                .collect(),
            members: self.members.values().collect(),
        };
        let standings = self.pages.values().filter_map(|one| {
            let (standing, _) = one.standing?;
            Some((one.url.to_string(), standing))
        });
        let mut standings: BTreeMap<String, Standing> = standings.collect();
        standings.extend(self.surveyed.clone());
        let kept = self.folder.keep_part("rounds.json", &state);
        if let Err(error) = kept.and_then(|()| self.folder.keep_standings(&standings)) {
            let what = domain::chain(&error);
            self.problem(&what);
        }
    }

    /// Returns a wish where it is still in time; where its file is gone, it was withdrawn.
    pub(super) fn if_in_time(&mut self, wish: PendingWish) -> Option<PendingWish> {
        if self.is_in_time(&wish.file) {
            return Some(wish);
        }
        self.refuse_wish(&wish.file, TOO_OLD);
        None
    }

    fn is_in_time(&self, file: &Path) -> bool {
        let modified = fs_err::metadata(file).and_then(|about| about.modified());
        let at = modified.ok().and_then(|at| Timestamp::try_from(at).ok());
        at.is_some_and(|at| self.clock.now().duration_since(at) <= WISH_LASTS)
    }

    /// Notes that a wish is fulfilled.
    pub(super) fn end_wish(&mut self, file: &Path) {
        // One that cannot be put aside is never taken again: it would approve what nobody has seen.
        match set_aside(file, "taken") {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                self.problem(&format!("put aside '{}': {error}", file.display()));
            }
            _ => {
                self.wish_files.remove(file);
            }
        }
    }

    /// Notes that a wish cannot be fulfilled, and tells why.
    pub(super) fn refuse_wish(&mut self, file: &Path, why: &str) {
        self.problem(why);
        self.end_wish(file);
    }

    fn take_wish(&mut self, wish: Wish, file: PathBuf) {
        let (url, by, note) = match wish {
            Wish::Approve { url, by, note } => (url, by, note),
            Wish::ApproveSurvey { url, by, note } => {
                self.wish_for_survey(&url, PendingWish { by, note, file });
                return;
            }
            Wish::Add { target, by } => {
                let url = target.url.clone();
                self.attempt(|running| running.add(target));
                (url, by, "first look".to_owned())
            }
        };
        let Some(page) = self.by_url.get(url.as_str()).copied() else {
            let what = format!("do what is wished: '{url}' is not under watch");
            self.refuse_wish(&file, &what);
            return;
        };
        let before = self.wishes.insert(page, PendingWish { by, note, file });
        if let Some(before) = before {
            self.end_wish(&before.file);
        }
        let now = self.now();
        self.schedule.urge(page, Look::Visitors, now);
    }

    fn add(&mut self, target: Target) -> Result<(), KeepError> {
        let mut targets = self.folder.targets()?;
        if !targets.iter().any(|one| one.url == target.url) {
            targets.push(target);
            self.folder.keep_targets(&targets)?;
            self.targets_seen = self.print_of_targets();
            self.take_targets(targets);
        }
        Ok(())
    }

    /// Takes the notices that publishers have signed. What is refused, somebody is told of.
    fn take_notices(&mut self) {
        let now = self.clock.now();
        let pages = &self.pages;
        let publishers = |host: &str| {
            let of_host = pages.values().filter(|one| &*one.site == host);
            of_host
                .flat_map(|one| one.target.publishers.clone())
                .collect()
        };
        for problem in take_notices(&mut self.folder, &mut self.notices, &publishers, now) {
            self.problem(&problem);
        }
    }
}
