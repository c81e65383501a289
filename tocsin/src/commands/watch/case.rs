//! From what is kept of a page to what is shown of it: the lines of the chain, the record of a check, the page before and after.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::is_rest_of_site;
use jiff::Timestamp;
use pages::{PageModel, Use, UseKind};
use verdicts::{
    Approved, CertificateShown, ChainPlace, Event, Picture, Pictures, Request, UseChange,
    VerdictPage, Written, differ,
};
use visit::{Certificate, Hop, Outcome, Visit, Visitor};
use watch::Verdict;
use watch::keeping::{
    ApprovalLine, Archive, CheckLine, CheckRecord, History, Link, host_of, page_address, rest_of,
    survey_of, verdict_of,
};

use super::output::{sentences, word_of};
use super::survey_case::survey_page;

/// Bytes of a picture that is put into a page.
const PICTURE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Requests that are shown.
const REQUESTS_MAX: usize = 64;

/// Which verdict is to be shown.
pub enum Which<'w> {
    /// What stands and is most urgent, the latest of it; where nothing is, the last check.
    MostUrgent,
    /// This line of the chain.
    Line(u64),
    /// The last check of this page; the last survey, where it stands for the site beside its pages.
    Page(&'w str),
}

/// Returns how the evidence names what somebody asks for: a page by its address, a site beside its pages under watch by
/// `https://HOST/*` or `HOST/*`.
pub fn name_of_place(text: &str) -> Result<String, String> {
    let text = text.trim();
    if !is_rest_of_site(text) {
        return page_address(text);
    }
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let host = host_of(&with_scheme);
    if host.is_empty() {
        return Err(format!("'{text}' names no site"));
    }
    Ok(rest_of(&with_scheme))
}

/// Puts the page of a verdict together.
pub fn verdict_page(archive: &Archive, which: &Which<'_>) -> anyhow::Result<VerdictPage> {
    let (mut place, number) = find(archive, which)?;
    let mut history = archive.history(&place)?;
    if let (Which::Page(url), true) = (which, history.lines.is_empty()) {
        // A page that nobody put under watch: a survey may have found it.
        let targets = archive.targets()?;
        if !targets.iter().any(|target| target.url == place) {
            if !is_rest_of_site(&place) {
                place = rest_of(&place);
            }
            history = archive.history(&place)?;
            if history.lines.is_empty() {
                bail!(
                    "'{url}' is not under watch, and no survey has found anything on its site: 'tocsin watch web list' says what is"
                );
            }
        }
    }
    if let Some(number) = number {
        history = history.until(number);
    }
    page_of(archive, &history, &place)
}

/// As [`verdict_page`], of what the evidence says of a place up to the line that has this digest.
pub fn verdict_page_until(
    archive: &Archive,
    history: History,
    digest: &str,
) -> anyhow::Result<VerdictPage> {
    let mut lines = history.lines.iter();
    let Some(link) = lines.find(|link| link.digest == *digest) else {
        bail!("the evidence has no line {digest} about that page");
    };
    let (number, place) = (link.number, link.about().into_owned());
    page_of(archive, &history.until(number), &place)
}

fn page_of(archive: &Archive, history: &History, place: &str) -> anyhow::Result<VerdictPage> {
    if let Some((link, survey)) = history.last_survey() {
        return survey_page(archive, history, link, &survey);
    }
    let Some((link, check)) = history.last_check() else {
        bail!(
            "there is no verdict on '{place}' to show: it was not checked yet, or is as it was approved"
        );
    };
    let record = archive
        .record(&check)
        .with_context(|| format!("read what line {} of the evidence names", link.number))?;
    Ok(put_together(archive, history, link, &check, &record))
}

/// Returns what is meant, as the evidence names it, and the line.
fn find(archive: &Archive, which: &Which<'_>) -> anyhow::Result<(String, Option<u64>)> {
    if let Which::Page(url) = which {
        let place = name_of_place(url).map_err(anyhow::Error::msg)?;
        return Ok((place, None));
    }
    let mut found = None;
    let mut last = None;
    let mut standing: BTreeMap<String, (Verdict, u64)> = BTreeMap::new();
    archive.read(&mut |link| {
        let is_said = match link.entry.event.as_str() {
            "check" => true,
            _ => survey_of(&link).is_some_and(|survey| survey.approval.is_none()),
        };
        let verdict = verdict_of(&link);
        let (place, number) = (link.about().into_owned(), link.number);
        match (which, verdict) {
            (Which::Line(wanted), Some(_)) if is_said && number == *wanted => {
                found = Some((place, Some(number)));
            }
            (Which::MostUrgent, Some(verdict)) if is_said => {
                last = Some((place.clone(), Some(number)));
                standing.insert(place, (verdict, number));
            }
            (Which::MostUrgent, Some(_)) => _ = standing.remove(&place),
            (Which::MostUrgent, None) if link.entry.event == "removal" => {
                standing.remove(&place);
            }
            _ => {}
        }
    })?;
    // What is as it was again is written down nowhere but there.
    let now = archive.standings()?;
    standing.retain(|url, (verdict, _)| {
        verdict.wants_person() && now.get(url).is_none_or(|now| now.verdict.wants_person())
    });
    let urgent = standing
        .into_iter()
        .max_by_key(|(_, (verdict, number))| (verdict.is_alarm(), *number));
    let found = found.or(urgent.map(|(url, (_, number))| (url, Some(number))));
    let Some(place) = found.or(last) else {
        bail!(match which {
            Which::Line(number) => format!("line {number} of the evidence is no check and no survey"),
            _ => "there is no verdict to show: nothing was checked yet, or everything is as it was approved".to_owned(),
        });
    };
    Ok(place)
}

