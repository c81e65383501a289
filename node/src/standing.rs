//! Where everybody stands with one alert: the statuses of the organisations at this node, made from what hosts, officers
//! and forms said, and those that children reported.

use std::collections::BTreeMap;

use domain::{
    AlertId, Answer, HostCounters, HostId, HostState, OrganisationId, OrganisationStatus, Verb,
};
use jiff::Timestamp;
use store::{AlertRow, AnswerOfHost, AnswerRow, HostRow, ReportSummary, StoreError, View};

use crate::addressed::Tree;
use crate::node::{Node, locked};
use crate::organisations::Relation;

/// One organisation's status, and how this node knows it.
pub(crate) struct Standing {
    pub(crate) status: OrganisationStatus,
    pub(crate) relation: Relation,
    pub(crate) depth: u32,
    pub(crate) addressed: bool,
    pub(crate) heard: bool,
}

/// One host at this node.
pub(crate) struct StandingOfHost {
    pub(crate) host: HostRow,
    pub(crate) answer: Option<AnswerOfHost>,
    pub(crate) state: HostState,
}

/// Everything that this node itself knows about one alert, read at one instant.
struct Local {
    now: Timestamp,
    answers: Vec<AnswerRow>,
    hosts: Vec<StandingOfHost>,
    handed_in: Vec<AnswerOfHost>,
}

impl Node {
    /// Returns where every organisation at and below this node stands with `alert`, whether it is addressed or not.
    pub(crate) fn standings(
        &self,
        view: &View<'_>,
        alert: &AlertRow,
    ) -> Result<Vec<Standing>, StoreError> {
        let mut tree = Tree::load(self, view)?;
        let mut reported = view.list_roll_up_rows(alert.id)?;
        // Whoever came to this node since speaks for itself.
        reported.retain(|row| {
            let organisation = &row.status.organisation;
            *organisation == row.child || !tree.has_here(organisation)
        });
        for row in &reported {
            if let Some(parent) = &row.status.parent {
                tree.learn(&row.status.organisation, parent);
            }
        }
        let mut statuses = self.local_statuses(view, alert, &tree)?;
        let now = self.now();
        for child in &tree.organisations {
            if child.relation != store::Relation::Child {
                continue;
            }
            let rows: Vec<_> = reported
                .iter()
                .filter(|row| row.child == child.id)
                .collect();
            if rows.is_empty() {
                statuses.extend(self.silent(child, &tree, now));
            }
            for row in rows {
                let relation = if row.status.organisation == child.id {
                    Relation::Child
                } else {
                    Relation::Below
                };
                statuses.push((row.status.clone(), relation, true));
            }
        }
        Ok(statuses
            .into_iter()
            .map(|(status, relation, heard)| Standing {
                depth: tree.depth(&status.organisation),
                addressed: tree.addresses(alert, &status.organisation),
                status,
                relation,
                heard,
            })
            .collect())
    }

    /// Returns where each host at this node stands with `alert`.
    pub(crate) fn standings_of_hosts(
        &self,
        view: &View<'_>,
        alert: AlertId,
    ) -> Result<Vec<StandingOfHost>, StoreError> {
        Ok(self.local_state(view, alert)?.hosts)
    }

    /// Returns when a peer was last heard of: what is in memory is newer than what was written down.
    pub(crate) fn last_seen(
        &self,
        peer: &link::Peer,
        written: Option<Timestamp>,
    ) -> Option<Timestamp> {
        written.max(locked(&self.inner.seen).get(peer).copied())
    }

    /// Tells whether silence since `last_seen` is short enough.
    pub(crate) fn is_reachable(&self, last_seen: Option<Timestamp>) -> bool {
        let patience = self.config().unreachable_after;
        last_seen.is_some_and(|at| {
            let silence = self.now().duration_since(at);
            !silence.is_positive() || silence.unsigned_abs() <= patience
        })
    }

    fn local_state(&self, view: &View<'_>, alert: AlertId) -> Result<Local, StoreError> {
        let answers = view.list_answers(alert)?;
        let mut by_host: BTreeMap<HostId, AnswerOfHost> = BTreeMap::new();
        let mut handed_in = Vec::new();
        for answer in view.list_answers_of_hosts(alert)? {
            match answer.subject.host {
                Some(host) => {
                    by_host.insert(host, answer);
                }
                None => handed_in.push(answer),
            }
        }
        let mut hosts = Vec::new();
        for mut host in view.list_hosts()? {
            host.last_seen_at = self.last_seen(&link::Peer::Host(host.id), host.last_seen_at);
            let answer = by_host.remove(&host.id);
            let report = answer.as_ref().and_then(|answer| answer.report.as_ref());
            let refused = answer_of(&answers, &host.organisation, Verb::Sweep) == Answer::Refuse;
            let state = match report {
                Some(report) => state_of(report),
                None if refused => HostState::Refused,
                None if self.is_reachable(host.last_seen_at) => HostState::Pending,
                None => HostState::Unreachable,
            };
            hosts.push(StandingOfHost {
                host,
                answer,
                state,
            });
        }
        Ok(Local {
            now: self.now(),
            answers,
            hosts,
            handed_in,
        })
    }

