//! What is printed of a check: for people a verdict and its reasons in words, for programs one object.

use serde::Serialize;
use serde_json::json;
use texts::{TextValue, Texts};
use watch::keeping::Target;
use watch::{Check, Reason, Verdict};

use crate::commands::Context;

/// Reasons of one check that are printed for people.
const REASONS_SHOWN: usize = 12;

/// Prints what a check came to.
pub fn print_check(
    context: &Context,
    target: &Target,
    check: &Check,
    json: bool,
) -> anyhow::Result<()> {
    let judgement = &check.judgement;
    if json {
        let value = json!({
            "schema": 1,
            "url": target.url,
            "organisation": target.organisation,
            "verdict": judgement.verdict,
            "wants_person": judgement.verdict.wants_person(),
            "reasons": judgement.reasons,
            "visits": check.visits.len(),
        });
        println!("{}", serde_json::to_string(&value)?);
        return Ok(());
    }
    let verdict = Texts::of(context.language).text(verdict_key(judgement.verdict));
    let values = [("url", target.url.as_str()), ("verdict", verdict.as_str())];
    println!("{}", say(context, "watch-verdict", &values));
    for reason in judgement.reasons.iter().take(REASONS_SHOWN) {
        println!("  - {}", reason_text(context, reason));
    }
    if let Some(more) = judgement
        .reasons
        .len()
        .checked_sub(REASONS_SHOWN)
        .filter(|more| *more > 0)
    {
        let more = texts::count(more as u64, context.language);
        println!(
            "  - {}",
            say(context, "watch-more-reasons", &[("count", more.as_str())])
        );
    }
    Ok(())
}

/// Returns a text with values.
pub fn say(context: &Context, key: &str, values: &[(&str, &str)]) -> String {
    let values: Vec<(&str, TextValue<'_>)> = values
        .iter()
        .map(|(name, value)| (*name, TextValue::from(*value)))
        .collect();
    Texts::of(context.language).text_with(key, &values)
}

/// Prints one object for programs.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

fn verdict_key(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Unchanged => "verdict-unchanged",
        Verdict::Ordinary => "verdict-ordinary",
        Verdict::Announced => "verdict-announced",
        Verdict::Nothing => "verdict-nothing",
        Verdict::FaultPage => "verdict-fault-page",
        Verdict::Outage => "verdict-outage",
        Verdict::Unexplained => "verdict-unexplained",
        Verdict::Defacement => "verdict-defacement",
        Verdict::Injection => "verdict-injection",
        Verdict::Cloaking => "verdict-cloaking",
        Verdict::Takeover => "verdict-takeover",
    }
}

fn reason_text(context: &Context, reason: &Reason) -> String {
    let say = |key: &str, values: &[(&str, &str)]| say(context, key, values);
    let count = |number: u32| texts::count(u64::from(number), context.language);
    match reason {
        Reason::Addresses { from, to } => say(
            "reason-addresses",
            &[("from", &from.join(", ")), ("to", &to.join(", "))],
        ),
        Reason::Certificate { from, to, problem } => {
            let problem = problem.as_deref().unwrap_or("-");
            say(
                "reason-certificate",
                &[("from", from), ("to", to), ("problem", problem)],
            )
        }
        Reason::ForeignWriting { letters } => {
            say("reason-foreign-writing", &[("letters", &count(*letters))])
        }
        Reason::FormTarget { origin } => say("reason-form-target", &[("origin", origin)]),
        Reason::Frame {
            origin,
            is_hidden: true,
        } => say("reason-frame-hidden", &[("origin", origin)]),
        Reason::Frame {
            origin,
            is_hidden: false,
        } => say("reason-frame", &[("origin", origin)]),
        Reason::HiddenText {
            path,
            text,
            link_origins,
        } => {
            let links = link_origins.join(", ");
            say(
                "reason-hidden-text",
                &[("path", path), ("text", text), ("links", &links)],
            )
        }
        Reason::InlineScript { beginning, .. } => {
            say("reason-inline-script", &[("beginning", beginning)])
        }
        Reason::Link { origin } => say("reason-link", &[("origin", origin)]),
        Reason::LittleLeft {
            structure_percent,
            text_percent,
        } => {
            let (structure, text) = (structure_percent.to_string(), text_percent.to_string());
            say(
                "reason-little-left",
                &[("structure", &structure), ("text", &text)],
            )
        }
        Reason::NewPlace { path, text } => {
            say("reason-new-place", &[("path", path), ("text", text)])
        }
        Reason::Redirect { from, to } => say("reason-redirect", &[("from", from), ("to", to)]),
        Reason::Refresh { origin } => say("reason-refresh", &[("origin", origin)]),
        Reason::Resource { origin, .. } => say("reason-resource", &[("origin", origin)]),
        Reason::ScriptOrigin { origin } => say("reason-script-origin", &[("origin", origin)]),
        Reason::StaticText { path, from, to } => say(
            "reason-static-text",
            &[("path", path), ("from", from), ("to", to)],
        ),
        Reason::Status { status } => say("reason-status", &[("status", &status.to_string())]),
        Reason::Terms { words, .. } => say("reason-terms", &[("words", &words.join(", "))]),
        Reason::Title { from, to } => say("reason-title", &[("from", from), ("to", to)]),
        Reason::LoadedGone { .. }
        | Reason::LoadedOther { .. }
        | Reason::LoadedPicture { .. }
        | Reason::LoadedScript { .. }
        | Reason::LoadedStyle { .. } => loaded_text(context, reason),
    }
}

/// Returns what is said of a file that a page loads.
fn loaded_text(context: &Context, reason: &Reason) -> String {
    let say = |key: &str, values: &[(&str, &str)]| say(context, key, values);
    match reason {
        Reason::LoadedScript {
            url,
            was_added_to: true,
            origins,
            ..
        } => say(
            "reason-loaded-script-added",
            &[("url", url), ("origins", &joined_or_dash(origins))],
        ),
        Reason::LoadedScript { url, origins, .. } => say(
            "reason-loaded-script",
            &[("url", url), ("origins", &joined_or_dash(origins))],
        ),
        Reason::LoadedPicture { url, .. } => say("reason-loaded-picture", &[("url", url)]),
        Reason::LoadedStyle { url } => say("reason-loaded-style", &[("url", url)]),
        Reason::LoadedGone { url, status } => say(
            "reason-loaded-gone",
            &[("url", url), ("status", &status.to_string())],
        ),
        Reason::LoadedOther { url, content_type } => say(
            "reason-loaded-other",
            &[("url", url), ("type", content_type)],
        ),
        _ => String::new(),
    }
}

fn joined_or_dash(values: &[String]) -> String {
    if values.is_empty() {
        "-".to_owned()
    } else {
        values.join(", ")
    }
}
