//! What the chain says of checks and approvals. A line is short: what is large stands among the contents and is named by digest, so
//! that the page before and the page after can be put together again from a line alone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use visit::{Visit, Visitor};

use super::chain::Entry;
use super::folder::{KeepError, Target, WatchFolder};
use crate::checking::Check;
use crate::memory::{Approver, PageMemory};
use crate::site::SiteFacts;
use crate::verdict::{Judgement, Reason, Verdict};

/// The version of what stands in lines and records.
pub const EVIDENCE_SCHEMA: u32 = 1;
/// Bytes of all reasons in one line, as JSON; the record has all of them.
const REASON_BYTES_MAX: usize = 64 * 1024;
/// Visits whose pages a line names.
const VISITS_MAX: usize = 256;

/// What a line of the event `check` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckLine {
    /// [`EVIDENCE_SCHEMA`].
    pub schema: u32,
    /// Whose page it is.
    #[serde(default)]
    pub organisation: String,
    /// Who built or hosts it.
    #[serde(default)]
    pub supplier: String,
    /// What was said.
    pub verdict: Verdict,
    /// Why: the first ones.
    pub reasons: Vec<Reason>,
    /// How many more there are in the record.
    pub reasons_left_out: usize,
    /// As whom that was seen.
    pub visitor: Visitor,
    /// What it was compared with.
    pub before: Option<Version>,
    /// What was seen.
    pub after: Option<Version>,
    /// The content that is a [`CheckRecord`] as JSON.
    pub record: String,
    /// Every page as it came, by visit.
    pub pages: Vec<String>,
}

/// What a line of the event `approval` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApprovalLine {
    /// [`EVIDENCE_SCHEMA`].
    pub schema: u32,
    /// Who approved.
    pub by: String,
    /// Why.
    pub note: String,
    /// What was approved.
    pub version: Version,
    /// What spoke against it, and the person approved it in spite of that: the first of it.
    pub despite: Vec<Reason>,
}

/// One version of a page, by what is kept of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The content that is a [`pages::PageModel`] as JSON.
    pub model: String,
    /// The page as it came.
    pub content: Option<String>,
    /// What it looked like.
    pub picture: Option<String>,
    /// Who approved it, where somebody did.
    pub approver: Option<Approver>,
}

/// Everything that a check saw and said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckRecord {
    /// [`EVIDENCE_SCHEMA`].
    pub schema: u32,
    /// What was said, all of it.
    pub judgement: Judgement,
    /// Who answered.
    pub site: SiteFacts,
    /// Every visit, its page by digest.
    pub visits: Vec<Visit>,
}

impl WatchFolder {
    /// Writes a check down, with every page that came. Returns the digest of the line.
    pub fn write_check(
        &mut self,
        at: Timestamp,
        target: &Target,
        check: &Check,
        memory: Option<&PageMemory>,
    ) -> Result<String, KeepError> {
        let mut pages = Vec::new();
        for page in check.visits.iter().take(VISITS_MAX).filter_map(Visit::page) {
            pages.push(self.contents.keep(&page.body)?);
        }
        let record = CheckRecord {
            schema: EVIDENCE_SCHEMA,
            judgement: check.judgement.clone(),
            site: check.site.clone(),
            visits: check.visits.clone(),
        };
        let visitor = seen_as(check);
        let reasons = first_reasons(&check.judgement.reasons)?;
        let line = CheckLine {
            schema: EVIDENCE_SCHEMA,
            organisation: target.organisation.clone(),
            supplier: target.supplier.clone(),
            verdict: check.judgement.verdict,
            reasons_left_out: check.judgement.reasons.len() - reasons.len(),
            reasons,
            visitor,
            before: self.before(check, visitor, memory)?,
            after: self.version_of(check, visitor)?,
            record: self.keep_json(&record)?,
            pages,
        };
        self.write_down(at, &target.url, "check", &line)
    }

    /// Writes an approval down, with the page that was approved. Returns the digest of the line; nothing where no page came.
    pub fn write_approval(
        &mut self,
        at: Timestamp,
        check: &Check,
        approver: &Approver,
        despite: &[Reason],
    ) -> Result<Option<String>, KeepError> {
        for page in check.visits.iter().take(VISITS_MAX).filter_map(Visit::page) {
            self.contents.keep(&page.body)?;
        }
        let Some(version) = self.version_of(check, Visitor::Watch)? else {
            return Ok(None);
        };
        let line = ApprovalLine {
            schema: EVIDENCE_SCHEMA,
            by: approver.by.clone(),
            note: approver.note.clone(),
            version: Version {
                approver: Some(approver.clone()),
                ..version
            },
            despite: first_reasons(despite)?,
        };
        self.write_down(at, &check.url, "approval", &line).map(Some)
    }

