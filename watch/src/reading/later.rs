//! What the watch knows of pages beside its evidence: nothing is written down of a page that is as it was, so that a finding is
//! over is learned here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::verdict::Verdict;

/// What was last said of pages (`standings.json`), and the cases of their sites (`cases.json`).
#[derive(Clone, Debug, Default)]
pub(super) struct Later {
    pub(super) standings: BTreeMap<String, Said>,
    pub(super) cases: Option<Cases>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Said {
    pub(super) verdict: Verdict,
    pub(super) at: Timestamp,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Cases {
    #[serde(default)]
    pub(super) open: BTreeMap<String, Case>,
}

/// A case of one site. Of a case that is not confirmed nobody is told.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Case {
    state: CaseState,
    #[serde(default)]
    pages: BTreeMap<String, CasePage>,
}

#[derive(Clone, Debug, Deserialize)]
struct CaseState {
    state: String,
}

#[derive(Clone, Debug, Deserialize)]
struct CasePage {
    verdict: Verdict,
}

impl Later {
    /// Tells what the cases say of a page: nothing where there are none.
    pub(super) fn case_of(&self, url: &str) -> Option<InCase> {
        let cases = self.cases.as_ref()?;
        let found = cases
            .open
            .values()
            .find_map(|case| case.pages.get(url).map(|page| (case, page.verdict)));
        Some(match found {
            Some((case, verdict)) if case.state.state == "confirmed" => InCase::Confirmed(verdict),
            Some(_) => InCase::BeingConfirmed,
            None => InCase::None,
        })
    }
}

/// How a page stands in the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InCase {
    /// Seen once: it is looked at again.
    BeingConfirmed,
    /// Seen again.
    Confirmed(Verdict),
    /// In no case.
    None,
}
