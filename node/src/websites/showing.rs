//! What the pages show of web sites: all watches together, the most urgent first, and never more certain than they are.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domain::{
    EvidenceHead, EvidenceId, OrganisationId, OrganisationSites, PageCounters, PageMark, PageState,
    SiteFinding, WatchHealth,
};
use jiff::{SignedDuration, Timestamp};
use store::{Side, StoreError, View, WatchHead, WatchRow};

use super::saying::{UNPLACED, urgency};
use crate::node::{Node, ReadError};
use crate::parent::find_parent;

/// A watch that was not heard of for so long is not said to look: seven of its reports were missed.
const SILENT_AFTER: Duration = Duration::from_mins(15);
/// How long people are shown that evidence was changed.
const DOUBT_LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Findings on the page of all; the others are counted.
const FINDINGS_SHOWN: usize = 500;

/// All web sites that this node knows of.
#[derive(Clone, Debug)]
pub struct SitesPicture {
    /// Their pages, added up. A page that two watch is counted once, with the worse of what they say, as far as both mark it.
    pub pages: PageCounters,
    /// Who watches.
    pub watchers: Vec<WatcherRow>,
    /// Whose sites they are, by organisation and watch.
    pub organisations: Vec<SitesRow>,
    /// The same by organisation, all watches together.
    pub sums: Vec<SitesSum>,
    /// What there is to say of them, the most urgent first.
    pub findings: Vec<SiteFindingRow>,
    /// How many more findings there are.
    pub findings_left_out: u64,
    /// Pages of this node's own watch that have an owner written beside them whom nobody here knows.
    pub unplaced: u64,
}

/// One watch.
#[derive(Clone, Debug)]
pub struct WatcherRow {
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// From which side it was heard of.
    pub side: Side,
    /// By whom.
    pub via: OrganisationId,
    /// When it was last heard of: not later than it reached this node, whatever the watcher's clock says.
    pub heard_at: Timestamp,
    /// Whether it looks; derived from the clock each time.
    pub health: WatchHealth,
    /// How far its evidence goes.
    pub evidence: Option<EvidenceHead>,
    /// Whether its evidence contradicted lately what had been said of it before.
    pub is_doubted: bool,
    /// Where its evidence is, for this node's own watch.
    pub folder: Option<PathBuf>,
}

/// The sites of one organisation, as one watch sees them.
#[derive(Clone, Debug)]
pub struct SitesRow {
    /// Whose they are.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// Who watches.
    pub watcher: OrganisationId,
    /// Its pages, as far as they are known now.
    pub pages: PageCounters,
}

/// The sites of one organisation, all watches together: a page that two watch is counted once.
#[derive(Clone, Debug)]
pub struct SitesSum {
    /// Whose they are.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// Its pages.
    pub pages: PageCounters,
}

/// Another watch that has seen something of a page, too.
#[derive(Clone, Debug)]
pub struct AlsoSeen {
    /// Its name for people.
    pub watcher: String,
    /// What it calls its finding.
    pub id: EvidenceId,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct SiteFindingRow {
    /// Whose site it is.
    pub organisation: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// Who has seen it; of several, who says the worst.
    pub watcher: WatcherRow,
    /// Who else has, and what they call it. Only in a [`SitesPicture`].
    pub also: Vec<AlsoSeen>,
    /// What was seen.
    pub finding: SiteFinding,
}

impl Node {
    /// Returns what is known of web sites at and below this node.
    pub fn sites(&self) -> Result<SitesPicture, ReadError> {
        Ok(self.inner.store.read(|view| -> Result<_, StoreError> {
            let watchers = self.watchers(view)?;
            let unplaced = view.find_setting(UNPLACED)?;
            let rows = view.list_watch_rows()?;
            let unplaced = unplaced.and_then(|text| text.parse().ok()).unwrap_or(0);
            Ok(put_together(watchers, rows, unplaced))
        })?)
    }

    /// Returns one finding: of one organisation, by the line of evidence that it began with.
    pub fn site_finding(
        &self,
        organisation: &OrganisationId,
        id: EvidenceId,
    ) -> Result<Option<SiteFindingRow>, ReadError> {
        Ok(self.inner.store.read(|view| -> Result<_, StoreError> {
            let watchers = self.watchers(view)?;
            let rows = view.list_watch_rows_of(organisation)?;
            let mut found = rows
                .into_iter()
                .flat_map(|row| findings_of(&watchers, row))
                .filter(|row| row.finding.id == id);
            Ok(found.next())
        })?)
    }

    fn watchers(&self, view: &View<'_>) -> Result<Vec<WatcherRow>, StoreError> {
        let parent = find_parent(view)?.map(|parent| parent.organisation);
        let heads = view.list_watch_heads()?.into_iter();
        Ok(heads
            .filter(|head| head.side != Side::Above || parent.as_ref() == Some(&head.via))
            .map(|head| self.watcher(head))
            .collect())
    }

