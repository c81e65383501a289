//! The way back up: what children said is kept, newest first; what this node says is made of it and queued.
//!
//! A roll-up says everything about one alert anew, so it can be lost, repeated and overtaken without harm: the greatest
//! revision counts. A change marks its alert as due in its own transaction; any number of changes become one roll-up.

use std::collections::{BTreeMap, BTreeSet};

use documents::{
    Envelope, Kind, ROLL_UP_ORGANISATIONS_MAX, RollUp, SCHEMA, SharedFinding, Verified,
};
use domain::{AlertId, Finding, Judgement, OrganisationId, OrganisationStatus, Sharing, chain};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use store::{AlertRow, Change, DescendantRow, MadeRollUp, RollUpHead, StoreError, Subject, View};

use crate::config::{NAME_CHARS_MAX, is_line};
use crate::node::{Node, ReadError, Touches};
use crate::organisations::Relation;
use crate::parent::find_parent;
use crate::standing::Standing;

/// A roll-up is made anew after so long, also when nothing has changed: its instant says that the node is alive.
const STALE_AFTER: SignedDuration = SignedDuration::from_secs(120);
/// Findings of one report that are shared; there are more in the counts.
const SHARED_PER_REPORT_MAX: usize = 1_000;
/// Findings that are kept of one child for one alert. It can share any number; the counts are in its roll-up.
const SHARED_PER_CHILD_MAX: u64 = 100_000;

impl Node {
    /// Makes the roll-ups that are due. Safe to run at any time, as often as wanted. Without a parent there is nothing to
    /// do.
    pub fn make_roll_ups(&self) -> Result<(), ReadError> {
        let due = self.inner.store.read(|view| -> Result<_, StoreError> {
            if find_parent(view)?.is_none() {
                return Ok(Vec::new());
            }
            view.list_roll_ups_due()
        })?;
        for alert in due {
            self.inner.store.write(|change| -> Result<_, StoreError> {
                if let Some(alert) = change.find_alert(alert)? {
                    self.make_roll_up(change, &alert)?;
                }
                change.clear_roll_up_due(alert)
            })?;
        }
        Ok(())
    }

    /// Marks the alerts of which the clock has changed the picture: a host has been silent for too long, or the last
    /// roll-up is old.
    pub fn mark_roll_ups_by_clock(&self) -> Result<(), ReadError> {
        let due = self.inner.store.read(|view| -> Result<_, StoreError> {
            let mut due = Vec::new();
            if find_parent(view)?.is_none() {
                return Ok(due);
            }
            for alert in view.list_alerts()? {
                let live = alert.in_force && alert.expires_at > self.now();
                if live && self.next_roll_up(view, &alert)?.is_some() {
                    due.push(alert.id);
                }
            }
            Ok(due)
        })?;
        if due.is_empty() {
            return Ok(());
        }
        self.write(Touches::Picture, |change| -> Result<_, StoreError> {
            due.iter()
                .try_for_each(|alert| change.set_roll_up_due(*alert))
        })?;
        Ok(())
    }

    fn make_roll_up(&self, change: &Change<'_>, alert: &AlertRow) -> Result<(), StoreError> {
        let Some((roll_up, made)) = self.next_roll_up(change, alert)? else {
            return Ok(());
        };
        let envelope = match Envelope::sign(&roll_up, &[&self.inner.key]) {
            Ok(envelope) => envelope,
            Err(error) => {
                tracing::error!(alert = %alert.id, error = chain(&error), "could not make a roll-up");
                return Ok(());
            }
        };
        change.queue(
            Some(&format!("{} {}", Kind::RollUp, alert.id)),
            envelope.id(),
            &envelope.to_bytes(),
            self.now(),
        )?;
        change.replace_made_roll_up(alert.id, &made)
    }

