//! Pages of services that protect sites, shown to whoever comes instead of the page until they prove to be no program: "checking your
//! browser", a picture with letters. They say nothing of the site, neither that it is out of order nor that it is fine.
//!
//! Anybody can say that they are such a service. So a page counts as one only where nothing else is on it that visitors could be
//! meant to see or that works on them; and whoever shows us nothing else for hours is told of (`rounds::CaseRules`).

use pages::{PageModel, UseKind, find_terms};
use visit::Visit;

use crate::judging::Ground;
use crate::site::registrable;
use crate::verdict::Reason;

/// Headers by which services say so: Cloudflare ("Detect a Challenge Page response"), AWS WAF ("How the AWS WAF Challenge and CAPTCHA
/// actions work"), Vercel ("Attack Challenge Mode").
const HEADERS: [(&str, &[&str]); 3] = [
    ("cf-mitigated", &["challenge"]),
    ("x-amzn-waf-action", &["challenge", "captcha"]),
    ("x-vercel-mitigated", &["challenge"]),
];
/// What such pages say, in small letters.
const PHRASES: [&str; 24] = [
    "are not a robot",
    "are you a robot",
    "attention required",
    "bot verification",
    "captcha",
    "checking your browser",
    "checking if the site connection is secure",
    "ddos protection",
    "ddos-guard",
    "enable javascript and cookies",
    "human verification",
    "just a moment",
    "not a bot",
    "one moment, please",
    "robot challenge",
    "security verification",
    "verify you are human",
    "verifying you are human",
    "không phải là robot",
    "không phải là người máy",
    "kiểm tra trình duyệt",
    "xác minh bạn là con người",
    "xác minh bạn là người",
    "xác thực người dùng truy cập",
];
/// Domains from which they load what puts the question.
const PROVIDERS: [&str; 11] = [
    "arkoselabs.com",
    "awswaf.com",
    "captcha-delivery.com",
    "cloudflare.com",
    "ddos-guard.net",
    "funcaptcha.com",
    "geetest.com",
    "hcaptcha.com",
    "perimeterx.net",
    "px-cdn.net",
    "recaptcha.net",
];
/// One that everybody loads other things from as well.
const SHARED_PROVIDERS: [&str; 2] = [
    "https://www.google.com/recaptcha/",
    "https://www.gstatic.com/recaptcha/",
];
/// Letters of all that stands on one.
const LETTERS_MAX: usize = 1_500;
/// The same where neither header nor status says what it is.
const BARE_LETTERS_MAX: usize = 300;
/// Links and pictures on one.
const USES_MAX: usize = 12;
/// Pictures on one: of the service, and of the site.
const PICTURES_MAX: usize = 3;

/// Returns what a visit means that ended at a page which asks whoever comes to prove that they are no program; nothing where it is
/// another page, or one that a person approved.
pub(crate) fn challenge_of(
    ground: &Ground<'_>,
    visit: &Visit,
    status: u16,
    page: &PageModel,
) -> Option<Reason> {
    let by = asked_by(visit, status, page)?;
    let nearest = ground.page.nearest(page);
    let is_approved = nearest.is_some_and(|(_, comparison)| comparison.is_nothing());
    (!is_approved).then_some(Reason::Challenge { status, by })
}

/// Returns by what it is known that a page asks whoever comes to prove that they are no program, where it does nothing else.
pub(crate) fn asked_by(visit: &Visit, status: u16, page: &PageModel) -> Option<String> {
    said_by(visit, status, page).filter(|_| has_nothing_else(visit, page))
}

/// Returns by what the page says that it is one.
fn said_by(visit: &Visit, status: u16, page: &PageModel) -> Option<String> {
    let last = visit.hops.last()?;
    for (name, value) in &last.headers {
        let says = |(header, values): &(&str, &[&str])| {
            header == name && values.contains(&value.trim().to_ascii_lowercase().as_str())
        };
        if HEADERS.iter().any(says) {
            return Some(format!("{name}: {}", value.trim()));
        }
    }
    let is_refusal = matches!(status, 403 | 405 | 406 | 429 | 503);
    let title = page.title.to_lowercase();
    let said = |text: &str| PHRASES.into_iter().find(|phrase| text.contains(phrase));
    if let Some(phrase) = said(&title) {
        let is_bare = letters_of(page) <= BARE_LETTERS_MAX;
        return (is_refusal || is_bare).then(|| phrase.to_owned());
    }
    if !is_refusal {
        return None;
    }
    let found = page.texts().find_map(|text| said(&text.to_lowercase()));
    found.map(str::to_owned)
}

/// Tells whether nothing is on the page but the question, and what puts it.
fn has_nothing_else(visit: &Visit, page: &PageModel) -> bool {
    let last = visit.hops.last().map_or(&visit.url, |hop| &hop.url);
    let own = [&visit.url, last].map(|url| registrable(url));
    let is_own = |address: &str| {
        let domain = registrable(address);
        domain.is_some() && own.contains(&domain)
    };
    let is_of_provider = |address: &str| {
        SHARED_PROVIDERS.iter().any(|one| address.starts_with(one))
            || registrable(address).is_some_and(|domain| PROVIDERS.contains(&domain.as_str()))
    };
    let is_fit = |one: &pages::Use| match one.kind {
        UseKind::Form | UseKind::Refresh | UseKind::Base => is_own(&one.url),
        UseKind::Image if one.url.starts_with("data:") => true,
        _ => is_own(&one.url) || is_of_provider(&one.url),
    };
    let puts_it = |one: &pages::Use| {
        matches!(
            one.kind,
            UseKind::Script | UseKind::Frame | UseKind::Form | UseKind::Refresh
        )
    };
    let count = |kind: UseKind| page.uses.iter().filter(|one| one.kind == kind).count();
    let works = !page.scripts.is_empty() || page.uses.iter().any(puts_it);
    let is_known = |origin: &String| is_own(origin) || is_of_provider(origin) || is_shared(origin);
    let scripts_fit = page
        .scripts
        .iter()
        .all(|script| script.terms.is_empty() && script.origins.iter().all(is_known));
    works
        && scripts_fit
        && !page.is_cut
        && letters_of(page) <= LETTERS_MAX
        && page.uses.len() <= USES_MAX
        && count(UseKind::Image) <= PICTURES_MAX
        && page.uses.iter().all(is_fit)
        && page.covers.iter().all(|cover| cover.pictures.is_empty())
        && find_terms(&page.whole_text()).is_empty()
}

fn is_shared(origin: &str) -> bool {
    SHARED_PROVIDERS
        .iter()
        .any(|one| one.strip_suffix("/recaptcha/") == Some(origin))
}

fn letters_of(page: &PageModel) -> usize {
    page.texts().map(|text| text.chars().count()).sum()
}
