//! What officers say at a node, and where its alerts stand.

use std::path::Path;

use anyhow::Context as _;
use domain::{AlertId, Answer, Language, OrganisationStatus, Overdue, Totals, Verb};
use node::{AlertState, Node, Picture};
use serde::Serialize;
use texts::Texts;

use crate::exit_code::{self, Code};
use crate::input;

/// Issues an alert.
pub fn issue(node: &Node, file: &Path, officer: &str) -> anyhow::Result<Code> {
    let alert = node
        .issue(&input::read_alert(file)?, officer)
        .with_context(|| format!("could not issue '{}'", file.display()))?;
    println!("{alert}");
    if node
        .picture(alert)?
        .is_some_and(|picture| picture.totals.addressed == 0)
    {
        eprintln!("nobody is addressed: no organisation has joined below this node");
    }
    Ok(exit_code::DONE)
}

/// Takes an alert out of force.
pub fn withdraw(node: &Node, alert: AlertId, officer: &str) -> anyhow::Result<Code> {
    node.withdraw(alert, officer)
        .context("could not withdraw")?;
    Ok(exit_code::DONE)
}

/// Records an acknowledgement.
pub fn acknowledge(node: &Node, alert: AlertId, officer: &str) -> anyhow::Result<Code> {
    node.acknowledge(alert, officer)
        .context("could not acknowledge")?;
    Ok(exit_code::DONE)
}

/// Records a decision.
pub fn decide(
    node: &Node,
    alert: AlertId,
    verb: Verb,
    answer: Answer,
    officer: &str,
) -> anyhow::Result<Code> {
    node.decide(alert, verb, answer, officer)
        .context("could not decide")?;
    Ok(exit_code::DONE)
}

/// What `tocsin node status --json` prints.
#[derive(Serialize)]
pub struct Status {
    schema: u32,
    organisation: String,
    /// The alerts, newest first.
    pub alerts: Vec<AlertStatus>,
}

/// Where one alert stands.
#[derive(Serialize)]
pub struct AlertStatus {
    id: AlertId,
    number: String,
    exercise: bool,
    /// `in-force`, `stale`, `superseded`, `withdrawn` or `expired`.
    state: &'static str,
    totals: Totals,
    organisations: Vec<OrganisationLine>,
}

#[derive(Serialize)]
struct OrganisationLine {
    overdue: Overdue,
    status: OrganisationStatus,
}

/// Prints where every alert stands.
pub fn status(node: &Node, json: bool, language: Language) -> anyhow::Result<Code> {
    let mut pictures = Vec::new();
    for summary in node.list_alerts()? {
        pictures.extend(node.picture(summary.id)?);
    }
    if json {
        println!(
            "{}",
            serde_json::to_string_pretty(&status_of(node, &pictures))?
        );
    } else {
        for picture in &pictures {
            print_picture(picture, language);
        }
    }
    Ok(exit_code::DONE)
}

/// Puts the numbers of `pictures` together for programs.
pub fn status_of(node: &Node, pictures: &[Picture]) -> Status {
    let lines = |picture: &Picture| {
        let rows = picture.organisations.iter();
        rows.map(|row| OrganisationLine {
            overdue: row.overdue,
            status: row.status.clone(),
        })
        .collect()
    };
    Status {
        schema: 1,
        organisation: node.organisation().to_string(),
        alerts: pictures
            .iter()
            .map(|picture| AlertStatus {
                id: picture.id,
                number: picture.alert.number.clone(),
                exercise: picture.alert.exercise,
                state: state_key(picture.state).trim_start_matches("status-"),
                totals: picture.totals,
                organisations: lines(picture),
            })
            .collect(),
    }
}

const fn state_key(state: AlertState) -> &'static str {
    match state {
        AlertState::Expired => "status-expired",
        AlertState::InForce => "status-in-force",
        AlertState::Stale => "status-stale",
        AlertState::Superseded => "status-superseded",
        AlertState::Withdrawn => "status-withdrawn",
    }
}

fn print_picture(picture: &Picture, language: Language) {
    let texts = Texts::of(language);
    let totals = &picture.totals;
    println!(
        "{}  {}",
        picture.alert.number,
        picture.alert.title(language)
    );
    let drill = if picture.alert.exercise {
        texts.text("demo-drill")
    } else {
        String::new()
    };
    println!(
        "  {}  {} {drill}",
        picture.id,
        texts.text(state_key(picture.state))
    );
    let hosts = totals.hosts;
    let values = [
        ("addressed", totals.addressed.into()),
        ("received", totals.received.into()),
        ("acknowledged", totals.acknowledged.into()),
        ("overdue", totals.overdue.into()),
        ("eligible", hosts.eligible().into()),
        ("complete", hosts.complete.into()),
        ("incomplete", hosts.incomplete.into()),
        ("unreachable", hosts.unreachable.into()),
        ("refused", hosts.refused.into()),
        ("pending", hosts.pending.into()),
        ("found", totals.hosts_found.into()),
        ("isolated", totals.isolated.into()),
    ];
    println!("  {}", texts.text_with("status-organisations", &values));
    println!("  {}", texts.text_with("status-hosts", &values));
    println!("  {}", texts.text_with("status-found", &values));
}
