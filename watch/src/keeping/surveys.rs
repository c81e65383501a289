//! What the chain says of a survey: short, with everything that was seen as a content beside it.

use std::collections::BTreeMap;

use domain::website::REST_OF_SITE;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use visit::Visit;

use super::chain::Link;
use super::evidence::{EVIDENCE_SCHEMA, first_reasons};
use super::folder::{KeepError, Target, WatchFolder, host_of};
use crate::checking::read_page_with;
use crate::memory::Approver;
use crate::surveying::{LeftOut, Looked, News, Survey};
use crate::verdict::{Reason, Verdict};

/// Pages of one survey of which it is kept what they show. There are more among the bodies.
const MODELS_MAX: usize = 16;

/// What a line of the event `survey` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurveyLine {
    /// [`EVIDENCE_SCHEMA`].
    pub schema: u32,
    /// Whose survey it is.
    pub site: String,
    /// What was said of the site beside its pages under watch.
    pub verdict: Verdict,
    /// Why: the first ones.
    pub reasons: Vec<Reason>,
    /// How many more there are in the record.
    pub reasons_left_out: usize,
    /// Who approved what was found, where somebody did.
    pub approval: Option<Approver>,
    /// The content that is a [`SurveyRecord`] as JSON.
    pub record: String,
    /// The pages that are not in order, as they came.
    pub pages: Vec<String>,
    /// What the worst of them show, by address: contents that are a [`pages::PageModel`] as JSON.
    #[serde(default)]
    pub models: BTreeMap<String, String>,
}

/// Everything that a survey saw and said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SurveyRecord {
    /// [`EVIDENCE_SCHEMA`].
    pub schema: u32,
    /// All reasons.
    pub reasons: Vec<Reason>,
    /// Every page that was looked at.
    pub looked: Vec<Looked>,
    /// What there is that was not there.
    pub news: News,
    /// What was not looked at.
    pub left_out: Vec<LeftOut>,
    /// Every visit, its page by digest.
    pub visits: Vec<Visit>,
}

/// Returns under what it is kept how a site stands beside its pages under watch, for the address of any of them. No page has this
/// address.
pub fn rest_of(url: &str) -> String {
    format!("{}{REST_OF_SITE}", host_of(url))
}

/// Returns the same as an address for people: `https://syt.example/*`.
pub fn rest_address(url: &str) -> String {
    let origin = url::Url::parse(url).map(|url| url.origin().ascii_serialization());
    origin.map_or_else(|_| rest_of(url), |origin| format!("{origin}{REST_OF_SITE}"))
}

/// Returns a page of each site, by what stands for the site beside its pages: always the same one.
pub fn first_pages(targets: &[Target]) -> BTreeMap<String, &Target> {
    first_of_sites(targets, |target| &target.url)
}

/// As [`first_pages`], of whatever has the address of a page.
pub(crate) fn first_of_sites<T>(pages: &[T], url_of: impl Fn(&T) -> &str) -> BTreeMap<String, &T> {
    let mut sites: BTreeMap<String, &T> = BTreeMap::new();
    for page in pages {
        let first = sites.entry(rest_of(url_of(page))).or_insert(page);
        if url_of(page) < url_of(first) {
            *first = page;
        }
    }
    sites
}

/// Returns what a line says of a survey; nothing where it is of something else, or of another version.
pub fn survey_of(link: &Link) -> Option<SurveyLine> {
    if link.entry.event != "survey" {
        return None;
    }
    let survey: SurveyLine = serde_json::from_value(link.entry.body.clone()).ok()?;
    (survey.schema == EVIDENCE_SCHEMA).then_some(survey)
}

impl WatchFolder {
    /// Writes a survey down, with the bodies of what is not in order. Returns the digest of the line.
    pub fn write_survey(
        &mut self,
        at: Timestamp,
        url: &str,
        found: &Survey,
        approver: Option<&Approver>,
    ) -> Result<String, KeepError> {
        let bodies = found.visits.iter().filter_map(Visit::page);
        let mut pages = Vec::new();
        for page in bodies.filter(|page| !page.body.is_empty()) {
            pages.push(self.contents.keep(&page.body)?);
        }
        let record = SurveyRecord {
            schema: EVIDENCE_SCHEMA,
            reasons: found.judgement.reasons.clone(),
            looked: found.looked.clone(),
            news: found.news.clone(),
            left_out: found.left_out.clone(),
            visits: found.visits.clone(),
        };
        let reasons = first_reasons(&record.reasons)?;
        let line = SurveyLine {
            schema: EVIDENCE_SCHEMA,
            site: found.site.clone(),
            verdict: found.judgement.verdict,
            reasons_left_out: record.reasons.len() - reasons.len(),
            reasons,
            approval: approver.cloned(),
            record: self.keep_json(&record)?,
            pages,
            models: self.keep_models(found)?,
        };
        self.write_down(at, url, "survey", &line)
    }

    /// Keeps what the worst pages show: whoever shows the evidence later opens nothing that a site has sent.
    fn keep_models(&self, found: &Survey) -> Result<BTreeMap<String, String>, KeepError> {
        let mut bad: Vec<&Looked> = found.looked.iter().collect();
        bad.retain(|one| one.verdict.wants_person());
        bad.sort_by_key(|one| std::cmp::Reverse(one.verdict));
        let mut models = BTreeMap::new();
        for looked in bad.into_iter().take(MODELS_MAX) {
            let came = |visit: &&Visit| {
                let is_it = visit.url == looked.url && visit.visitor == looked.visitor;
                is_it && visit.page().is_some_and(|page| !page.body.is_empty())
            };
            let page = found.visits.iter().find(came).and_then(Visit::page);
            if let Some(page) = page {
                let model = self.keep_json(&read_page_with(page, &[]))?;
                models.insert(looked.url.clone(), model);
            }
        }
        Ok(models)
    }
}
