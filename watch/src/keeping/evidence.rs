//! What the chain says of checks and approvals. A line is short: what is large stands among the contents and is named by digest, so
//! that the page before and the page after can be put together again from a line alone.

use jiff::Timestamp;
use pages::PageModel;
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
    /// At which look each of them came, in the same order.
    #[serde(default)]
    pub looks: Vec<Sight>,
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

/// At which look something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// As whom.
    pub visitor: Visitor,
    /// Which of the visits of this check to the same address as this visitor, from 1.
    pub look: u32,
    /// Which of the visits in the record, from 0.
    pub visit: u32,
}

/// One version of a page, by what is kept of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The content that is a [`pages::PageModel`] as JSON.
    pub model: String,
    /// The page as it came.
    pub content: Option<String>,
    /// At which look that was, where it was in this check.
    #[serde(default)]
    pub sight: Option<Sight>,
    /// The site's own style sheets that it was read with, as far as there was room for them: with these and `content`, anybody can
    /// read it again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub style_sheets: Vec<String>,
    /// Bytes of style sheets that there was no room for.
    #[serde(default)]
    pub style_bytes_cut: u64,
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
        let mut looks = Vec::new();
        for (number, visit) in check.visits.iter().enumerate().take(VISITS_MAX) {
            if let Some(page) = visit.page() {
                pages.push(self.contents.keep(&page.body)?);
                looks.push(sight_of(&check.visits, number));
            }
        }
        let record = CheckRecord {
            schema: EVIDENCE_SCHEMA,
            judgement: check.judgement.clone(),
            site: check.site.clone(),
            visits: check.visits.clone(),
        };
        let reasons = first_reasons(&check.judgement.reasons)?;
        let line = CheckLine {
            schema: EVIDENCE_SCHEMA,
            organisation: target.organisation.clone(),
            supplier: target.supplier.clone(),
            verdict: check.judgement.verdict,
            reasons_left_out: check.judgement.reasons.len() - reasons.len(),
            reasons,
            visitor: check.seen_as(),
            before: self.before(check, memory)?,
            after: self.version_seen(check)?,
            record: self.keep_json(&record)?,
            pages,
            looks,
        };
        self.write_down(at, &target.url, "check", &line)
    }

    /// Writes an approval down, with the page that was approved; where two of our looks showed two pages, both. Returns the digest
    /// of the last line; nothing where no page came.
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
        let other = match check.our_other_page() {
            Some(_) => self.version_seen(check)?,
            None => None,
        };
        let mut digest = None;
        for version in [self.version_first(check)?, other].into_iter().flatten() {
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
            digest = Some(self.write_down(at, &check.url, "approval", &line)?);
        }
        Ok(digest)
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
        memory: Option<&PageMemory>,
    ) -> Result<Option<Version>, KeepError> {
        if check.seen_as() != Visitor::Watch {
            return self.version_first(check);
        }
        let page = check.our_other_page().or(check.page.as_ref());
        let approved = match (page, memory) {
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

    /// Returns what was seen at the look that the verdict is about; nothing where no page came.
    fn version_seen(&self, check: &Check) -> Result<Option<Version>, KeepError> {
        match &check.about {
            Some(about) => match &about.page {
                Some(page) => self.version_of(check, page, Some(about.visit)).map(Some),
                None => Ok(None),
            },
            None => self.version_first(check),
        }
    }

    /// Returns what we were shown first; nothing where no page came.
    fn version_first(&self, check: &Check) -> Result<Option<Version>, KeepError> {
        let Some(page) = &check.page else {
            return Ok(None);
        };
        let is_it = |visit: &Visit| {
            visit.visitor == Visitor::Watch && visit.url == check.url && visit.page().is_some()
        };
        let visit = check.visits.iter().position(is_it);
        self.version_of(check, page, visit).map(Some)
    }

    fn version_of(
        &self,
        check: &Check,
        page: &PageModel,
        visit: Option<usize>,
    ) -> Result<Version, KeepError> {
        let sight = visit.map(|number| sight_of(&check.visits, number));
        // The browser came as ourselves.
        let is_ours = sight.is_none_or(|sight| sight.visitor == Visitor::Watch);
        let rendered = check.rendered.as_ref();
        let rendered = rendered.filter(|rendered| is_ours && !rendered.png.is_empty());
        let picture = rendered.map(|rendered| self.contents.keep(&rendered.png));
        let sheets = check.style_sheets.iter();
        let sheets = sheets.map(|text| self.contents.keep(text.as_bytes()));
        let content = visit.and_then(|number| check.visits.get(number)?.page());
        Ok(Version {
            model: self.keep_json(page)?,
            content: content.map(|page| page.digest.clone()),
            sight,
            style_sheets: sheets.collect::<Result<_, _>>()?,
            style_bytes_cut: check.style_bytes_cut as u64,
            picture: picture.transpose()?,
            approver: None,
        })
    }

    pub(super) fn keep_json<T: Serialize>(&self, value: &T) -> Result<String, KeepError> {
        let bytes = serde_json::to_vec(value).map_err(super::ChainError::Json)?;
        Ok(self.contents.keep(&bytes)?)
    }
}

/// Returns as whom, and at which of the looks as that visitor, one of the visits was made.
fn sight_of(visits: &[Visit], number: usize) -> Sight {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let Some(visit) = visits.get(number) else {
        return Sight {
            visitor: Visitor::Watch,
            look: 0,
            visit: count(number),
        };
    };
    let is_same = |one: &&Visit| one.visitor == visit.visitor && one.url == visit.url;
    Sight {
        visitor: visit.visitor,
        look: count(visits.iter().take(number + 1).filter(is_same).count()),
        visit: count(number),
    }
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
