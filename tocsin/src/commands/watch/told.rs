//! What single commands leave behind for everybody who asks how a page stands: what was said last, and, where a watch has run in the
//! folder, its cases. Without those, whoever reads them would take for over what a single command has found.

use std::collections::BTreeMap;

use jiff::Timestamp;
use watch::across::added_by;
use watch::keeping::{KeepError, Standing, WatchFolder, host_of};
use watch::rounds::{CaseRules, Cases, Look, Sight};
use watch::{Judgement, Verdict};

/// The cases, in the folder of the watch.
const CASES: &str = "cases.json";

/// How pages stand, and sites beside their pages under watch.
pub struct Told {
    standings: BTreeMap<String, Standing>,
    /// Nothing where no watch has run here.
    cases: Option<Cases>,
}

impl Told {
    /// Begins with what was said before.
    pub fn begin(folder: &WatchFolder) -> Result<Self, KeepError> {
        Ok(Self {
            standings: folder.standings()?,
            cases: folder.part(CASES)?,
        })
    }

    /// Takes in what a look came to.
    pub fn take(&mut self, place: &str, judgement: &Judgement, look: Look, at: Timestamp) {
        let verdict = judgement.verdict;
        self.standings
            .insert(place.to_owned(), Standing { verdict, at });
        let Some(cases) = &mut self.cases else {
            return;
        };
        let added = added_by(judgement).into_iter();
        let sight = Sight {
            site: &site_of(place),
            url: place,
            verdict,
            look,
            shown: added
                .map(|one| one.digest)
                .filter(|_| verdict.wants_person())
                .collect(),
            is_kept_out: judgement.is_challenge(),
            at,
        };
        cases.take(&sight, &CaseRules::by_hand());
    }

    /// Takes in that a person approved what a place shows.
    pub fn approve(&mut self, place: &str, by: &str, at: Timestamp) {
        let verdict = Verdict::Unchanged;
        self.standings
            .insert(place.to_owned(), Standing { verdict, at });
        if let Some(cases) = &mut self.cases {
            cases.approve(&site_of(place), place, by, at);
        }
    }

    /// Forgets a place that is no longer under watch.
    pub fn drop_place(&mut self, place: &str, at: Timestamp) {
        self.standings.remove(place);
        if let Some(cases) = &mut self.cases {
            cases.drop_page(&site_of(place), place, at);
        }
    }

    /// Keeps it.
    pub fn keep(&self, folder: &WatchFolder) -> Result<(), KeepError> {
        folder.keep_standings(&self.standings)?;
        match &self.cases {
            Some(cases) => folder.keep_part(CASES, cases),
            None => Ok(()),
        }
    }
}

/// Returns the site of a page, or of what stands for a site beside its pages.
fn site_of(place: &str) -> String {
    match place.strip_suffix(domain::website::REST_OF_SITE) {
        Some(host) if !host.contains('/') => host.to_owned(),
        _ => host_of(place),
    }
}
