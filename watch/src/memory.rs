//! What is kept of a site and of each of its pages: the versions that a person approved, how they vary, who answers.

use std::collections::{BTreeMap, BTreeSet};

use pages::{Comparison, PageModel, RegionKey, Use, UseKind, compare};
use serde::{Deserialize, Serialize};
use visit::Visitor;

use crate::checking::Check;
use crate::habit::Habit;
use crate::site::SiteFacts;
use crate::steps::{LoadedMemory, RenderedMemory};
use crate::surveying::SurveyMemory;
use crate::verdict::Verdict;
use crate::wording::Words;

/// Approved versions of one page that are kept; the oldest goes.
const APPROVED_MAX: usize = 8;
/// Origins of each kind that are approved for one site.
const ORIGINS_MAX: usize = 4_096;

/// What is kept of one site: of every page of it that is watched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SiteMemory {
    /// Who answers for it.
    pub facts: SiteFacts,
    /// Its pages, by address.
    pub pages: BTreeMap<String, PageMemory>,
    /// Which origins a person approved for what, on whichever page.
    pub origins: BTreeSet<(UseKind, String)>,
    /// What its pages load from itself: scripts, style sheets, pictures.
    pub loaded: LoadedMemory,
    /// Which words its pages use.
    pub words: Words,
    /// What else there is on it, beside the pages under watch.
    #[serde(default)]
    pub survey: SurveyMemory,
}

/// What is kept of one page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageMemory {
    /// The versions that are in order, the newest last.
    pub approved: Vec<Approval>,
    /// How it varies between them.
    pub habit: Habit,
    /// The last look that was found in order.
    pub last: PageModel,
    /// What other visitors are shown where a person approved that it is another page.
    pub views: BTreeMap<Visitor, PageModel>,
    /// What it looks like in a browser.
    pub rendered: RenderedMemory,
}

/// A version that somebody approved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// The version.
    pub page: PageModel,
    /// Who approved it, and why.
    pub approver: Approver,
}

/// Who approves, when and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approver {
    /// The person.
    pub by: String,
    /// When, in seconds since 1970.
    pub at: i64,
    /// Why.
    pub note: String,
}

impl SiteMemory {
    /// Takes over what a check showed that was found to be in order. Nothing that works on visitors is learned so.
    pub fn learn(&mut self, check: &Check) {
        if let Some(loaded) = &check.loaded {
            self.loaded.note(loaded);
        }
        if !matches!(
            check.judgement.verdict,
            Verdict::Unchanged | Verdict::Ordinary
        ) {
            return;
        }
        self.facts.learn(&check.site);
        if let Some(loaded) = &check.loaded {
            self.loaded.learn(loaded);
        }
        let (Some(page), Some(memory)) = (&check.page, self.pages.get_mut(&check.url)) else {
            return;
        };
        memory.learn(page);
        self.words.learn(page);
    }

    /// Takes over everything that a check showed, because a named person looked at it. A page that is not known yet is
    /// under watch from now on.
    pub fn approve(&mut self, check: &Check, approver: &Approver) {
        self.facts.approve(&check.site);
        let Some(page) = &check.page else {
            return;
        };
        for one in page
            .uses
            .iter()
            .chain(check.views.values().flat_map(|view| &view.uses))
            .chain(
                check
                    .our_other_page()
                    .into_iter()
                    .flat_map(|view| &view.uses),
            )
        {
            if self.origins.len() < ORIGINS_MAX {
                self.origins.insert((one.kind, one.origin.clone()));
            }
        }
        for known in check
            .views
            .values()
            .chain([page])
            .chain(check.our_other_page())
        {
            self.words.learn(known);
        }
        let approval = Approval {
            page: page.clone(),
            approver: approver.clone(),
        };
        let memory = self.pages.entry(check.url.clone()).or_default();
        memory.approve(approval);
        // Whoever approves was shown the look that the verdict was about, and that may not have been the first.
        if let Some(other) = check.our_other_page() {
            memory.approve(Approval {
                page: other.clone(),
                approver: approver.clone(),
            });
        }
        memory.views.extend(check.views.clone());
        if let Some(rendered) = &check.rendered {
            memory.rendered.approve(rendered);
        }
        if let Some(loaded) = &check.loaded {
            self.loaded.approve(loaded);
        }
    }
}

impl SiteMemory {
    /// Takes over the looks with which a page is put under watch, because a named person does so: the first with all that it
    /// showed, of the others what they add.
    pub fn begin(&mut self, checks: &[Check], approver: &Approver) {
        let Some((first, others)) = checks.split_first() else {
            return;
        };
        self.approve(first, approver);
        for check in others {
            let (Some(page), Some(memory)) = (&check.page, self.pages.get_mut(&check.url)) else {
                continue;
            };
            if memory.adds_something(page) {
                self.approve(check, approver);
            } else {
                memory.learn(page);
            }
        }
    }
}

impl PageMemory {
    /// Begins with a version that a named person approves.
    pub fn begin(approval: Approval) -> Self {
        let mut memory = Self::default();
        memory.approve(approval);
        memory
    }

    /// Adds a version that a named person approves.
    fn approve(&mut self, approval: Approval) {
        self.learn(&approval.page);
        if self.approved.len() >= APPROVED_MAX {
            self.approved.remove(0);
        }
        self.approved.push(approval);
    }

    /// Learns from a look that was found to be an ordinary one.
    fn learn(&mut self, page: &PageModel) {
        let from_last = (!self.approved.is_empty()).then(|| compare(&self.last, page));
        self.habit.learn(page, from_last.as_ref());
        self.last = page.clone();
    }

    /// Tells whether a page has origins or places that no approved version has.
    fn adds_something(&self, page: &PageModel) -> bool {
        let versions = || self.approved.iter().map(|approval| &approval.page);
        let has_use = |one: &Use| {
            let mut uses = versions().flat_map(|version| &version.uses);
            uses.any(|known| (known.kind, &known.origin) == (one.kind, &one.origin))
        };
        let has_place = |key: RegionKey| versions().any(|version| version.region(key).is_some());
        !page.uses.iter().all(has_use) || !page.regions.iter().all(|region| has_place(region.key))
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
