//! From what is kept of a survey to the page of its verdict: which pages were found beside those under watch, what stands on them,
//! where they lead, and every request.

use std::collections::HashSet;

use anyhow::Context as _;
use pages::{PageModel, UseKind};
use verdicts::{ChainPlace, Difference, Sentence, UseChange, VerdictPage, Written, differ};
use visit::Visitor;
use watch::Looked;
use watch::keeping::{
    Archive, History, Link, SurveyLine, SurveyRecord, first_pages, host_of, rest_address, rest_of,
};

use super::case::{Lines, event_of, requests_of, use_change, visitor_word};
use super::output::word_of;
use super::survey::survey_reason_sentence;

/// Pages of which it is shown what stands on them, and lines of each.
const PAGES_SHOWN: usize = 8;
const LINES_SHOWN: usize = 20;
/// Links and other ways out that are shown.
const USES_SHOWN: usize = 60;

/// Puts the page of a survey's verdict together.
pub fn survey_page(
    archive: &Archive,
    history: &History,
    link: &Link,
    survey: &SurveyLine,
) -> anyhow::Result<VerdictPage> {
    let record = archive
        .survey_record(survey)
        .with_context(|| format!("read what line {} of the evidence names", link.number))?;
    let targets = archive.targets().unwrap_or_default();
    let target = first_pages(&targets).remove(&rest_of(&link.entry.target));
    let target = target.cloned().unwrap_or_default();
    let bad = worst_first(&record);
    let shown: HashSet<(&str, Visitor)> = bad
        .iter()
        .map(|one| (one.url.as_str(), one.visitor))
        .collect();
    let is_shown = |number: usize| {
        let visit = &record.visits[number];
        shown.contains(&(visit.url.as_str(), visit.visitor))
    };
    let reasons: Vec<Sentence> = record.reasons.iter().map(survey_reason_sentence).collect();
    let (difference, uses) = what_stands_there(archive, survey, &bad, &reasons);
    Ok(VerdictPage {
        url: rest_address(&link.entry.target),
        organisation: target.organisation,
        supplier: target.supplier,
        contact: target.contact,
        verdict: word_of(survey.verdict).to_owned(),
        visitor: visitor_word(bad.first().map_or(Visitor::Watch, |one| one.visitor)).to_owned(),
        checked_at: link.entry.at,
        since: history.began().map(|link| link.entry.at),
        in_order_at: history.last_in_order().map(|link| link.entry.at),
        reasons,
        difference,
        uses,
        requests: requests_of(&record.visits, &is_shown),
        timeline: history.lines.iter().map(event_of).collect(),
        chain: Some(ChainPlace {
            line: link.number,
            digest: link.digest.clone(),
            previous: link.previous.clone(),
        }),
        ..VerdictPage::default()
    })
}

fn worst_first(record: &SurveyRecord) -> Vec<&Looked> {
    let looked = record.looked.iter();
    let mut bad: Vec<&Looked> = looked.filter(|one| one.verdict.wants_person()).collect();
    bad.sort_by_key(|one| std::cmp::Reverse(one.verdict));
    bad
}

/// Returns the lines of the pages that were found, each under its address, and where they lead.
fn what_stands_there(
    archive: &Archive,
    survey: &SurveyLine,
    bad: &[&Looked],
    reasons: &[Sentence],
) -> (Difference, Vec<UseChange>) {
    let mut lines: Vec<(&str, String)> = Vec::new();
    let mut uses: Vec<UseChange> = Vec::new();
    for looked in bad.iter().take(PAGES_SHOWN) {
        let model = survey.models.get(&looked.url);
        let model: Option<PageModel> = model.and_then(|name| archive.load(name).ok());
        let Some(model) = model else {
            lines.push((&looked.url, looked.title.clone()));
            continue;
        };
        // Such pages say one thing over and over.
        let all = Lines::of(&model);
        let mut said = HashSet::new();
        let all = all.lines().into_iter();
        let each_once = all.filter(|line| said.insert(line.text.to_owned()));
        let first = each_once.take(LINES_SHOWN);
        lines.extend(first.map(|line| (looked.url.as_str(), line.text.to_owned())));
        let own = host_of(&looked.url);
        let leads_out = model.uses.iter().filter(|one| {
            let is_shown = !matches!(one.kind, UseKind::Image | UseKind::Style);
            is_shown && host_of(&one.url) != own
        });
        for one in leads_out {
            let one = use_change(one, true);
            let is_known =
                |known: &UseChange| (&known.kind, &known.origin) == (&one.kind, &one.origin);
            if uses.len() < USES_SHOWN && !uses.iter().any(is_known) {
                uses.push(one);
            }
        }
    }
    let written: Vec<Written<'_>> = lines
        .iter()
        .map(|(place, text)| Written { place, text })
        .collect();
    (differ(&[], &written, reasons), uses)
}
