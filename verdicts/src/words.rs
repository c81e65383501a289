//! From the plain value to what stands on the page: in the reader's language, cut, and with nothing unseen in it.

use domain::is_rest_of_site;
use jiff::Timestamp;
use texts::Texts;

use crate::difference::{DiffLine, LineKind};
use crate::page::{CertificateShown, Event, Picture, Request, UseChange, VerdictPage};
use crate::sentence::Part;
use crate::visible::{visible, visible_origin, visible_place};

/// Characters of an address, a name or a header that are shown.
const VALUE_CHARS: usize = 300;
/// Characters of a line of the page that are shown.
const LINE_CHARS: usize = 300;
/// What the watch writes beside what was approved when a page was put under watch.
const FIRST_LOOK: &str = "first look";
/// Of each list that a site can make long.
const USES_MAX: usize = 60;
const REASONS_MAX: usize = 40;
const REQUESTS_MAX: usize = 40;
const HEADERS_MAX: usize = 60;
const TIMELINE_MAX: usize = 60;

/// The page in words.
pub(crate) struct Shown {
    pub urgency: &'static str,
    pub action: String,
    pub verdict: String,
    pub advice: String,
    /// Whether it is about a site beside its pages under watch: nobody took pictures of those.
    pub is_rest: bool,
    pub facts: Vec<Fact>,
    pub reasons: Vec<Vec<Part>>,
    pub reasons_more: Option<String>,
    pub before: PictureShown,
    pub after: PictureShown,
    pub told: Vec<LineShown>,
    pub lines: Vec<LineShown>,
    pub counts: String,
    pub lines_more: Option<String>,
    /// What of the style sheets was not read.
    pub style_cut: Option<String>,
    pub uses: Vec<UseShown>,
    pub uses_more: Option<String>,
    pub events: Vec<EventShown>,
    pub requests: Vec<RequestShown>,
    pub requests_more: Option<String>,
    /// What is said of the line in the chain, and its digest.
    pub chain: Option<(String, String)>,
}

/// A line of the box at the top.
pub(crate) struct Fact {
    pub name: String,
    pub value: String,
    /// Taken from a site, or an address: shown in other letters.
    pub is_quoted: bool,
    pub is_strong: bool,
}

pub(crate) struct PictureShown {
    /// Where it is; nothing where there is none, or where its address is not ours.
    pub address: Option<String>,
    pub at: String,
    pub digest: String,
}

pub(crate) struct LineShown {
    pub class: &'static str,
    pub sign: &'static str,
    /// Where it stands, where that is another place than of the line before.
    pub place: Option<String>,
    pub text: String,
}

pub(crate) struct UseShown {
    pub class: &'static str,
    pub sign: &'static str,
    pub kind: String,
    pub origin: String,
    pub url: String,
    pub is_hidden: bool,
}

pub(crate) struct EventShown {
    pub class: &'static str,
    pub at: String,
    pub what: String,
    pub by: String,
    pub note: String,
    pub line: String,
}

pub(crate) struct RequestShown {
    pub visitor: String,
    pub url: String,
    pub came: String,
    pub is_bad: bool,
    /// Which look it was, where there were several.
    pub look: String,
    pub is_shown: bool,
    pub address: String,
    pub answers: String,
    pub certificate: Vec<String>,
    pub certificate_problem: String,
    pub headers: Vec<(String, String)>,
    pub content: String,
}

impl Shown {
    pub fn of(page: &VerdictPage, texts: &Texts) -> Self {
        let urgency = page.urgency().name();
        let difference = &page.difference;
        let counts = [
            ("added", difference.added.into()),
            ("removed", difference.removed.into()),
        ];
        let more = |key: &str, count: u64| {
            let count_shown = [("count", count.into())];
            (count > 0).then(|| texts.text_with(key, &count_shown))
        };
        let beyond = |count: usize, max: usize| count.saturating_sub(max) as u64;
        Self {
            urgency,
            action: texts.text(&format!("verdict-action-{urgency}")),
            verdict: page.in_words("verdict-says-", texts),
            advice: page.in_words("verdict-advice-", texts),
            is_rest: is_rest_of_site(&page.url),
            facts: facts(page, texts),
            reasons: page
                .reasons
                .iter()
                .take(REASONS_MAX)
                .map(|reason| reason.parts(texts))
                .collect(),
            reasons_more: more(
                "watch-more-reasons",
                page.reasons_left_out
                    .saturating_add(beyond(page.reasons.len(), REASONS_MAX)),
            ),
            before: PictureShown::of(page.pictures.before.as_ref(), texts),
            after: PictureShown::of(page.pictures.after.as_ref(), texts),
            told: lines(&difference.told),
            lines: lines(&difference.lines),
            counts: texts.text_with("verdict-counts", &counts),
            lines_more: more("verdict-more-lines", difference.left_out),
            style_cut: (page.style_bytes_cut > 0).then(|| {
                let size = texts::byte_size(page.style_bytes_cut, texts.language());
                texts.text_with("verdict-style-cut", &[("size", size.into())])
            }),
            uses: page
                .uses
                .iter()
                .take(USES_MAX)
                .map(|one| UseShown::of(one, texts))
                .collect(),
            uses_more: more("verdict-more-lines", beyond(page.uses.len(), USES_MAX)),
            events: page
                .timeline
                .iter()
                .skip(page.timeline.len().saturating_sub(TIMELINE_MAX))
                .map(|event| EventShown::of(event, texts))
                .collect(),
            requests: page
                .requests
                .iter()
                .take(REQUESTS_MAX)
                .map(|request| RequestShown::of(request, texts))
                .collect(),
            requests_more: more(
                "verdict-more-lines",
                beyond(page.requests.len(), REQUESTS_MAX),
            ),
            chain: page.chain.as_ref().map(|chain| {
                let line = texts.text_with("verdict-chain", &[("line", chain.line.into())]);
                (line, visible(&chain.digest, 64))
            }),
        }
    }
}