    /// Writes down whatever can be written as JSON. Returns the digest of the line.
    pub fn write_down<T: Serialize>(
        &mut self,
        at: Timestamp,
        url: &str,
        event: &str,
        body: &T,
    ) -> Result<String, KeepError> {
        let entry = Entry {
            at,
            target: url.to_owned(),
            event: event.to_owned(),
            body: serde_json::to_value(body).map_err(super::ChainError::Json)?,
        };
        Ok(self.chain.append(entry)?)
    }

    /// Returns what a page is compared with: the nearest approved version; for other visitors, what we are shown.
    fn before(
        &self,
        check: &Check,
        visitor: Visitor,
        memory: Option<&PageMemory>,
    ) -> Result<Option<Version>, KeepError> {
        if visitor != Visitor::Watch {
            return self.version_of(check, Visitor::Watch);
        }
        let approved = match (&check.page, memory) {
            (Some(page), Some(memory)) => memory.nearest(page).map(|(approval, _)| approval),
            (None, Some(memory)) => memory.approved.last(),
            (_, None) => None,
        };
        let Some(approved) = approved else {
            return Ok(None);
        };
        Ok(Some(Version {
            model: self.keep_json(&approved.page)?,
            approver: Some(approved.approver.clone()),
            picture: check.rendered.as_ref().and_then(|one| one.before.clone()),
            ..Version::default()
        }))
    }

    /// Returns what one visitor was shown first; nothing where no page came.
    fn version_of(&self, check: &Check, visitor: Visitor) -> Result<Option<Version>, KeepError> {
        let model = if visitor == Visitor::Watch {
            check.page.as_ref()
        } else {
            check.views.get(&visitor)
        };
        let Some(model) = model else {
            return Ok(None);
        };
        let mut of_visitor = check.visits.iter().filter(|visit| visit.visitor == visitor);
        let content = of_visitor.find_map(Visit::page);
        let rendered = check
            .rendered
            .as_ref()
            .filter(|rendered| visitor == Visitor::Watch && !rendered.png.is_empty());
        let picture = rendered
            .map(|rendered| self.contents.keep(&rendered.png))
            .transpose()?;
        Ok(Some(Version {
            model: self.keep_json(model)?,
            content: content.map(|page| page.digest.clone()),
            picture,
            approver: None,
        }))
    }

    pub(super) fn keep_json<T: Serialize>(&self, value: &T) -> Result<String, KeepError> {
        let bytes = serde_json::to_vec(value).map_err(super::ChainError::Json)?;
        Ok(self.contents.keep(&bytes)?)
    }
}

/// Returns as whom the verdict was seen: as that other visitor whose page was judged, otherwise as ourselves.
fn seen_as(check: &Check) -> Visitor {
    if check.judgement.verdict != Verdict::Cloaking {
        return Visitor::Watch;
    }
    let Some(ours) = &check.page else {
        return Visitor::Watch;
    };
    let judged = check
        .views
        .iter()
        .find(|(_, theirs)| pages::compare(ours, theirs) == check.judgement.comparison);
    if let Some((visitor, _)) = judged {
        return *visitor;
    }
    // A redirect for one visitor only has no comparison.
    let elsewhere = check.visits.iter().find(|visit| {
        let theirs = SiteFacts::of(visit);
        visit.page().is_some() && theirs.ends_at.is_disjoint(&check.site.ends_at)
    });
    elsewhere.map_or(Visitor::Watch, |visit| visit.visitor)
}

/// Returns as many reasons as a line has room for.
pub(super) fn first_reasons(reasons: &[Reason]) -> Result<Vec<Reason>, KeepError> {
    let mut first = Vec::new();
    let mut bytes = 0;
    for reason in reasons {
        bytes += serde_json::to_vec(reason)
            .map_err(super::ChainError::Json)?
            .len();
        if bytes > REASON_BYTES_MAX {
            break;
        }
        first.push(reason.clone());
    }
    Ok(first)
}
