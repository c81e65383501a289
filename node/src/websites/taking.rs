//! What others say of web sites: children of whatever is below them, the parent of whatever is here or below.

use documents::{Verified, WatchReport, verify_from};
use domain::{EvidenceHead, OrganisationId, OrganisationSites};
use store::{Change, Side, StoreError, WatchHead};

use crate::addressed::Tree;
use crate::node::Node;
use crate::parent::find_parent;
use crate::relay::{NotApplied, PARENT};
use crate::rolling_up::{Claims, Taken};

/// Watches that one peer may tell of: every organisation of a large ministry with a watch of its own.
const WATCHERS_MAX: u64 = 1_000;
/// Bytes that are kept of what one peer tells, 128 MiB.
const BYTES_MAX: u64 = 128 * 1024 * 1024;

impl Node {
    /// Keeps what a child says of sites at or below it, and passes it on.
    pub(crate) fn take_watch_from_below(
        &self,
        change: &Change<'_>,
        child: &OrganisationId,
        report: &Verified<WatchReport>,
    ) -> Result<Taken, StoreError> {
        if let Err(reason) = self.check_sender(report, child) {
            return Ok(Taken::Refused(reason));
        }
        let claims = Claims::of_watches(self, change)?;
        if !claims.allow(child, &report.watcher) {
            return Ok(Taken::Refused(format!(
                "'{child}' speaks for the watch of '{}', which is not below it",
                report.watcher
            )));
        }
        let may_say = |sites: &OrganisationSites| claims.allow(child, &sites.organisation);
        self.take_watch(change, Side::Below, child, report, may_say)
    }

    /// Keeps what the parent says of sites here or below, and passes it on to those whose they are.
    pub(crate) fn take_watch_from_above(
        &self,
        change: &Change<'_>,
        bytes: &[u8],
    ) -> Result<(), NotApplied> {
        let parent = find_parent(change)?
            .ok_or_else(|| NotApplied::Refused("there is no parent".to_owned()))?;
        let report: Verified<WatchReport> = verify_from(bytes, &parent.document_key)?;
        self.check_sender(&report, &parent.organisation)
            .map_err(NotApplied::Refused)?;
        let tree = Tree::load(self, change)?;
        if tree.has_here(&report.watcher) || tree.directly_below(&report.watcher).is_some() {
            return Err(NotApplied::Refused(format!(
                "the parent speaks for the watch of '{}', which is below it",
                report.watcher
            )));
        }
        let may_say = |sites: &OrganisationSites| {
            tree.has_here(&sites.organisation) || tree.directly_below(&sites.organisation).is_some()
        };
        match self.take_watch(change, Side::Above, &parent.organisation, &report, may_say)? {
            Taken::Known | Taken::New => Ok(()),
            Taken::Refused(reason) => Err(NotApplied::Refused(reason)),
        }
    }

    fn check_sender(&self, report: &WatchReport, sender: &OrganisationId) -> Result<(), String> {
        if report.sender != *sender {
            return Err(format!("'{sender}' speaks for '{}'", report.sender));
        }
        if report.to != *self.organisation() {
            return Err(format!("it was said to '{}'", report.to));
        }
        Ok(())
    }

    fn take_watch(
        &self,
        change: &Change<'_>,
        side: Side,
        via: &OrganisationId,
        report: &Verified<WatchReport>,
        may_say: impl Fn(&OrganisationSites) -> bool,
    ) -> Result<Taken, StoreError> {
        let load = change.watch_load(via, &report.watcher)?;
        let bytes = load.bytes.saturating_add(report.bytes().len() as u64);
        if load.watchers >= WATCHERS_MAX || bytes > BYTES_MAX {
            return Ok(Taken::Refused(format!(
                "'{via}' has told of {} watches with {bytes} bytes already",
                load.watchers
            )));
        }
        let before = change.find_watch_head(via, &report.watcher)?;
        if before
            .as_ref()
            .is_some_and(|before| before.revision >= report.revision)
        {
            return Ok(Taken::Known);
        }
        let (allowed, left_out): (Vec<_>, Vec<_>) =
            report.organisations.iter().cloned().partition(may_say);
        let sender = match side {
            Side::Above => PARENT.to_owned(),
            Side::Below | Side::Own => via.to_string(),
        };
        if let Some(first) = left_out.first() {
            // Not the whole report: somebody far below must not be able to silence everybody between.
            let reason = format!(
                "left out of it: '{}' is not below '{via}', or another has reported it ({} in all)",
                first.organisation,
                left_out.len()
            );
            self.note_refusal(change, &sender, report.bytes(), reason)?;
        }
        let mut head = WatchHead {
            via: via.clone(),
            side,
            watcher: report.watcher.clone(),
            name: report.watcher_name.clone(),
            revision: report.revision,
            as_of: report.as_of,
            received_at: self.now(),
            health: report.health,
            evidence: report.evidence,
            doubted_at: before.as_ref().and_then(|before| before.doubted_at),
        };
        if let Some(contradicted) = contradicted(before.as_ref(), &head) {
            head.doubted_at = Some(self.now());
            let reason = format!(
                "the evidence of '{}' was changed: {} lines were reported before, and it does not go on from there",
                head.watcher, contradicted.lines
            );
            self.note_refusal(change, &sender, report.bytes(), reason)?;
        }
        if !change.replace_watch_report(&head, report.bytes(), &allowed)? {
            return Ok(Taken::Known);
        }
        self.pass_on_watch(change, &head, &allowed)?;
        Ok(Taken::New)
    }
}

/// Returns how far the evidence went before, where what is said now cannot follow on it.
fn contradicted(before: Option<&WatchHead>, now: &WatchHead) -> Option<EvidenceHead> {
    let (before, now) = (before?.evidence?, now.evidence?);
    before.contradicts(&now).then_some(before)
}