    /// Returns the next roll-up, if it says anything new or the last one is old.
    fn next_roll_up(
        &self,
        view: &View<'_>,
        alert: &AlertRow,
    ) -> Result<Option<(RollUp, MadeRollUp)>, StoreError> {
        let mut organisations: Vec<OrganisationStatus> = self
            .standings(view, alert)?
            .into_iter()
            .map(|standing| limit(standing, self.config().sharing))
            .collect();
        if organisations.len() > ROLL_UP_ORGANISATIONS_MAX {
            // This node's own and its children come first.
            tracing::error!(
                count = organisations.len(),
                "too many organisations for a roll-up"
            );
            organisations.truncate(ROLL_UP_ORGANISATIONS_MAX);
        }
        let content = content_of(&organisations);
        let before = view.find_made_roll_up(alert.id)?;
        let now = self.now();
        // One from later than now was made before the clock was set back, and is old.
        let fresh = before.is_some_and(|made| {
            made.content == content
                && (SignedDuration::ZERO..STALE_AFTER).contains(&now.duration_since(made.made_at))
        });
        if fresh {
            return Ok(None);
        }
        let revision = self.next_revision(before.map(|made| made.revision));
        let roll_up = RollUp {
            schema: SCHEMA,
            organisation: self.organisation().clone(),
            alert: alert.id,
            revision,
            as_of: now,
            organisations,
        };
        let made = MadeRollUp {
            revision,
            made_at: now,
            content,
        };
        Ok(Some((roll_up, made)))
    }

    /// Queues the findings of one report for the parent, where the organisation shares that much.
    pub(crate) fn share_findings(
        &self,
        change: &Change<'_>,
        alert: AlertId,
        subject: &Subject,
        findings: &[Finding],
    ) -> Result<(), StoreError> {
        let shared = findings
            .iter()
            .filter(|finding| finding.judgement.counts_as_found())
            .take(SHARED_PER_REPORT_MAX);
        self.queue_findings(change, alert, subject, shared)
    }

    /// Queues for the parent that findings which were shared are no longer there: it is told of each as mere context.
    pub(crate) fn take_findings_back(
        &self,
        change: &Change<'_>,
        alert: AlertId,
        subject: &Subject,
        mut gone: Vec<Finding>,
    ) -> Result<(), StoreError> {
        for finding in &mut gone {
            finding.judgement = Judgement::Context;
        }
        self.queue_findings(change, alert, subject, &gone)
    }