fn facts(page: &VerdictPage, texts: &Texts) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut push = |key: &str, value: String, is_quoted: bool, is_strong: bool| {
        if !value.is_empty() {
            facts.push(Fact {
                name: texts.text(key),
                value,
                is_quoted,
                is_strong,
            });
        }
    };
    let value = |text: &str| visible(text, VALUE_CHARS);
    let when = |at: Timestamp| texts::when(at, texts.language());
    let is_rest = is_rest_of_site(&page.url);
    push(
        if is_rest {
            "verdict-rest"
        } else {
            "verdict-page"
        },
        visible_origin(&page.url, VALUE_CHARS),
        true,
        true,
    );
    let nobody = || texts.text("verdict-not-known");
    let organisation = value(&page.organisation);
    let organisation = if organisation.is_empty() {
        nobody()
    } else {
        organisation
    };
    push("verdict-organisation", organisation, false, true);
    let contact = value(&page.contact);
    let contact = if contact.is_empty() {
        texts.text("verdict-no-contact")
    } else {
        contact
    };
    push("verdict-contact", contact, false, true);
    push("verdict-supplier", value(&page.supplier), false, false);
    if let Some(since) = page.since {
        push("verdict-since", when(since), false, true);
    }
    push("verdict-checked", when(page.checked_at), false, false);
    let seen_as = visitor(&page.visitor, texts);
    let seen_as = match look_of(page.look, texts) {
        Some(look) if page.look > 1 => format!("{seen_as}, {look}"),
        _ => seen_as,
    };
    push("verdict-seen-as", seen_as, false, false);
    if page.look > 1 && page.visitor == "watch" {
        push(
            "verdict-note",
            texts.text("verdict-looks-differ"),
            false,
            false,
        );
    }
    if is_rest {
        push(
            "verdict-note",
            texts.text("verdict-rest-means"),
            false,
            false,
        );
    }
    if let Some(at) = page.in_order_at {
        push("verdict-in-order", when(at), false, false);
    }
    if let Some(approved) = &page.approved {
        let (at, by, note) = (
            when(approved.at),
            value(&approved.by),
            note_of(&approved.note, texts),
        );
        let line = texts.text_with(
            "verdict-approved-by",
            &[("at", at.into()), ("by", by.into())],
        );
        let line = if note.is_empty() {
            line
        } else {
            format!("{line} – {note}")
        };
        push("verdict-compared-with", line, false, false);
    }
    facts
}

/// Returns who a visitor is, in words.
pub(crate) fn visitor(word: &str, texts: &Texts) -> String {
    word_of("verdict-visitor-", word, texts)
}

/// Returns a note as people read it: what the watch itself writes, in their language; the words of persons as they are.
pub fn note_of(note: &str, texts: &Texts) -> String {
    if note == FIRST_LOOK {
        texts.text("verdict-note-first-look")
    } else {
        visible(note, VALUE_CHARS)
    }
}

/// Returns which look it was, where it was not the only one that is known of.
pub(crate) fn look_of(look: u32, texts: &Texts) -> Option<String> {
    (look > 0).then(|| texts.text_with("verdict-look", &[("number", u64::from(look).into())]))
}

/// Returns the text of a word of the formats; the word itself where there is none.
fn word_of(beginning: &str, word: &str, texts: &Texts) -> String {
    let key = format!("{beginning}{word}");
    if texts.has(&key) {
        texts.text(&key)
    } else {
        visible(word, 60)
    }
}

