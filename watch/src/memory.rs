//! What is kept of one page: the versions that a person approved, how it varies, who answers for it.

use pages::{Comparison, PageModel, compare};
use serde::{Deserialize, Serialize};

use crate::habit::Habit;
use crate::site::SiteFacts;

/// Approved versions that are kept; the oldest goes.
const APPROVED_MAX: usize = 8;

/// What is kept of one page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageMemory {
    /// The versions that are in order, the newest last.
    pub approved: Vec<Approval>,
    /// How it varies between them.
    pub habit: Habit,
    /// Who answers for it.
    pub site: SiteFacts,
    /// The last look that was found in order.
    pub last: PageModel,
}

/// A version that somebody approved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// The version.
    pub page: PageModel,
    /// Who approved it.
    pub by: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// Why.
    pub note: String,
}

impl PageMemory {
    /// Begins with a version that a named person approves.
    pub fn begin(approval: Approval, site: SiteFacts) -> Self {
        let mut memory = Self {
            last: approval.page.clone(),
            site,
            ..Self::default()
        };
        memory.habit.learn(&approval.page, None);
        memory.approved.push(approval);
        memory
    }

    /// Adds a version that a named person approves.
    pub fn approve(&mut self, approval: Approval, site: &SiteFacts) {
        self.site.learn(site);
        self.learn(&approval.page);
        if self.approved.len() >= APPROVED_MAX {
            self.approved.remove(0);
        }
        self.approved.push(approval);
    }

    /// Learns from a look that was found to be an ordinary one.
    pub fn learn(&mut self, page: &PageModel) {
        let from_last = compare(&self.last, page);
        self.habit.learn(page, Some(&from_last));
        self.last = page.clone();
    }

    /// Compares a page with the approved version that is nearest to it, and says which that is.
    pub fn nearest(&self, page: &PageModel) -> Option<(&Approval, Comparison)> {
        let compared = self
            .approved
            .iter()
            .map(|one| (one, compare(&one.page, page)));
        compared.max_by(|(_, one), (_, other)| {
            let kept = |comparison: &Comparison| comparison.structure_kept + comparison.text_kept;
            kept(one).total_cmp(&kept(other))
        })
    }
}