    fn watcher(&self, head: WatchHead) -> WatcherRow {
        let now = self.now();
        let heard_at = head.as_of.min(head.received_at);
        let silence = now.duration_since(heard_at);
        let is_silent = silence.is_positive() && silence.unsigned_abs() > SILENT_AFTER;
        let setup = self.config().watch.as_ref();
        WatcherRow {
            organisation: head.watcher,
            name: head.name,
            folder: setup
                .filter(|_| head.side == Side::Own)
                .map(|setup| setup.folder.clone()),
            side: head.side,
            via: head.via,
            heard_at,
            health: match head.health {
                WatchHealth::Running if is_silent => WatchHealth::Silent,
                health => health,
            },
            evidence: head.evidence,
            is_doubted: head
                .doubted_at
                .is_some_and(|at| now.duration_since(at) < DOUBT_LASTS),
        }
    }
}

fn put_together(watchers: Vec<WatcherRow>, rows: Vec<WatchRow>, unplaced: u64) -> SitesPicture {
    let mut sums: BTreeMap<OrganisationId, Sum> = BTreeMap::new();
    let mut organisations = Vec::new();
    let mut findings = Vec::new();
    let mut findings_left_out = 0u64;
    for row in rows {
        let Some(watcher) = watcher_of(&watchers, &row) else {
            continue;
        };
        let sites = SitesRow {
            organisation: row.sites.organisation.clone(),
            name: row.sites.name.clone(),
            watcher: row.watcher.clone(),
            pages: known_now(watcher, &row.sites),
        };
        let sum = sums
            .entry(sites.organisation.clone())
            .or_insert_with(|| Sum {
                name: sites.name.clone(),
                ..Sum::default()
            });
        sum.add(sites.pages, &row.sites.marks, watcher.health);
        organisations.push(sites);
        findings_left_out = findings_left_out.saturating_add(row.sites.findings_left_out);
        findings.extend(findings_of(&watchers, row));
    }
    findings.sort_by_key(|row| (urgency(&row.finding), Reverse(row.finding.changed_at)));
    let mut findings = each_page_once(findings);
    let mut pages = PageCounters::default();
    for sum in sums.values() {
        pages += sum.pages;
    }
    let more = findings.len().saturating_sub(FINDINGS_SHOWN);
    findings.truncate(FINDINGS_SHOWN);
    SitesPicture {
        pages,
        watchers,
        organisations,
        sums: sums
            .into_iter()
            .map(|(organisation, sum)| SitesSum {
                organisation,
                name: sum.name,
                pages: sum.pages,
            })
            .collect(),
        findings,
        findings_left_out: findings_left_out.saturating_add(more as u64),
        unplaced,
    }
}

/// The pages of one organisation while they are added up.
#[derive(Default)]
struct Sum {
    name: String,
    pages: PageCounters,
    marks: BTreeMap<PageMark, PageState>,
}

impl Sum {
    /// Adds what one watch says; pages that another has told of already are not counted again.
    fn add(
        &mut self,
        pages: PageCounters,
        marks: &BTreeMap<PageMark, PageState>,
        health: WatchHealth,
    ) {
        self.pages += pages;
        for (mark, state) in marks {
            let state = match health {
                WatchHealth::Running => *state,
                WatchHealth::Broken | WatchHealth::Silent => state.unwatched(),
            };
            let together = match self.marks.get(mark) {
                None => state,
                Some(other) => {
                    let together = other.together_with(state);
                    self.pages.take_away(*other);
                    self.pages.take_away(state);
                    self.pages.count(together);
                    together
                }
            };
            self.marks.insert(*mark, together);
        }
    }
}

/// Lists what several watches say of one page where it stands as one finding, the worst of it; the others are named beside it.
fn each_page_once(findings: Vec<SiteFindingRow>) -> Vec<SiteFindingRow> {
    let mut listed: Vec<SiteFindingRow> = Vec::new();
    let mut places: BTreeMap<(OrganisationId, String), usize> = BTreeMap::new();
    for row in findings {
        if row.finding.open_state().is_none() {
            listed.push(row);
            continue;
        }
        let page = (row.organisation.clone(), row.finding.page.clone());
        if let Some(place) = places.get(&page) {
            listed[*place].also.push(AlsoSeen {
                watcher: row.watcher.name,
                id: row.finding.id,
            });
        } else {
            places.insert(page, listed.len());
            listed.push(row);
        }
    }
    listed
}

fn known_now(watcher: &WatcherRow, sites: &OrganisationSites) -> PageCounters {
    match watcher.health {
        WatchHealth::Running => sites.pages,
        WatchHealth::Broken | WatchHealth::Silent => sites.pages.unwatched(),
    }
}

fn watcher_of<'w>(watchers: &'w [WatcherRow], row: &WatchRow) -> Option<&'w WatcherRow> {
    watchers
        .iter()
        .find(|watcher| watcher.organisation == row.watcher && watcher.via == row.via)
}

fn findings_of(watchers: &[WatcherRow], row: WatchRow) -> Vec<SiteFindingRow> {
    let Some(watcher) = watcher_of(watchers, &row) else {
        return Vec::new();
    };
    let (organisation, name) = (row.sites.organisation, row.sites.name);
    let rows = row
        .sites
        .findings
        .into_iter()
        .map(|finding| SiteFindingRow {
            organisation: organisation.clone(),
            name: name.clone(),
            watcher: watcher.clone(),
            also: Vec::new(),
            finding,
        });
    rows.collect()
}