fn lines(lines: &[DiffLine]) -> Vec<LineShown> {
    let mut place = "";
    let shown = lines.iter().map(|line| {
        let (class, sign) = match line.kind {
            LineKind::Added => ("added", "+"),
            LineKind::Gap => ("gap", "⋯"),
            LineKind::Removed => ("removed", "−"),
            LineKind::Same => ("same", " "),
        };
        let is_changed = matches!(line.kind, LineKind::Added | LineKind::Removed);
        let is_elsewhere = is_changed && line.place != place;
        if is_changed {
            place = &line.place;
        }
        LineShown {
            class,
            sign,
            place: is_elsewhere.then(|| visible_place(&line.place)),
            text: visible(&line.text, LINE_CHARS),
        }
    });
    shown.collect()
}

impl PictureShown {
    fn of(picture: Option<&Picture>, texts: &Texts) -> Self {
        let address = picture.map(|picture| picture.address.as_str());
        let is_ours = |address: &str| {
            let is_path = address.starts_with('/') && !address.starts_with("//");
            is_path
                || address.starts_with("data:image/png;base64,")
                || address.starts_with("data:image/webp;base64,")
        };
        let at = picture.and_then(|picture| picture.at);
        Self {
            address: address.filter(|one| is_ours(one)).map(str::to_owned),
            at: at
                .map(|at| texts::when(at, texts.language()))
                .unwrap_or_default(),
            digest: picture
                .map(|one| visible(&one.digest, 64))
                .unwrap_or_default(),
        }
    }
}

impl UseShown {
    fn of(one: &UseChange, texts: &Texts) -> Self {
        Self {
            class: if one.is_new { "added" } else { "removed" },
            sign: if one.is_new { "+" } else { "−" },
            kind: word_of("verdict-use-", &one.kind, texts),
            origin: visible_origin(&one.origin, VALUE_CHARS),
            url: visible(&one.url, VALUE_CHARS),
            is_hidden: one.is_hidden,
        }
    }
}

impl EventShown {
    fn of(event: &Event, texts: &Texts) -> Self {
        let what = if event.verdict.is_empty() {
            word_of("verdict-event-", &event.event, texts)
        } else {
            word_of("verdict-", &event.verdict, texts)
        };
        let class = match (event.event.as_str(), event.verdict.as_str()) {
            ("check", verdict) => crate::page::Urgency::of(verdict).name(),
            _ => "deed",
        };
        Self {
            class,
            at: texts::when(event.at, texts.language()),
            what,
            by: visible(&event.by, 100),
            note: note_of(&event.note, texts),
            line: texts.text_with("verdict-line", &[("line", event.line.into())]),
        }
    }
}

impl RequestShown {
    fn of(request: &Request, texts: &Texts) -> Self {
        let status = request.status.map(|status| status.to_string());
        let failure = (!request.failure.is_empty()).then(|| {
            let failure = visible(&request.failure, VALUE_CHARS);
            texts.text_with("verdict-could-not", &[("what", failure.into())])
        });
        let is_bad = failure.is_some() || request.status.is_some_and(|status| status >= 400);
        let came = [status, failure].into_iter().flatten().collect::<Vec<_>>();
        let certificate = request.certificate.as_ref();
        let problem = certificate.map(|one| visible(&one.problem, VALUE_CHARS));
        Self {
            visitor: visitor(&request.visitor, texts),
            url: visible_origin(&request.url, VALUE_CHARS),
            came: came.join(" · "),
            is_bad,
            look: look_of(request.look, texts).unwrap_or_default(),
            is_shown: request.is_shown,
            address: visible(&request.address, 80),
            answers: visible(&request.answers.join(", "), VALUE_CHARS),
            certificate: certificate.map(|one| one.lines(texts)).unwrap_or_default(),
            certificate_problem: problem.unwrap_or_default(),
            headers: request
                .headers
                .iter()
                .take(HEADERS_MAX)
                .map(|(name, value)| (visible(name, 60), visible(value, VALUE_CHARS)))
                .collect(),
            content: visible(&request.content, 64),
        }
    }
}

impl CertificateShown {
    fn lines(&self, texts: &Texts) -> Vec<String> {
        let line = |key: &str, value: String| texts.text_with(key, &[("value", value.into())]);
        let mut lines = vec![
            line(
                "verdict-certificate-for",
                visible(&self.subject, VALUE_CHARS),
            ),
            line("verdict-certificate-by", visible(&self.issuer, VALUE_CHARS)),
        ];
        if let Some(until) = self.valid_until {
            lines.push(line(
                "verdict-certificate-until",
                texts::when(until, texts.language()),
            ));
        }
        lines.push(line(
            "verdict-certificate-key",
            visible(&self.key_digest, 64),
        ));
        lines
    }
}
