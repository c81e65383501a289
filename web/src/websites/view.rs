//! Sites in words and numbers.

use std::collections::BTreeMap;

use domain::{
    OrganisationId, PageCounters, PageState, SiteFindingState, WatchHealth, is_rest_of_site,
};
use node::{Side, SiteFindingRow, SitesPicture, WatcherRow};

use super::words;
use crate::page::Frame;
use crate::pieces::{Badge, Moment, brief, moment, plain};

/// One number of the wall.
pub(super) struct CountView {
    pub key: &'static str,
    pub name: String,
    pub count: u64,
    pub count_text: String,
}

impl CountView {
    pub fn new(state: PageState, pages: &PageCounters, frame: &Frame) -> Self {
        Self {
            key: words::state_class(state),
            name: frame.t(words::state_key(state)),
            count: pages.of(state),
            count_text: texts::count(pages.of(state), frame.language),
        }
    }
}

/// One finding of the list.
pub(crate) struct FindingLine {
    pub address: String,
    pub page: String,
    /// What the address stands for, where it is no page.
    pub note: Option<String>,
    pub verdict: Badge,
    /// Which border the page of the finding has.
    pub head: &'static str,
    pub organisation: String,
    pub name: String,
    pub since: Moment,
    pub ended: Option<(String, Moment)>,
    pub watcher: String,
    /// Other watches that have seen it: their names, and where their findings are.
    pub also: Vec<(String, String)>,
    pub reason: Option<String>,
    pub supplier: Option<String>,
    pub contact: Option<String>,
}

impl FindingLine {
    pub fn new(row: &SiteFindingRow, frame: &Frame) -> Self {
        let finding = &row.finding;
        let state = finding.verdict.state();
        let by = finding.by.as_deref().map(plain).unwrap_or_default();
        let ended = finding.ended_at.map(|at| {
            let said = frame.with(words::ended_key(finding.state), "name", &by);
            (said, moment(at, frame))
        });
        Self {
            address: format!("/websites/{}/{}", row.organisation, finding.id),
            page: brief(&finding.page),
            note: is_rest_of_site(&finding.page).then(|| frame.t("verdict-rest-means")),
            verdict: Badge {
                kind: if finding.state == SiteFindingState::Open {
                    words::state_class(state)
                } else {
                    "done"
                },
                text: frame.t(words::verdict_key(finding.verdict)),
            },
            head: match finding.open_state() {
                Some(PageState::Alarm) => "confirmed",
                Some(PageState::Unexplained) => "suspicious",
                _ => "context",
            },
            organisation: row.organisation.to_string(),
            name: brief(&row.name),
            since: moment(finding.opened_at, frame),
            ended,
            watcher: brief(&row.watcher.name),
            also: row
                .also
                .iter()
                .map(|also| {
                    let address = format!("/websites/{}/{}", row.organisation, also.id);
                    (brief(&also.watcher), address)
                })
                .collect(),
            reason: finding
                .reasons
                .first()
                .map(|reason| words::reason(reason, frame)),
            supplier: finding.supplier.as_deref().map(brief),
            contact: finding.contact.as_deref().map(brief),
        }
    }
}

/// Everything that the report says of one finding.
pub(super) struct EvidenceView {
    pub page: String,
    pub changed: Moment,
    pub reasons: Vec<String>,
    pub reasons_left_out: u64,
    pub first: String,
    pub newest: String,
}

impl EvidenceView {
    pub fn new(row: &SiteFindingRow, frame: &Frame) -> Self {
        let finding = &row.finding;
        Self {
            page: plain(&finding.page),
            changed: moment(finding.changed_at, frame),
            reasons: finding
                .reasons
                .iter()
                .map(|reason| words::reason(reason, frame))
                .collect(),
            reasons_left_out: finding.reasons_left_out,
            first: finding.id.to_string(),
            newest: finding.newest.to_string(),
        }
    }
}

/// The sites of one organisation, all watches together.
pub(super) struct OrganisationLine {
    pub id: String,
    pub name: String,
    pub watched: String,
    /// In the order of [`PageState::ALL`].
    pub counts: Vec<CountView>,
    /// Who watches them.
    pub watchers: String,
    /// What stands of them.
    pub findings: Vec<OrganisationFinding>,
}

/// A finding in the line of its organisation.
pub(super) struct OrganisationFinding {
    pub address: String,
    pub page: String,
    pub verdict: Badge,
}

/// Returns each organisation once; those with alarms first.
pub(super) fn by_organisation(picture: &SitesPicture, frame: &Frame) -> Vec<OrganisationLine> {
    let mut sums: Vec<_> = picture.sums.iter().collect();
    sums.sort_by_key(|sum| {
        let urgent = PageState::ALL.map(|state| std::cmp::Reverse(sum.pages.of(state)));
        (urgent, &sum.organisation)
    });
    let mut findings: BTreeMap<&OrganisationId, Vec<OrganisationFinding>> = BTreeMap::new();
    for row in &picture.findings {
        if row.finding.open_state().is_some() {
            let line = FindingLine::new(row, frame);
            let of = findings.entry(&row.organisation).or_default();
            of.push(OrganisationFinding {
                address: line.address,
                page: line.page,
                verdict: line.verdict,
            });
        }
    }
    sums.into_iter()
        .map(|sum| OrganisationLine {
            id: sum.organisation.to_string(),
            name: brief(&sum.name),
            watched: texts::count(sum.pages.watched(), frame.language),
            counts: PageState::ALL
                .into_iter()
                .map(|state| CountView::new(state, &sum.pages, frame))
                .collect(),
            watchers: watchers_of(&sum.organisation, picture),
            findings: findings.remove(&sum.organisation).unwrap_or_default(),
        })
        .collect()
}

fn watchers_of(organisation: &OrganisationId, picture: &SitesPicture) -> String {
    let rows = picture.organisations.iter();
    let names = rows
        .filter(|row| row.organisation == *organisation)
        .map(|row| {
            let watcher = picture
                .watchers
                .iter()
                .find(|watcher| watcher.organisation == row.watcher);
            watcher.map_or_else(|| row.watcher.to_string(), |watcher| brief(&watcher.name))
        });
    names.collect::<Vec<_>>().join(", ")
}

/// One watch.
pub(super) struct WatcherLine {
    pub id: String,
    pub name: String,
    pub side: String,
    pub health: Badge,
    pub heard: Moment,
    /// How many lines its evidence has, and the digest of the last.
    pub evidence: Option<(String, String)>,
    pub folder: Option<String>,
}

impl WatcherLine {
    pub fn new(watcher: &WatcherRow, frame: &Frame) -> Self {
        let (kind, key) = match watcher.health {
            WatchHealth::Broken => ("overdue", "web-watch-is-broken"),
            WatchHealth::Running if watcher.is_doubted => ("overdue", "web-watch-is-doubted"),
            WatchHealth::Running => ("done", "web-watch-is-running"),
            WatchHealth::Silent => ("unreachable", "web-watch-is-silent"),
        };
        Self {
            id: watcher.organisation.to_string(),
            name: brief(&watcher.name),
            side: frame.t(match watcher.side {
                Side::Above => "web-watch-above",
                Side::Below => "web-watch-below",
                Side::Own => "web-watch-own",
            }),
            health: Badge {
                kind,
                text: frame.t(key),
            },
            heard: moment(watcher.heard_at, frame),
            evidence: watcher.evidence.map(|head| {
                let lines = texts::count(head.lines, frame.language);
                (lines, head.last.to_string())
            }),
            folder: watcher
                .folder
                .as_ref()
                .map(|folder| plain(&folder.display().to_string())),
        }
    }
}