    fn queue_findings<'a>(
        &self,
        change: &Change<'_>,
        alert: AlertId,
        subject: &Subject,
        findings: impl IntoIterator<Item = &'a Finding>,
    ) -> Result<(), StoreError> {
        if self.config().sharing < Sharing::Pseudonymous || find_parent(change)?.is_none() {
            return Ok(());
        }
        for finding in findings {
            let document = SharedFinding {
                schema: SCHEMA,
                organisation: subject.organisation.clone(),
                host: self.name_shared(&subject.organisation, &subject.host_name),
                alert,
                finding: finding.clone(),
            };
            let Ok(envelope) = Envelope::sign(&document, &[&self.inner.key]) else {
                tracing::warn!(host = subject.host_name, "could not share a finding");
                continue;
            };
            change.queue(
                Some(&slot_of(&document)),
                envelope.id(),
                &envelope.to_bytes(),
                self.now(),
            )?;
        }
        Ok(())
    }

    /// Returns the name under which a host is known to the parent. The pseudonym is the same for each finding of a host,
    /// and nobody without this node's key can tell which host it is.
    fn name_shared(&self, organisation: &OrganisationId, host: &str) -> String {
        if self.config().sharing >= Sharing::Full {
            return host.to_owned();
        }
        let mut hash = Sha256::new();
        hash.update(b"tocsin-pseudonym-v1\0");
        hash.update(self.inner.key.to_seed().as_slice());
        hash.update(organisation.as_str());
        hash.update(b"\0");
        hash.update(host);
        let digits = domain::digest::to_hex(&hash.finalize());
        format!("host-{}", digits.get(..12).unwrap_or_default())
    }

    /// Keeps what a child says of its subtree. Returns false where something newer is known.
    pub(crate) fn take_roll_up(
        &self,
        change: &Change<'_>,
        child: &OrganisationId,
        roll_up: &Verified<RollUp>,
    ) -> Result<Taken, StoreError> {
        if roll_up.organisation != *child {
            return Ok(Taken::Refused(format!(
                "'{child}' speaks for '{}'",
                roll_up.organisation
            )));
        }
        if change.find_alert(roll_up.alert)?.is_none() {
            return Ok(Taken::Refused(format!(
                "alert {} is not known here",
                roll_up.alert
            )));
        }
        if let Some(status) = roll_up
            .organisations
            .iter()
            .find(|status| !is_line(&status.name, NAME_CHARS_MAX))
        {
            return Ok(Taken::Refused(format!(
                "the name of '{}' is not a line",
                status.organisation
            )));
        }
        let claims = Claims::load(self, change, roll_up.alert)?;
        let (allowed, left_out): (Vec<_>, Vec<_>) = roll_up
            .organisations
            .iter()
            .cloned()
            .partition(|status| claims.allow(child, &status.organisation));
        if let Some(first) = left_out.first() {
            // Not the whole document: somebody far below must not be able to silence everybody between.
            let reason = format!(
                "left out of it: '{}' is not below '{child}', or another child has reported it ({} in all)",
                first.organisation,
                left_out.len()
            );
            self.note_refusal(change, &child.to_string(), roll_up.bytes(), reason)?;
        }
        let statuses = self.placed_below(child, allowed);
        let head = RollUpHead {
            child: child.clone(),
            revision: roll_up.revision,
            received_at: self.now(),
        };
        if !change.replace_roll_up(roll_up.alert, &head, roll_up.bytes(), &statuses)? {
            return Ok(Taken::Known);
        }
        change.replace_descendants(child, &descendants_of(child, &statuses))?;
        change.set_roll_up_due(roll_up.alert)?;
        Ok(Taken::New)
    }

    /// Keeps a finding that a child shares, and shares it further up where this organisation shares that much.
    pub(crate) fn take_shared_finding(
        &self,
        change: &Change<'_>,
        child: &OrganisationId,
        shared: &SharedFinding,
    ) -> Result<Taken, StoreError> {
        if change.find_alert(shared.alert)?.is_none() {
            return Ok(Taken::Refused(format!(
                "alert {} is not known here",
                shared.alert
            )));
        }
        let claims = Claims::load(self, change, shared.alert)?;
        if !claims.allow(child, &shared.organisation) {
            return Ok(Taken::Refused(format!(
                "'{child}' speaks for '{}', which is not below it",
                shared.organisation
            )));
        }
        let subject = Subject {
            organisation: shared.organisation.clone(),
            host: None,
            host_name: shared.host.clone(),
        };
        if !shared.finding.judgement.counts_as_found() {
            let item = &shared.finding.item;
            if !change.remove_shared_finding(shared.alert, &subject, child, item)? {
                return Ok(Taken::Known);
            }
            let gone = vec![shared.finding.clone()];
            self.take_findings_back(change, shared.alert, &subject, gone)?;
            return Ok(Taken::New);
        }
        let kept = change.replace_shared_finding(
            shared.alert,
            &subject,
            child,
            &shared.finding,
            SHARED_PER_CHILD_MAX,
            self.now(),
        )?;
        if !kept {
            return Ok(Taken::Refused(format!(
                "'{child}' has shared {SHARED_PER_CHILD_MAX} findings already"
            )));
        }
        self.share_findings(
            change,
            shared.alert,
            &subject,
            std::slice::from_ref(&shared.finding),
        )?;
        Ok(Taken::New)
    }

    /// Puts a child below this node, and whoever it reports below it, whatever it says.
    fn placed_below(
        &self,
        child: &OrganisationId,
        mut statuses: Vec<OrganisationStatus>,
    ) -> Vec<OrganisationStatus> {
        let reported: BTreeSet<OrganisationId> = statuses
            .iter()
            .map(|status| status.organisation.clone())
            .collect();
        for status in &mut statuses {
            if status.organisation == *child {
                status.parent = Some(self.organisation().clone());
                continue;
            }
            let is_placed = status
                .parent
                .as_ref()
                .is_some_and(|parent| *parent != status.organisation && reported.contains(parent));
            if !is_placed {
                status.parent = Some(child.clone());
            }
        }
        statuses
    }
}

