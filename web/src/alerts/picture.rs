//! The picture of one alert: counters that add up, organisations worst first, and what the officer can decide.

use std::collections::BTreeMap;

use askama::Template;
use domain::{Answer, OrganisationId, Overdue};
use node::{Picture, PictureRow, Relation, VerbDecision};

use super::content::ContentView;
use super::pages::{file_name, is_current, state_text, tlp, version};
use crate::page::Frame;
use crate::pieces::{
    Badge, Bar, Deadline, Moment, alert_title, answer_badge, bar, brief, deadline, moment,
    overdue_badge, plain, severity_badge, share,
};

#[derive(Template)]
#[template(path = "alerts/picture.html")]
pub(super) struct PicturePage {
    frame: Frame,
    head: Head,
    organisations: Counters,
    hosts: Bar,
    hosts_unknown: u64,
    findings: Vec<Counter>,
    freshness: Option<Moment>,
    silent: u64,
    rows: Vec<Row>,
    decisions: Vec<DecisionView>,
    acknowledged: Option<(String, Moment)>,
    can_act: bool,
    content: ContentView,
    document_name: String,
}

/// What the top of the page says.
struct Head {
    id: String,
    number: String,
    version: Option<String>,
    title: String,
    title_tag: &'static str,
    exercise: bool,
    severity: Badge,
    tlp: Badge,
    state: Option<String>,
    authority: String,
    authority_name: Option<String>,
    issued_at: String,
    expires_at: String,
    received: Moment,
    deadline: Option<Deadline>,
    /// The short forms of the keys that signed.
    keys: Vec<String>,
}

/// One big number.
struct Counter {
    key: &'static str,
    class: &'static str,
    name: String,
    count: u64,
    count_text: String,
    /// Of the whole, as a percentage for a thin bar.
    share: String,
    link: Option<String>,
}

/// How far the alert has come among organisations.
struct Counters {
    steps: Vec<Counter>,
    refused_sweep: u64,
    refused_isolate: u64,
}

/// One organisation.
struct Row {
    name: String,
    id: String,
    parent: Option<String>,
    depth: u32,
    /// What sets it apart from the others: this node's own, or one without a node.
    tag: Option<String>,
    class: &'static str,
    heard: bool,
    overdue: Badge,
    received: Option<Moment>,
    acknowledged: Option<Moment>,
    bar: Option<Bar>,
    confirmed: u64,
    suspicious: u64,
    isolated: u64,
    sweep: Badge,
    isolate: Badge,
    as_of: Option<Moment>,
}

/// One verb with this organisation's answer.
struct DecisionView {
    verb: &'static str,
    name: String,
    meaning: String,
    answer: Badge,
    is_pending: bool,
    by: String,
    at: Moment,
}

impl PicturePage {
    pub fn new(frame: Frame, picture: &Picture) -> Self {
        let totals = &picture.totals;
        let id = picture.id;
        let names: BTreeMap<&OrganisationId, &str> = picture
            .organisations
            .iter()
            .map(|row| (&row.status.organisation, row.status.name.as_str()))
            .collect();
        let rows = picture
            .organisations
            .iter()
            .map(|row| Row::new(row, &names, &frame))
            .collect();
        let counter = |key: &'static str, class, text_key: &str, count: u64, whole: u64| Counter {
            key,
            class,
            name: frame.t(text_key),
            count,
            count_text: texts::count(count, frame.language),
            share: share(count.into(), whole),
            link: None,
        };
        let addressed = totals.addressed;
        let steps = vec![
            counter("addressed", "plain", "web-addressed", addressed, addressed),
            counter(
                "received",
                "plain",
                "web-received",
                totals.received,
                addressed,
            ),
            counter(
                "acknowledged",
                "plain",
                "web-acknowledged",
                totals.acknowledged,
                addressed,
            ),
            counter(
                "overdue",
                "overdue",
                "web-overdue",
                totals.overdue,
                addressed,
            ),
        ];
        let mut findings = vec![
            counter("found", "plain", "web-hosts-found", totals.hosts_found, 0),
            counter(
                "confirmed",
                "confirmed",
                "web-confirmed",
                totals.confirmed,
                0,
            ),
            counter(
                "suspicious",
                "suspicious",
                "web-suspicious",
                totals.suspicious,
                0,
            ),
            counter("isolated", "isolated", "web-isolated", totals.isolated, 0),
        ];
        for (counter, judgement) in findings.iter_mut().skip(1).zip(["confirmed", "suspicious"]) {
            counter.link = Some(format!("/findings?alert={id}&judgement={judgement}"));
        }
        Self {
            head: Head::new(&frame, picture),
            organisations: Counters {
                steps,
                refused_sweep: totals.refused_sweep,
                refused_isolate: totals.refused_isolate,
            },
            hosts: bar(&totals.hosts, frame.texts),
            hosts_unknown: totals.hosts_unknown,
            findings,
            freshness: picture.oldest_as_of.map(|at| moment(at, &frame)),
            silent: picture
                .organisations
                .iter()
                .filter(|row| !row.heard)
                .count() as u64,
            rows,
            decisions: picture
                .decisions
                .iter()
                .map(|decision| DecisionView::new(decision, &frame))
                .collect(),
            acknowledged: picture
                .acknowledged
                .as_ref()
                .map(|(officer, at)| (plain(officer), moment(*at, &frame))),
            can_act: picture.addressed && is_current(picture.state),
            content: ContentView::new(&picture.alert, &frame),
            document_name: file_name(id),
            frame,
        }
    }
}

