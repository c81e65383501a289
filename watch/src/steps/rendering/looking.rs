//! Opens the page in a browser: the same server and the same key that the check saw, as the same visitor.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use browser::{Browser, BrowserError, Opening};
use pages::{Limits, PageModel, Source, Term, find_terms, parse};
use pictures::{look_at, look_at_tiles};
use url::Url;
use visit::{Permission, Visitor, is_public};

use super::judging::judge_rendered;
use super::memory::{NotSeen, Rendered};
use crate::checking::{Check, Means};
use crate::keeping::{host_of, name_of};
use crate::memory::PageMemory;
use crate::verdict::{Reason, Verdict};

/// Tiles across and down.
const TILES: (u32, u32) = (8, 12);
/// Requests that are kept.
const REQUESTS_MAX: usize = 300;
/// Words that are kept.
const TERMS_MAX: usize = 100;

/// Opens the page in a browser where the check left it unexplained, and adds what that says. Where nothing was seen, the check stays
/// as it is and says so: what a browser did not show is never in order for that.
pub(crate) async fn look_in_browser(means: &Means<'_>, memory: &PageMemory, check: &mut Check) {
    let Some(browser) = means.browser else {
        check.rendered = Some(Rendered::nothing(NotSeen::NoBrowser));
        return;
    };
    let opened = open(means, browser, check).await;
    let was_started = opened.as_ref().err().is_none_or(BrowserError::was_started);
    check.browser_starts += usize::from(was_started);
    let rendered = match opened {
        Ok(rendered) => rendered,
        Err(error) => {
            let why = error.to_string();
            let reason = Reason::NotSeen { why: why.clone() };
            check.judgement.reasons.push(reason);
            check.rendered = Some(Rendered::nothing(NotSeen::Failed(why)));
            return;
        }
    };
    let mut rendered = read(rendered, check.page.as_ref());
    if let Some(picture) = &rendered.picture {
        let nearest = memory.rendered.nearest(picture);
        rendered.before = nearest.map(|nearest| nearest.screenshot.clone());
    }
    let (verdict, mut reasons) = judge_rendered(memory, check, &rendered);
    if verdict > check.judgement.verdict {
        // What the browser found is the heavier.
        reasons.append(&mut check.judgement.reasons);
        check.judgement.reasons = reasons;
    } else {
        check.judgement.reasons.append(&mut reasons);
    }
    // Nothing that was seen takes anything back.
    check.judgement.verdict = check.judgement.verdict.max(verdict);
    debug_assert!(check.judgement.verdict >= Verdict::Unexplained);
    check.rendered = Some(rendered);
}

async fn open(
    means: &Means<'_>,
    browser: &Browser,
    check: &Check,
) -> Result<browser::Rendered, BrowserError> {
    let hops = check.visits.first().map(|visit| visit.hops.as_slice());
    let hops = hops.unwrap_or_default();
    let mut pins: BTreeMap<String, IpAddr> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    for hop in hops {
        if let Some(address) = hop.address {
            let host = host_of(&hop.url);
            pins.insert(host.trim_matches(['[', ']']).to_owned(), address.ip());
        }
        let certificate = hop.certificate.as_ref();
        keys.extend(certificate.map(|one| one.key_digest.clone()));
    }
    let Some((host, address)) = pins
        .iter()
        .next_back()
        .map(|(host, ip)| (host.clone(), *ip))
    else {
        return Err(BrowserError::Url(check.url.clone()));
    };
    // A page of the public internet has no business inside, also not where we are allowed to look for other pages' sake.
    let nothing = Permission::default();
    let is_outside = pins.values().all(|address| is_public(*address));
    let permission = if is_outside {
        &nothing
    } else {
        means.web.permission()
    };
    // The first request waits for its turn. It is not kept: the browser may have to wait for another one, and hundreds of sites
    // for this address.
    drop(means.web.turn(&host, address).await);
    let opening = Opening {
        url: &check.url,
        agent: &means.web.agent(Visitor::Watch),
        pins: &pins,
        keys: &keys,
        permission,
    };
    browser.open(means.web.names(), &opening).await
}

/// Reads what a browser brought back. Its picture and its markup are foreign bytes like any others.
fn read(mut opened: browser::Rendered, page: Option<&PageModel>) -> Rendered {
    let limits = pictures::Limits::default();
    let picture = look_at(&opened.picture, &limits).ok();
    let tiles = look_at_tiles(&opened.picture, &limits, TILES).ok();
    opened.requests.truncate(REQUESTS_MAX);
    let is_web = Url::parse(&opened.final_url).is_ok();
    Rendered {
        not_seen: None,
        screenshot: Some(name_of(&opened.picture)),
        before: None,
        picture,
        tiles,
        terms: terms_beyond(&opened, page),
        png: opened.picture,
        final_url: if is_web {
            opened.final_url
        } else {
            String::new()
        },
        title: opened.title,
        requests: opened.requests,
        refused: opened.refused,
        questions: opened.questions,
        is_complete: opened.is_complete,
    }
}

/// Returns words of intruders that scripts put into the page: those that do not stand in it as it came.
fn terms_beyond(opened: &browser::Rendered, page: Option<&PageModel>) -> Vec<Term> {
    let source = Source {
        url: &opened.final_url,
        content_type: Some("text/html; charset=utf-8"),
        body: opened.markup.as_bytes(),
        style_sheets: &[],
    };
    let made = parse(&source, &Limits::default());
    let came = page.map(words_of).unwrap_or_default();
    let mut terms = words_of(&made);
    terms.retain(|term| !came.contains(term));
    terms.truncate(TERMS_MAX);
    terms
}

fn words_of(page: &PageModel) -> Vec<Term> {
    let hidden = page.hidden.iter().map(|one| one.text.as_str());
    let texts: Vec<&str> = page
        .lines()
        .chain([page.title.as_str()])
        .chain(hidden)
        .collect();
    find_terms(&texts.join("\n"))
}
