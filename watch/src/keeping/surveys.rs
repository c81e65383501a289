//! What the chain says of a survey: short, with everything that was seen as a content beside it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use visit::Visit;

use super::evidence::{EVIDENCE_SCHEMA, first_reasons};
use super::folder::{KeepError, WatchFolder};
use crate::memory::Approver;
use crate::surveying::{LeftOut, Looked, News, Survey};
use crate::verdict::{Reason, Verdict};

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
        };
        self.write_down(at, url, "survey", &line)
    }
}