    fn local_statuses(
        &self,
        view: &View<'_>,
        alert: &AlertRow,
        tree: &Tree,
    ) -> Result<Vec<(OrganisationStatus, Relation, bool)>, StoreError> {
        let local = self.local_state(view, alert.id)?;
        let mut statuses = Vec::new();
        for (organisation, is_own) in tree.local() {
            let (name, parent, relation) = if is_own {
                let parent = crate::parent::find_parent(view)?.map(|parent| parent.organisation);
                (self.organisation_name().to_owned(), parent, Relation::Own)
            } else {
                let name = tree
                    .organisations
                    .iter()
                    .find(|row| row.id == *organisation)
                    .map_or_else(String::new, |row| row.name.clone());
                (name, Some(self.organisation().clone()), Relation::Hosted)
            };
            let mut status =
                OrganisationStatus::silent(organisation.clone(), name, parent, local.now);
            status.received_at = Some(alert.received_at);
            status.acknowledged_at = view
                .find_acknowledgement(alert.id, organisation)?
                .map(|acknowledgement| acknowledgement.acknowledged_at);
            local.fill(view, alert.id, relation, &mut status)?;
            statuses.push((status, relation, true));
        }
        Ok(statuses)
    }

    /// The statuses of a child that has not been heard of for this alert, and of whoever it said is below it.
    fn silent(
        &self,
        child: &store::OrganisationRow,
        tree: &Tree,
        now: Timestamp,
    ) -> Vec<(OrganisationStatus, Relation, bool)> {
        let own = Some(self.organisation().clone());
        let first = OrganisationStatus::silent(child.id.clone(), child.name.clone(), own, now);
        let below = tree
            .descendants
            .iter()
            .filter(|row| row.child == child.id && !tree.has_here(&row.organisation));
        std::iter::once((first, Relation::Child, false))
            .chain(below.map(|row| {
                let status = OrganisationStatus::silent(
                    row.organisation.clone(),
                    row.name.clone(),
                    row.parent.clone(),
                    now,
                );
                (status, Relation::Below, false)
            }))
            .collect()
    }
}

impl Local {
    /// Fills in everything that comes from hosts: with agents, handed in, or counted by hand.
    fn fill(
        &self,
        view: &View<'_>,
        alert: AlertId,
        relation: Relation,
        status: &mut OrganisationStatus,
    ) -> Result<(), StoreError> {
        let organisation = status.organisation.clone();
        status.sweep = answer_of(&self.answers, &organisation, Verb::Sweep);
        status.isolate = answer_of(&self.answers, &organisation, Verb::Isolate);
        let mut counters = HostCounters::default();
        let mut last_answer = None;
        for standing in self
            .hosts
            .iter()
            .filter(|s| s.host.organisation == organisation)
        {
            counters.count(standing.state);
            if let Some(answer) = &standing.answer
                && let Some(report) = &answer.report
            {
                add_report(status, report);
                last_answer = last_answer.max(answer.first_answered_at);
            }
        }
        for answer in self
            .handed_in
            .iter()
            .filter(|a| a.subject.organisation == organisation)
        {
            if let Some(report) = &answer.report {
                counters.count(state_of(report));
                add_report(status, report);
                last_answer = last_answer.max(answer.first_answered_at);
            }
        }
        let counted = view.find_counted_hosts(alert, &organisation)?;
        if let Some(counted) = counted {
            counters += counted.hosts;
            status.hosts_found = status.hosts_found.saturating_add(counted.hosts_found);
            last_answer = last_answer.max(Some(counted.counted_at));
        }
        if counters.eligible() > 0 && counters.open() == 0 {
            let refused_at = self
                .answers
                .iter()
                .find(|answer| answer.organisation == organisation && answer.verb == Verb::Sweep)
                .filter(|_| counters.refused > 0)
                .map(|answer| answer.decided_at);
            status.finished_at = last_answer.max(refused_at);
        }
        // Nobody has said anything about the hosts of an organisation without agents: that is unknown, not "none".
        let known = relation == Relation::Own || counted.is_some() || counters.eligible() > 0;
        status.hosts = known.then_some(counters);
        Ok(())
    }
}

fn add_report(status: &mut OrganisationStatus, report: &ReportSummary) {
    let found = report.confirmed > 0 || report.suspicious > 0;
    status.hosts_found = status.hosts_found.saturating_add(u64::from(found));
    status.confirmed = status.confirmed.saturating_add(report.confirmed);
    status.suspicious = status.suspicious.saturating_add(report.suspicious);
    status.isolated = status.isolated.saturating_add(report.isolated);
}

const fn state_of(report: &ReportSummary) -> HostState {
    if report.outcome.is_complete() {
        HostState::Complete
    } else {
        HostState::Incomplete
    }
}

fn answer_of(answers: &[AnswerRow], organisation: &OrganisationId, verb: Verb) -> Answer {
    answers
        .iter()
        .find(|answer| answer.organisation == *organisation && answer.verb == verb)
        .map_or(Answer::Pending, |answer| answer.answer)
}