fn put_together(
    archive: &Archive,
    history: &History,
    link: &Link,
    check: &CheckLine,
    record: &CheckRecord,
) -> VerdictPage {
    let model = |digest: Option<&String>| -> Option<PageModel> { archive.load(digest?).ok() };
    let before = model(check.before.as_ref().map(|version| &version.model)).unwrap_or_default();
    let after = model(check.after.as_ref().map(|version| &version.model));
    let reasons = sentences(&record.judgement.reasons);
    let difference = after.map(|after| {
        let (before, after) = (Lines::of(&before), Lines::of(&after));
        differ(&before.lines(), &after.lines(), &reasons)
    });
    let comparison = &record.judgement.comparison;
    let new = comparison.new_uses.iter().map(|one| use_change(one, true));
    let gone = comparison
        .gone_uses
        .iter()
        .map(|one| use_change(one, false));
    let targets = archive.targets().unwrap_or_default();
    let target = targets.into_iter().find(|one| one.url == link.entry.target);
    let sight = check.after.as_ref().and_then(|after| after.sight);
    let is_shown = |number| sight.is_some_and(|sight| sight.visit as usize == number);
    let requests = requests_of(&record.visits, &is_shown);
    VerdictPage {
        url: link.entry.target.clone(),
        organisation: check.organisation.clone(),
        supplier: check.supplier.clone(),
        contact: target.map(|one| one.contact).unwrap_or_default(),
        verdict: word_of(check.verdict).to_owned(),
        visitor: visitor_word(check.visitor).to_owned(),
        look: sight.map_or(0, |sight| sight.look),
        style_bytes_cut: check
            .after
            .as_ref()
            .map_or(0, |after| after.style_bytes_cut),
        checked_at: link.entry.at,
        since: history.began().map(|link| link.entry.at),
        in_order_at: history.last_in_order().map(|link| link.entry.at),
        approved: approved_of(check),
        reasons,
        reasons_left_out: 0,
        difference: difference.unwrap_or_default(),
        uses: new.chain(gone).collect(),
        pictures: pictures(archive, history, check),
        requests,
        timeline: history.lines.iter().map(event_of).collect(),
        chain: Some(ChainPlace {
            line: link.number,
            digest: link.digest.clone(),
            previous: link.previous.clone(),
        }),
    }
}

/// A page as the lines that are compared: title, texts, scripts, and what is not seen.
pub(super) struct Lines {
    lines: Vec<(String, String)>,
}

impl Lines {
    pub(super) fn of(page: &PageModel) -> Self {
        let mut lines = vec![("title".to_owned(), page.title.clone())];
        for region in &page.regions {
            for item in &region.items {
                lines.push((region.path.clone(), item.text.clone()));
            }
        }
        for script in &page.scripts {
            lines.push(("script".to_owned(), script.beginning.clone()));
        }
        for hidden in &page.hidden {
            let origins = hidden.link_origins.join(" ");
            let text = [hidden.text.as_str(), origins.as_str()].join(" ");
            lines.push((format!("{} (hidden)", hidden.path), text.trim().to_owned()));
        }
        lines.retain(|(_, text)| !text.is_empty());
        Self { lines }
    }

    pub(super) fn lines(&self) -> Vec<Written<'_>> {
        let lines = self.lines.iter();
        lines.map(|(place, text)| Written { place, text }).collect()
    }
}

fn approved_of(line: &CheckLine) -> Option<Approved> {
    let approver = line.before.as_ref()?.approver.as_ref()?;
    Some(Approved {
        by: approver.by.clone(),
        at: Timestamp::from_second(approver.at).unwrap_or_default(),
        note: approver.note.clone(),
    })
}

pub(super) fn use_change(one: &Use, is_new: bool) -> UseChange {
    let kind = match one.kind {
        UseKind::Base => "base",
        UseKind::Form => "form",
        UseKind::Frame => "frame",
        UseKind::Image => "image",
        UseKind::Link => "link",
        UseKind::Refresh => "refresh",
        UseKind::Script => "script",
        UseKind::Style => "style",
    };
    UseChange {
        kind: kind.to_owned(),
        origin: one.origin.clone(),
        url: one.url.clone(),
        is_new,
        is_hidden: one.is_hidden,
    }
}