impl Head {
    fn new(frame: &Frame, picture: &Picture) -> Self {
        let (alert, texts, language) = (&picture.alert, frame.texts, frame.language);
        let (title, title_tag) = alert_title(alert, language);
        let (authority_name, keys) = signed_with(&picture.signers);
        Self {
            id: picture.id.to_string(),
            number: plain(&alert.number),
            version: version(alert.version, texts),
            title,
            title_tag,
            exercise: alert.exercise,
            severity: severity_badge(alert.severity, texts),
            tlp: tlp(alert.tlp),
            state: state_text(picture.state, texts),
            authority: alert.authority.to_string(),
            authority_name,
            issued_at: texts::when(alert.issued_at, language),
            expires_at: texts::when(alert.expires_at, language),
            received: moment(picture.received_at, frame),
            deadline: alert
                .deadline_at
                .map(|at| deadline(at, frame.now, language)),
            keys,
        }
    }
}

/// Takes apart what a node says of signers, `<name of the authority> <short form of the key>`: the name is the same each
/// time and is shown once.
fn signed_with(signers: &[String]) -> (Option<String>, Vec<String>) {
    let mut name = None;
    let mut keys = Vec::with_capacity(signers.len());
    for signer in signers {
        let key = match signer.rsplit_once(' ') {
            Some((authority, key)) => {
                name = Some(plain(authority));
                key
            }
            None => signer,
        };
        keys.push(plain(key));
    }
    (name, keys)
}

impl Row {
    fn new(row: &PictureRow, names: &BTreeMap<&OrganisationId, &str>, frame: &Frame) -> Self {
        let (status, texts) = (&row.status, frame.texts);
        let parent = status
            .parent
            .as_ref()
            .filter(|_| row.depth > 1)
            .map(|parent| brief(names.get(parent).unwrap_or(&parent.as_str())));
        Self {
            name: brief(&status.name),
            id: status.organisation.to_string(),
            parent,
            depth: row.depth.min(6),
            tag: match row.relation {
                Relation::Below | Relation::Child => None,
                Relation::Hosted => Some(frame.t("web-hosted")),
                Relation::Own => Some(frame.t("web-own")),
            },
            class: match (row.overdue, row.relation) {
                (Overdue::OpenOverdue, _) => "overdue-row",
                (_, Relation::Own) => "own-row",
                _ => "",
            },
            heard: row.heard,
            overdue: overdue_badge(row.overdue, texts),
            received: status.received_at.map(|at| moment(at, frame)),
            acknowledged: status.acknowledged_at.map(|at| moment(at, frame)),
            bar: status
                .hosts
                .filter(|_| row.heard)
                .map(|hosts| bar(&hosts, texts)),
            confirmed: status.confirmed,
            suspicious: status.suspicious,
            isolated: status.isolated,
            sweep: answer_badge(status.sweep, texts),
            isolate: answer_badge(status.isolate, texts),
            as_of: row.heard.then(|| moment(status.as_of, frame)),
        }
    }
}

impl DecisionView {
    fn new(decision: &VerbDecision, frame: &Frame) -> Self {
        let texts = frame.texts;
        Self {
            verb: decision.verb.as_str(),
            name: texts.verb(decision.verb),
            meaning: texts.verb_meaning(decision.verb),
            answer: answer_badge(decision.answer, texts),
            is_pending: decision.answer == Answer::Pending,
            by: decision
                .officer
                .as_deref()
                .map_or_else(|| frame.t("web-by-policy"), plain),
            at: moment(decision.decided_at, frame),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::signed_with;

    #[test]
    fn the_authority_of_two_signatures_is_named_once() {
        let signers = ["Trung tâm Ứng cứu 15b18bd8", "Trung tâm Ứng cứu a04c77e1"];
        let (name, keys) = signed_with(&signers.map(str::to_owned));
        assert_eq!(name.as_deref(), Some("Trung tâm Ứng cứu"));
        assert_eq!(keys, ["15b18bd8", "a04c77e1"]);
        assert_eq!(signed_with(&[]), (None, Vec::new()));
    }
}
