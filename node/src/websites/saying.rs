//! What this node's own watch has seen becomes a report: kept, sent up, and told to the children whose sites they are.
//! The node never opens the watch's folder: whoever does hands over what stands there.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use documents::{ROLL_UP_ORGANISATIONS_MAX, WATCH_FINDINGS_MAX, WATCH_MARKS_MAX};
use domain::website::{PAGE_MARKS_MAX, SITE_FINDINGS_MAX};
use domain::{
    EvidenceHead, OrganisationId, OrganisationSites, PageCounters, PageMark, PageState,
    SiteFinding, SiteVerdict, WatchHealth, is_rest_of_site,
};
use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};
use store::{Change, Side, StoreError, View, WatchHead};

use super::owners::Owners;
use crate::addressed::Tree;
use crate::node::{Node, ReadError, Touches};

/// What the watch says is said anew after so long, also when nothing has changed: its instant says that somebody looks.
const STALE_AFTER: SignedDuration = SignedDuration::from_secs(120);
/// The setting that tells how many pages have an owner written beside them whom this node does not know.
pub(super) const UNPLACED: &str = "watch-pages-unplaced";

/// What stands in the folder of this node's watch.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Whether it looks, and its evidence is whole.
    pub health: WatchHealth,
    /// How far its evidence goes.
    pub evidence: Option<EvidenceHead>,
    /// The pages.
    pub pages: Vec<WatchedPage>,
}

/// One page under watch.
#[derive(Clone, Debug)]
pub struct WatchedPage {
    /// Its address; one that stands for a site beside its pages, where a survey found something there.
    pub url: String,
    /// Whose it is, as it was written when the page was put under watch: an organisation's id or name.
    pub organisation: String,
    /// What is said of it; [`SiteVerdict::Nothing`] where nobody has looked yet.
    pub verdict: SiteVerdict,
    /// What there is to say of it: what stands, and what ended lately.
    pub findings: Vec<SiteFinding>,
}

impl Node {
    /// Takes over what this node's own watch says now. Nothing happens where it says nothing new, unless that was a while ago.
    pub fn say_of_websites(&self, watched: &Watched) -> Result<(), ReadError> {
        let next = self.inner.store.read(|view| self.next_own(view, watched))?;
        if next.is_none() {
            return Ok(());
        }
        self.write(Touches::Feeds, |change| -> Result<_, StoreError> {
            // Made again inside the transaction: another process may have said something.
            let Some((head, organisations, unplaced)) = self.next_own(change, watched)? else {
                return Ok(());
            };
            change.set_setting(UNPLACED, &unplaced.to_string())?;
            change.replace_watch_report(&head, &[], &organisations)?;
            self.pass_on_watch(change, &head, &organisations)
        })?;
        Ok(())
    }

    /// Forgets this node's own watch, and says so: there is none in the settings any more.
    pub fn end_watch(&self) -> Result<(), ReadError> {
        let own = self.organisation();
        let before = self
            .inner
            .store
            .read(|view| view.find_watch_head(own, own))?;
        if before.is_none() {
            return Ok(());
        }
        self.write(Touches::Feeds, |change| -> Result<_, StoreError> {
            change.set_setting(UNPLACED, "0")?;
            self.retract_watch_reports(change, own)
        })?;
        Ok(())
    }

    /// Forgets everything that came by `via`, and says upwards that it no longer stands.
    pub(crate) fn retract_watch_reports(
        &self,
        change: &Change<'_>,
        via: &OrganisationId,
    ) -> Result<(), StoreError> {
        for mut head in change.list_watch_heads()? {
            if head.via == *via {
                head.revision = head.revision.saturating_add(1);
                head.evidence = None;
                self.pass_on_watch(change, &head, &[])?;
            }
        }
        change.remove_watch_reports(via)
    }

    /// Returns the next report of this node's own watch, if it says anything new or the last one is old; and how many pages
    /// have no known owner.
    fn next_own(
        &self,
        view: &View<'_>,
        watched: &Watched,
    ) -> Result<Option<(WatchHead, Vec<OrganisationSites>, u64)>, StoreError> {
        let own = self.organisation();
        let tree = Tree::load(self, view)?;
        let (organisations, unplaced) = by_organisation(&Owners::new(self, &tree), watched);
        let before = view.find_watch_head(own, own)?;
        let now = self.now();
        if let Some(before) = &before {
            let is_fresh =
                (SignedDuration::ZERO..STALE_AFTER).contains(&now.duration_since(before.as_of));
            let said = view.list_watch_rows_by(own, own)?;
            if is_fresh
                && (before.health, before.evidence) == (watched.health, watched.evidence)
                && said.iter().map(|row| &row.sites).eq(&organisations)
            {
                return Ok(None);
            }
        }
        let head = WatchHead {
            via: own.clone(),
            side: Side::Own,
            watcher: own.clone(),
            name: self.organisation_name().to_owned(),
            revision: self.next_revision(before.as_ref().map(|before| before.revision)),
            as_of: now,
            received_at: now,
            health: watched.health,
            evidence: watched.evidence,
            doubted_at: None,
        };
        Ok(Some((head, organisations, unplaced)))
    }
}

