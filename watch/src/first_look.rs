//! What is suspicious of a page that nothing is known of: one that is hacked already must not be taken for what it should be.

use std::collections::BTreeSet;

use pages::{PageModel, Subject, UseKind, find_terms};

use crate::checking::Check;
use crate::site::registrable;
use crate::verdict::Reason;

/// How much words have to say together, by the weights of the vocabulary, to be mentioned.
const WEIGHT_MIN: u32 = 5;
/// Origins elsewhere that something hidden leads to, from which on it is no list of partners.
const STRANGERS_MIN: usize = 3;
/// Reasons of one kind that are told.
const EACH_MAX: usize = 20;

/// Returns what a person should look at before a page is approved for the first time. Honest pages have some of it, too.
pub fn first_look(check: &Check) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if check.judgement.verdict.is_alarm() {
        reasons.extend(check.judgement.reasons.iter().take(EACH_MAX).cloned());
    }
    who_answers(check, &mut reasons);
    if let Some(page) = &check.page {
        what_works(check, page, &mut reasons);
        what_is_hidden(check, page, &mut reasons);
        what_is_said(page, &mut reasons);
    }
    let mut told = Vec::new();
    for reason in reasons {
        if !told.contains(&reason) {
            told.push(reason);
        }
    }
    told
}

fn who_answers(check: &Check, reasons: &mut Vec<Reason>) {
    let asked = registrable(&check.url);
    let elsewhere = check
        .site
        .ends_at
        .iter()
        .find(|end| Some(*end) != asked.as_ref());
    if let (Some(asked), Some(end)) = (&asked, elsewhere) {
        reasons.push(Reason::Redirect {
            from: asked.clone(),
            to: end.clone(),
        });
    }
    if let Some(problem) = &check.site.problem {
        let issuers: Vec<&str> = check.site.issuers.iter().map(String::as_str).collect();
        reasons.push(Reason::Certificate {
            from: "-".to_owned(),
            to: issuers.join(", "),
            problem: Some(problem.clone()),
        });
    }
}

fn what_works(check: &Check, page: &PageModel, reasons: &mut Vec<Reason>) {
    let leads_away = |one: &&pages::Use| is_elsewhere(check, &one.origin);
    for one in page.uses.iter().filter(leads_away).take(EACH_MAX * 10) {
        match one.kind {
            UseKind::Refresh => reasons.push(Reason::Refresh {
                origin: one.origin.clone(),
            }),
            UseKind::Base => reasons.push(Reason::Resource {
                use_kind: one.kind,
                origin: one.origin.clone(),
            }),
            _ => {}
        }
    }
    let works = |script: &&pages::InlineScript| {
        let names_stranger = script
            .origins
            .iter()
            .any(|origin| is_elsewhere(check, origin));
        let signs = script.signs;
        (signs.redirects && (names_stranger || signs.decodes || signs.asks_visitor))
            || (signs.decodes && signs.adds)
    };
    for script in page.scripts.iter().filter(works).take(EACH_MAX) {
        reasons.push(Reason::InlineScript {
            beginning: script.beginning.clone(),
            redirects: script.signs.redirects,
            decodes: script.signs.decodes,
            origins: script.origins.clone(),
        });
    }
}

fn what_is_hidden(check: &Check, page: &PageModel, reasons: &mut Vec<Reason>) {
    let is_strange = |hidden: &&pages::Hidden| {
        let strangers: BTreeSet<&String> = hidden
            .link_origins
            .iter()
            .filter(|origin| is_elsewhere(check, origin))
            .collect();
        let words: u32 = find_terms(&hidden.text)
            .iter()
            .map(|term| term.weight)
            .sum();
        strangers.len() >= STRANGERS_MIN
            || words >= WEIGHT_MIN
            || (words > 1 && !strangers.is_empty())
    };
    for hidden in page.hidden.iter().filter(is_strange).take(EACH_MAX) {
        reasons.push(Reason::HiddenText {
            path: hidden.path.clone(),
            text: hidden.text.clone(),
            link_origins: hidden.link_origins.clone(),
        });
    }
}

fn what_is_said(page: &PageModel, reasons: &mut Vec<Reason>) {
    let text: Vec<&str> = page.lines().chain([page.title.as_str()]).collect();
    let terms = find_terms(&text.join("\n"));
    for subject in [Subject::Betting, Subject::Boasting] {
        let of_subject = || terms.iter().filter(|term| term.subject == subject);
        if of_subject().map(|term| term.weight).sum::<u32>() >= WEIGHT_MIN {
            let words = of_subject().take(EACH_MAX).map(|term| term.word.clone());
            reasons.push(Reason::Terms {
                subject,
                words: words.collect(),
            });
        }
    }
}

/// Tells whether an origin is of the web and of somebody else than the site.
fn is_elsewhere(check: &Check, origin: &str) -> bool {
    registrable(origin).is_some_and(|domain| {
        Some(&domain) != registrable(&check.url).as_ref() && !check.site.ends_at.contains(&domain)
    })
}