/// Marks every alert, after a change of who is below.
pub(crate) fn set_all_roll_ups_due(change: &Change<'_>) -> Result<(), StoreError> {
    for alert in change.list_alerts()? {
        change.set_roll_up_due(alert.id)?;
    }
    Ok(())
}

/// What became of a document from below.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It, or something newer, was known.
    Known,
    /// It is applied.
    New,
    /// It is refused; nothing has been changed.
    Refused(String),
}

/// Who may not be spoken for by a child.
pub(crate) struct Claims {
    above_or_beside: BTreeSet<OrganisationId>,
    /// Reported already, and by whom.
    reported: BTreeMap<OrganisationId, OrganisationId>,
}

impl Claims {
    fn load(node: &Node, view: &View<'_>, alert: AlertId) -> Result<Self, StoreError> {
        Self::with(node, view, view.list_roll_up_claims(alert)?)
    }

    /// As for roll-ups, and nobody below speaks for a watch that the parent told of.
    pub(crate) fn of_watches(node: &Node, view: &View<'_>) -> Result<Self, StoreError> {
        let mut claims = Self::with(node, view, view.list_watch_claims()?)?;
        let heads = view.list_watch_heads()?.into_iter();
        let above = heads.filter(|head| head.side == store::Side::Above);
        claims
            .above_or_beside
            .extend(above.map(|head| head.watcher));
        Ok(claims)
    }

    fn with(
        node: &Node,
        view: &View<'_>,
        reported: Vec<(OrganisationId, OrganisationId)>,
    ) -> Result<Self, StoreError> {
        let mut above_or_beside: BTreeSet<_> = view
            .list_organisations()?
            .into_iter()
            .map(|row| row.id)
            .collect();
        above_or_beside.insert(node.organisation().clone());
        above_or_beside.extend(find_parent(view)?.map(|parent| parent.organisation));
        let mut reported: BTreeMap<_, _> = reported.into_iter().collect();
        for row in view.list_descendants()? {
            reported.insert(row.organisation, row.child);
        }
        Ok(Self {
            above_or_beside,
            reported,
        })
    }

    /// Tells whether `child` may speak for `organisation`: for itself, and for whoever may be below it. Of two children that
    /// report the same one, one lies, and this node cannot know which, so the first keeps it.
    pub(crate) fn allow(&self, child: &OrganisationId, organisation: &OrganisationId) -> bool {
        organisation == child
            || (!self.above_or_beside.contains(organisation)
                && self.reported.get(organisation).is_none_or(|by| by == child))
    }
}

/// Leaves out of a status what the organisation keeps to itself. What children report has been limited by them.
fn limit(standing: Standing, sharing: Sharing) -> OrganisationStatus {
    let mut status = standing.status;
    let is_ours = matches!(standing.relation, Relation::Own | Relation::Hosted);
    if is_ours && sharing == Sharing::AcknowledgementOnly {
        status.hosts = None;
        status.hosts_found = 0;
        status.confirmed = 0;
        status.suspicious = 0;
        status.isolated = 0;
    }
    status
}

/// A digest of what a roll-up says, without the instants at which it was true.
fn content_of(organisations: &[OrganisationStatus]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for status in organisations {
        let timeless = OrganisationStatus {
            as_of: Timestamp::UNIX_EPOCH,
            ..status.clone()
        };
        let bytes = serde_json::to_vec(&timeless).expect("a status can always be written");
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    hash.finalize().into()
}

fn slot_of(shared: &SharedFinding) -> String {
    let item = &shared.finding.item;
    let mut hash = Sha256::new();
    for part in [
        shared.organisation.as_str(),
        &shared.host,
        item.exact_hex.as_deref().unwrap_or(&item.text),
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    format!(
        "{} {} {}",
        Kind::SharedFinding,
        shared.alert,
        domain::digest::to_hex(&hash.finalize())
    )
}

fn descendants_of(child: &OrganisationId, statuses: &[OrganisationStatus]) -> Vec<DescendantRow> {
    statuses
        .iter()
        .filter(|status| status.organisation != *child)
        .map(|status| DescendantRow {
            organisation: status.organisation.clone(),
            child: child.clone(),
            name: status.name.clone(),
            parent: status.parent.clone(),
        })
        .collect()
}
