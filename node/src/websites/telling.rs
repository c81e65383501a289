//! A report goes on: up to the parent, as far as this organisation shares it; down to the child whose sites it is about.

use documents::{Envelope, Kind, SCHEMA, WatchReport};
use domain::{OrganisationId, OrganisationSites, SiteSharing, chain};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use store::{Change, Relation, Side, StoreError, ToldWatch, WatchHead};

use crate::addressed::Tree;
use crate::node::Node;
use crate::parent::find_parent;

/// The same is told to a child again after so long: its instant says that somebody looks.
const TELL_AFTER: SignedDuration = SignedDuration::from_secs(110);

impl Node {
    /// Passes a report on, in the transaction in which it was kept.
    pub(super) fn pass_on_watch(
        &self,
        change: &Change<'_>,
        head: &WatchHead,
        organisations: &[OrganisationSites],
    ) -> Result<(), StoreError> {
        let mut head = head.clone();
        if head.side != Side::Own {
            head.revision = self.next_passed_on(change, &head.watcher)?;
        }
        if head.side != Side::Above {
            self.send_watch_up(change, &head, organisations)?;
        }
        if head.side != Side::Below {
            self.tell_watch_below(change, &head, organisations)?;
        }
        Ok(())
    }

    /// Returns this node's own count of what it passes on: a count that others chose could never be passed again.
    fn next_passed_on(
        &self,
        change: &Change<'_>,
        watcher: &OrganisationId,
    ) -> Result<u64, StoreError> {
        let name = format!("watch-passed-on {watcher}");
        let before = change.find_setting(&name)?;
        let revision = self.next_revision(before.and_then(|text| text.parse().ok()));
        change.set_setting(&name, &revision.to_string())?;
        Ok(revision)
    }

    fn send_watch_up(
        &self,
        change: &Change<'_>,
        head: &WatchHead,
        organisations: &[OrganisationSites],
    ) -> Result<(), StoreError> {
        let Some(parent) = find_parent(change)? else {
            return Ok(());
        };
        let sharing = self.config().site_sharing;
        let is_kept_back = sharing == SiteSharing::Nothing && head.side == Side::Own;
        let mut head = head.clone();
        let mut said = organisations.to_vec();
        if is_kept_back {
            // Empty rather than unsaid: what was said before must not stand for ever.
            said.clear();
            head.evidence = None;
        }
        if sharing < SiteSharing::Findings {
            said.iter_mut().for_each(leave_findings_out);
        }
        let Some(envelope) = self.sign_watch(&head, &parent.organisation, said) else {
            return Ok(());
        };
        change.queue(
            Some(&format!("{} {}", Kind::WatchReport, head.watcher)),
            envelope.id(),
            &envelope.to_bytes(),
            self.now(),
        )
    }

    fn tell_watch_below(
        &self,
        change: &Change<'_>,
        head: &WatchHead,
        organisations: &[OrganisationSites],
    ) -> Result<(), StoreError> {
        let tree = Tree::load(self, change)?;
        for child in &tree.organisations {
            if child.relation != Relation::Child || child.public_key.is_none() {
                continue;
            }
            let theirs: Vec<_> = organisations
                .iter()
                .filter(|sites| tree.directly_below(&sites.organisation) == Some(&child.id))
                .cloned()
                .collect();
            self.tell_watch(change, head, &child.id, theirs)?;
        }
        Ok(())
    }

    /// Tells a child, unless it was told the same a moment ago, or there is nothing to tell and never was.
    fn tell_watch(
        &self,
        change: &Change<'_>,
        head: &WatchHead,
        child: &OrganisationId,
        theirs: Vec<OrganisationSites>,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let content = content_of(head, &theirs);
        let before = change.find_told_watch(child, &head.watcher)?;
        let is_said = before.map_or_else(
            || theirs.is_empty(),
            |before| before.content == content && (theirs.is_empty() || is_recent(&before, now)),
        );
        if is_said {
            return Ok(());
        }
        let Some(envelope) = self.sign_watch(head, child, theirs) else {
            return Ok(());
        };
        let told = ToldWatch {
            document: envelope.id(),
            content,
            told_at: now,
        };
        change.tell_watch(child, &head.watcher, &told, &envelope.to_bytes())
    }

    fn sign_watch(
        &self,
        head: &WatchHead,
        to: &OrganisationId,
        organisations: Vec<OrganisationSites>,
    ) -> Option<Envelope> {
        let report = WatchReport {
            schema: SCHEMA,
            sender: self.organisation().clone(),
            to: to.clone(),
            watcher: head.watcher.clone(),
            watcher_name: head.name.clone(),
            revision: head.revision,
            as_of: head.as_of,
            health: head.health,
            evidence: head.evidence,
            organisations,
        };
        match Envelope::sign(&report, &[&self.inner.key]) {
            Ok(envelope) => Some(envelope),
            Err(error) => {
                tracing::error!(watcher = %head.watcher, error = chain(&error), "could not make a watch report");
                None
            }
        }
    }
}

fn leave_findings_out(sites: &mut OrganisationSites) {
    sites.findings_left_out = sites
        .findings_left_out
        .saturating_add(sites.findings.len() as u64);
    sites.findings.clear();
    // Whoever guesses an address knows its mark.
    sites.marks.clear();
}

fn is_recent(told: &ToldWatch, now: Timestamp) -> bool {
    (SignedDuration::ZERO..TELL_AFTER).contains(&now.duration_since(told.told_at))
}

fn content_of(head: &WatchHead, organisations: &[OrganisationSites]) -> [u8; 32] {
    let said = (head.health, organisations);
    let bytes = serde_json::to_vec(&said).expect("sites can always be written");
    Sha256::digest(bytes).into()
}
