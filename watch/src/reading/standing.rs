//! What the lines of evidence say of each page: what stands, since when, and what ended and how.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::Value;

use crate::keeping::Link;
use crate::verdict::Verdict;

/// Pages that are followed.
pub(super) const PAGES_MAX: usize = 100_000;
/// Findings of one page that ended and are remembered.
const ENDED_MAX: usize = 4;
/// Reasons of one finding.
const REASONS_MAX: usize = 8;
/// Values of one reason, and characters of each.
const VALUES_MAX: usize = 6;
const VALUE_CHARS_MAX: usize = 200;

/// What there is to say of a page, from the line it began with to the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFinding {
    /// The digest of the line that it began with.
    pub first: String,
    /// The digest of the newest line.
    pub newest: String,
    /// The worst that is said.
    pub verdict: Verdict,
    /// Since when.
    pub opened_at: Timestamp,
    /// When there was last something new.
    pub changed_at: Timestamp,
    /// How it ended; nothing while it stands.
    pub end: Option<FindingEnd>,
    /// Why, the heaviest first.
    pub reasons: Vec<ShortReason>,
    /// How many more reasons there are.
    pub reasons_left_out: u64,
}

/// How a finding ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingEnd {
    /// When.
    pub at: Timestamp,
    /// Who says that it is in order; nothing where the page is as it was.
    pub by: Option<String>,
}

/// A reason in short: the key of its text, and what the text is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortReason {
    /// As texts call it, after `reason-`.
    pub kind: String,
    /// Values by name.
    pub values: BTreeMap<String, String>,
}

/// Every page's findings.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    pages: BTreeMap<String, PageStanding>,
}

/// One page.
#[derive(Clone, Debug, Default)]
pub(super) struct PageStanding {
    /// What the newest line says of it.
    pub(super) last: Option<(Verdict, Timestamp)>,
    pub(super) open: Option<PageFinding>,
    pub(super) ended: VecDeque<PageFinding>,
}

impl Standing {
    /// Takes one more line in. Events that it does not know change nothing.
    pub(super) fn take(&mut self, link: &Link) {
        let target = link.about().into_owned();
        if self.pages.len() >= PAGES_MAX && !self.pages.contains_key(&target) {
            return;
        }
        let page = self.pages.entry(target).or_default();
        match link.entry.event.as_str() {
            "approval" => page.approve(&link.entry.body, link.entry.at),
            "check" => page.check(link),
            "survey" => match link.entry.body.get("approval") {
                None | Some(Value::Null) => page.check(link),
                Some(approval) => page.approve(approval, link.entry.at),
            },
            _ => {}
        }
    }

    pub(super) fn page(&self, url: &str) -> Option<&PageStanding> {
        self.pages.get(url)
    }
}

impl PageStanding {
    fn approve(&mut self, approval: &Value, at: Timestamp) {
        let by = approval.get("by").and_then(Value::as_str);
        let by = by.map(line_of).filter(|by| !by.is_empty());
        self.last = Some((Verdict::Unchanged, at));
        // Whoever approved without a name has approved nothing.
        self.end(FindingEnd {
            at,
            by: Some(by.unwrap_or_else(|| "?".to_owned())),
        });
    }

    fn check(&mut self, link: &Link) {
        // Lines of checks have what was said at the top; older ones inside of the judgement.
        let body = &link.entry.body;
        let said = body.get("judgement").unwrap_or(body);
        let verdict = said.get("verdict").cloned().unwrap_or_default();
        let Ok(verdict) = serde_json::from_value::<Verdict>(verdict) else {
            return;
        };
        let at = link.entry.at;
        self.last = Some((verdict, at));
        if verdict <= Verdict::Announced {
            self.end(FindingEnd { at, by: None });
            return;
        }
        let (reasons, left_out) = short_reasons(said.get("reasons"));
        let left_out_before = body.get("reasons_left_out").and_then(Value::as_u64);
        let left_out = left_out.saturating_add(left_out_before.unwrap_or(0));
        let open = self.open.get_or_insert_with(|| PageFinding {
            first: link.digest.clone(),
            newest: link.digest.clone(),
            verdict,
            opened_at: at,
            changed_at: at,
            end: None,
            reasons: Vec::new(),
            reasons_left_out: 0,
        });
        // A site that was attacked and is now switched off was still attacked.
        let is_eclipsed = open.verdict.wants_person() && !verdict.wants_person();
        open.newest.clone_from(&link.digest);
        open.changed_at = open.changed_at.max(at);
        if !is_eclipsed {
            open.verdict = verdict;
            open.reasons = reasons;
            open.reasons_left_out = left_out;
        }
    }

    fn end(&mut self, end: FindingEnd) {
        let Some(mut finding) = self.open.take() else {
            return;
        };
        finding.end = Some(FindingEnd {
            at: end.at.max(finding.opened_at),
            ..end
        });
        if self.ended.len() >= ENDED_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back(finding);
    }
}

fn short_reasons(reasons: Option<&Value>) -> (Vec<ShortReason>, u64) {
    let Some(reasons) = reasons.and_then(Value::as_array) else {
        return (Vec::new(), 0);
    };
    let short = reasons.iter().filter_map(short_reason).take(REASONS_MAX);
    let short: Vec<_> = short.collect();
    let left_out = reasons.len().saturating_sub(short.len());
    (short, left_out as u64)
}

/// Shortens a reason as it stands in evidence: whatever kinds there will be, its fields become the values of its text.
fn short_reason(reason: &Value) -> Option<ShortReason> {
    let fields = reason.as_object()?;
    let mut kind = fields.get("kind")?.as_str()?.to_owned();
    if fields.get("is_hidden") == Some(&Value::Bool(true)) {
        kind.push_str("-hidden");
    }
    let leads_nowhere = fields
        .get("link_origins")
        .and_then(Value::as_array)
        .is_some_and(Vec::is_empty);
    if kind == "hidden-text" && leads_nowhere {
        kind.push_str("-alone");
    }
    let mut values = BTreeMap::new();
    for (name, value) in fields {
        let shown = match value {
            Value::Array(items) => {
                let items: Vec<&str> = items.iter().filter_map(Value::as_str).take(20).collect();
                items.join(", ")
            }
            Value::Null => "-".to_owned(),
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            Value::Bool(_) | Value::Object(_) => continue,
        };
        if name != "kind" && values.len() < VALUES_MAX {
            values.insert(name_of_value(name), line_of(&shown));
        }
    }
    Some(ShortReason { kind, values })
}

/// Returns how texts name a field.
fn name_of_value(field: &str) -> String {
    match field {
        "link_origins" => "links".to_owned(),
        "structure_percent" => "structure".to_owned(),
        "text_percent" => "text".to_owned(),
        other => other.replace('_', "-"),
    }
}

/// Makes one line of at most so many characters.
fn line_of(text: &str) -> String {
    let is_unseen = |c: char| c.is_control();
    let line = text
        .chars()
        .map(|c| if is_unseen(c) { ' ' } else { c })
        .take(VALUE_CHARS_MAX + 1);
    let mut line: String = line.collect();
    if line.chars().count() > VALUE_CHARS_MAX {
        line.pop();
        line.push('…');
    }
    line.trim().to_owned()
}
