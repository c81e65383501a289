//! The final numbers of every node, and whether they add up: within each node, and from level to level.

use domain::{AlertId, OrganisationStatus};
use node::Picture;
use serde::Serialize;

use super::story::{AUTHORITY, ORGANISATIONS};
use super::tree::Tree;
use crate::commands::node::{Status, status_of};

/// The final numbers.
pub struct Reckoning {
    statuses: Vec<Status>,
    /// What does not add up, in English.
    pub problems: Vec<String>,
    /// How many comparisons were made.
    pub check_count: u64,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Numbers<'a> {
    schema: u32,
    adds_up: bool,
    problems: &'a [String],
    nodes: &'a [Status],
}

impl Reckoning {
    /// Writes the numbers as JSON.
    pub fn to_json(&self) -> anyhow::Result<Vec<u8>> {
        let adds_up = self.problems.is_empty();
        let numbers = Numbers {
            schema: 1,
            adds_up,
            problems: &self.problems,
            nodes: &self.statuses,
        };
        let mut bytes = serde_json::to_vec_pretty(&numbers)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    fn check(&mut self, holds: bool, problem: impl FnOnce() -> String) {
        self.check_count += 1;
        if !holds {
            self.problems.push(problem());
        }
    }
}

/// Takes the numbers of every node and compares them.
pub fn reckon(tree: &Tree, alerts: &[AlertId]) -> anyhow::Result<Reckoning> {
    let mut reckoning = Reckoning {
        statuses: Vec::new(),
        problems: Vec::new(),
        check_count: 0,
    };
    let top = tree.pictures(AUTHORITY, alerts)?;
    for (id, node) in tree.nodes() {
        let pictures = tree.pictures(id, alerts)?;
        reckoning.check(pictures.len() == alerts.len(), || {
            format!("{id} has not all alerts")
        });
        for picture in &pictures {
            check_sums(&mut reckoning, id, picture);
            let above = top.iter().find(|above| above.id == picture.id);
            check_against_top(&mut reckoning, id, picture, above);
        }
        reckoning.statuses.push(status_of(node, &pictures));
    }
    for picture in &top {
        let addressed = ORGANISATIONS.len() as u64 - 1;
        reckoning.check(picture.totals.addressed == addressed, || {
            format!(
                "{} organisations addressed, not {addressed}",
                picture.totals.addressed
            )
        });
        let drill = picture.alert.exercise;
        reckoning.check(drill || picture.totals.isolated == 0, || {
            "something was isolated for the dispatch".to_owned()
        });
    }
    Ok(reckoning)
}

/// The totals are the sums of the rows, counted here once more.
fn check_sums(reckoning: &mut Reckoning, id: &str, picture: &Picture) {
    let number = &picture.alert.number;
    let rows: Vec<&OrganisationStatus> = picture
        .organisations
        .iter()
        .map(|row| &row.status)
        .collect();
    let sum =
        |count: fn(&OrganisationStatus) -> u64| rows.iter().map(|row| count(row)).sum::<u64>();
    let totals = &picture.totals;
    let pairs = [
        (
            "received",
            totals.received,
            sum(|row| u64::from(row.received_at.is_some())),
        ),
        (
            "acknowledged",
            totals.acknowledged,
            sum(|row| u64::from(row.acknowledged_at.is_some())),
        ),
        (
            "complete",
            totals.hosts.complete,
            sum(|row| row.hosts.map_or(0, |hosts| hosts.complete)),
        ),
        (
            "incomplete",
            totals.hosts.incomplete,
            sum(|row| row.hosts.map_or(0, |hosts| hosts.incomplete)),
        ),
        (
            "unreachable",
            totals.hosts.unreachable,
            sum(|row| row.hosts.map_or(0, |hosts| hosts.unreachable)),
        ),
        (
            "refused",
            totals.hosts.refused,
            sum(|row| row.hosts.map_or(0, |hosts| hosts.refused)),
        ),
        (
            "pending",
            totals.hosts.pending,
            sum(|row| row.hosts.map_or(0, |hosts| hosts.pending)),
        ),
        ("found", totals.hosts_found, sum(|row| row.hosts_found)),
        ("isolated", totals.isolated, sum(|row| row.isolated)),
    ];
    for (what, total, sum) in pairs {
        reckoning.check(total == sum, || {
            format!("{id}, {number}: {what} is {total}, its rows say {sum}")
        });
    }
    let hosts = totals.hosts;
    let parts =
        hosts.complete + hosts.incomplete + hosts.unreachable + hosts.refused + hosts.pending;
    reckoning.check(hosts.eligible() == parts, || {
        format!("{id}, {number}: {} hosts are not {parts}", hosts.eligible())
    });
}

/// What a node says of its subtree is what the authority knows of it.
fn check_against_top(
    reckoning: &mut Reckoning,
    id: &str,
    picture: &Picture,
    top: Option<&Picture>,
) {
    for row in picture.organisations.iter().map(|row| &row.status) {
        let above = top.and_then(|top| {
            top.organisations
                .iter()
                .find(|above| above.status.organisation == row.organisation)
        });
        let same = above.is_some_and(|above| {
            let above = &above.status;
            (
                above.hosts,
                above.hosts_found,
                above.confirmed,
                above.suspicious,
                above.isolated,
            ) == (
                row.hosts,
                row.hosts_found,
                row.confirmed,
                row.suspicious,
                row.isolated,
            ) && above.received_at == row.received_at
                && above.acknowledged_at == row.acknowledged_at
        });
        reckoning.check(same, || {
            format!("{id} and {AUTHORITY} disagree about {}", row.organisation)
        });
    }
}