/// Adds pages up by whose they are. Those of nobody who is known here are this node's own: they must not be lost.
fn by_organisation(owners: &Owners<'_>, watched: &Watched) -> (Vec<OrganisationSites>, u64) {
    let mut grouped: BTreeMap<OrganisationId, Grouped> = BTreeMap::new();
    let mut unplaced = 0;
    let mut marks_room = WATCH_MARKS_MAX;
    for page in &watched.pages {
        let owner = owners.find(&page.organisation);
        let is_rest = is_rest_of_site(&page.url);
        // A site beside its pages is as much of nobody as they are: those are counted.
        unplaced += u64::from(owner.is_none() && !is_rest);
        let mut owner = owner.unwrap_or_else(|| owners.own().clone());
        if grouped.len() >= ROLL_UP_ORGANISATIONS_MAX && !grouped.contains_key(&owner) {
            owner = owners.own().clone();
        }
        let group = grouped.entry(owner).or_default();
        let state = page.verdict.state();
        group.findings.extend(page.findings.iter().cloned());
        let mut open = page.findings.iter().filter_map(SiteFinding::open_state);
        if is_rest && open.next().is_none() {
            // What surveys found and is over: that is a finding, but no page under watch.
            continue;
        }
        group.pages.count(state);
        if marks_room > 0 && group.marks.len() < PAGE_MARKS_MAX {
            marks_room -= 1;
            if let Some(twice) = group.marks.insert(mark_of(&page.url), state) {
                // Somebody put it under watch twice.
                group.pages.take_away(twice);
            }
        }
    }
    let mut room = WATCH_FINDINGS_MAX;
    let organisations = grouped
        .into_iter()
        .map(|(organisation, group)| {
            let mut sites = OrganisationSites {
                name: owners.name(&organisation),
                organisation,
                pages: group.pages,
                marks: group.marks,
                findings: group.findings,
                findings_left_out: 0,
            };
            if watched.health != WatchHealth::Running {
                stop_looking(&mut sites);
            }
            list_the_worst(&mut sites, SITE_FINDINGS_MAX.min(room));
            room = room.saturating_sub(sites.findings.len());
            sites
        })
        .collect();
    (organisations, unplaced)
}

/// What there is of one organisation.
#[derive(Default)]
struct Grouped {
    pages: PageCounters,
    marks: BTreeMap<PageMark, PageState>,
    findings: Vec<SiteFinding>,
}

/// Returns the mark of a page: the same whoever watches it.
fn mark_of(url: &str) -> PageMark {
    let digest: [u8; 32] = Sha256::digest(url.as_bytes()).into();
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    PageMark::from_bytes(bytes)
}

/// What was out of order when somebody looked last is not known now.
fn stop_looking(sites: &mut OrganisationSites) {
    for state in sites.marks.values_mut() {
        *state = state.unwatched();
    }
    sites.pages = sites.pages.unwatched();
    sites
        .findings
        .retain(|finding| finding.open_state() != Some(PageState::Fault));
}

fn list_the_worst(sites: &mut OrganisationSites, count_max: usize) {
    sites.findings.retain(|finding| match finding.check() {
        Ok(()) => true,
        Err(reason) => {
            tracing::error!(page = finding.page, reason, "could not report a finding");
            false
        }
    });
    sites
        .findings
        .sort_by_key(|finding| (urgency(finding), Reverse(finding.changed_at), finding.id));
    sites.findings.dedup_by_key(|finding| finding.id);
    let left_out = sites.findings.len().saturating_sub(count_max);
    sites.findings.truncate(count_max);
    sites.findings_left_out = left_out as u64;
}

/// What stands comes first, the worst of it before all.
pub(super) fn urgency(finding: &SiteFinding) -> (bool, PageState, Reverse<SiteVerdict>) {
    let state = finding.verdict.state();
    (
        finding.open_state().is_none(),
        state,
        Reverse(finding.verdict),
    )
}