/// The picture before is that of the approval of the same version.
fn pictures(archive: &Archive, history: &History, line: &CheckLine) -> Pictures {
    let picture = |digest: &String, at| -> Option<Picture> {
        let bytes = archive.contents.load(digest).ok()?;
        let kind = match bytes.get(..4)? {
            b"\x89PNG" => "png",
            b"RIFF" => "webp",
            _ => return None,
        };
        (bytes.len() <= PICTURE_BYTES_MAX).then(|| Picture {
            address: format!("data:image/{kind};base64,{}", STANDARD.encode(&bytes)),
            digest: digest.clone(),
            at,
        })
    };
    let before = line.before.as_ref().and_then(|before| {
        let approvals = history.lines.iter().rev().filter_map(|link| {
            let approval: ApprovalLine = approval_of(link)?;
            let is_same = approval.version.model == before.model;
            let digest = approval.version.picture.filter(|_| is_same)?;
            Some((digest, link.entry.at))
        });
        let own = before.picture.clone().map(|digest| (digest, None));
        own.or_else(|| approvals.map(|(digest, at)| (digest, Some(at))).next())
    });
    let after = line.after.as_ref().and_then(|after| after.picture.as_ref());
    Pictures {
        before: before.and_then(|(digest, at)| picture(&digest, at)),
        after: after.and_then(|digest| picture(digest, None)),
    }
}

fn approval_of(link: &Link) -> Option<ApprovalLine> {
    if link.entry.event != "approval" {
        return None;
    }
    serde_json::from_value(link.entry.body.clone()).ok()
}

pub(super) fn event_of(link: &Link) -> Event {
    let text = |name: &str| {
        let value = link
            .entry
            .body
            .get(name)
            .and_then(serde_json::Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let despite = link
        .entry
        .body
        .get("despite")
        .and_then(serde_json::Value::as_array);
    let event = match link.entry.event.as_str() {
        "approval" if despite.is_some_and(|reasons| !reasons.is_empty()) => "approval-despite",
        event => event,
    };
    if let Some(approval) = survey_of(link).and_then(|survey| survey.approval) {
        return Event {
            at: link.entry.at,
            event: "approval".to_owned(),
            by: approval.by,
            note: approval.note,
            line: link.number,
            ..Event::default()
        };
    }
    Event {
        at: link.entry.at,
        event: event.to_owned(),
        verdict: text("verdict"),
        by: text("by"),
        note: text("note"),
        line: link.number,
    }
}

/// Returns every request of the visits, as far as there is room; what came of a visit stands with its last.
pub(super) fn requests_of(visits: &[Visit], is_shown: &dyn Fn(usize) -> bool) -> Vec<Request> {
    let requests = visits.iter().enumerate().flat_map(|(number, visit)| {
        let is_same = |one: &&Visit| one.visitor == visit.visitor && one.url == visit.url;
        let looks = visits.iter().filter(is_same).count();
        let look = visits.iter().take(number + 1).filter(is_same).count();
        let mut requests = requests_of_visit(visit);
        if let Some(last) = requests.last_mut() {
            if looks > 1 {
                last.look = u32::try_from(look).unwrap_or(u32::MAX);
            }
            last.is_shown = is_shown(number);
        }
        requests
    });
    requests.take(REQUESTS_MAX).collect()
}

fn requests_of_visit(visit: &Visit) -> Vec<Request> {
    let visitor = visitor_word(visit.visitor);
    let hops = visit.hops.iter();
    let mut requests: Vec<Request> = hops.map(|hop| request_of(hop, visitor)).collect();
    if requests.is_empty() {
        requests.push(Request {
            visitor: visitor.to_owned(),
            url: visit.url.clone(),
            ..Request::default()
        });
    }
    let last = requests.last_mut().expect("there is one");
    match &visit.outcome {
        Outcome::Failed(failure) => last.failure = failure.to_string(),
        Outcome::Page(page) => last.content.clone_from(&page.digest),
        Outcome::Unchanged => {}
    }
    requests
}

fn request_of(hop: &Hop, visitor: &str) -> Request {
    let answers = hop.answers.iter().flat_map(|answers| {
        let addresses = answers.addresses.iter().map(ToString::to_string);
        answers.aliases.iter().skip(1).cloned().chain(addresses)
    });
    Request {
        visitor: visitor.to_owned(),
        url: hop.url.clone(),
        answers: answers.collect(),
        address: hop
            .address
            .map(|address| address.to_string())
            .unwrap_or_default(),
        certificate: hop.certificate.as_ref().map(certificate_of),
        status: hop.status,
        failure: String::new(),
        headers: hop.headers.clone(),
        content: String::new(),
        look: 0,
        is_shown: false,
    }
}

fn certificate_of(certificate: &Certificate) -> CertificateShown {
    CertificateShown {
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        valid_until: Timestamp::from_second(certificate.valid_until).ok(),
        key_digest: certificate.key_digest.clone(),
        problem: certificate.problem.clone().unwrap_or_default(),
    }
}

pub(super) fn visitor_word(visitor: Visitor) -> &'static str {
    match visitor {
        Visitor::Crawler => "crawler",
        Visitor::FromSearch => "from-search",
        Visitor::Phone => "phone",
        Visitor::Watch => "watch",
    }
}
