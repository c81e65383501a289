//! What each reason of a verdict says: the key of its text, and the values in it.

use texts::Texts;
use verdicts::Sentence;
use visit::Visitor;
use watch::Reason;

use super::survey::survey_reason_sentence;
use crate::commands::Context;

/// Returns what a reason says, with what is taken from a site made visible.
pub fn reason_text(context: &Context, reason: &Reason) -> String {
    reason_sentence(reason).line(Texts::of(context.language))
}

/// Returns what a reason says, in no language yet.
#[expect(clippy::too_many_lines, reason = "one arm for each reason")]
pub fn reason_sentence(reason: &Reason) -> Sentence {
    let say = Sentence::new;
    let count = |number: u32| number.to_string();
    match reason {
        Reason::Addresses { from, to } => say(
            "reason-addresses",
            &[("from", &from.join(", ")), ("to", &to.join(", "))],
        ),
        Reason::Certificate {
            from,
            to,
            problem: Some(problem),
        } => say(
            "reason-certificate-refused",
            &[("from", from), ("to", to), ("problem", problem)],
        ),
        Reason::Certificate {
            from,
            to,
            problem: None,
        } => say("reason-certificate", &[("from", from), ("to", to)]),
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
            if link_origins.is_empty() {
                return say(
                    "reason-hidden-text-alone",
                    &[("path", path), ("text", text)],
                );
            }
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
        Reason::LooksAnother {
            changed_percent,
            dark_percent,
        } => {
            let (changed, dark) = (changed_percent.to_string(), dark_percent.to_string());
            say(
                "reason-looks-another",
                &[("changed", &changed), ("dark", &dark)],
            )
        }
        Reason::NotSeen { why } => say("reason-not-seen", &[("why", why)]),
        Reason::Question { text } => say("reason-question", &[("text", text)]),
        Reason::ReachesInside { host } => say("reason-reaches-inside", &[("host", host)]),
        Reason::NewPlace { path, text } => {
            say("reason-new-place", &[("path", path), ("text", text)])
        }
        Reason::OddText { path, text } => say("reason-odd-text", &[("path", path), ("text", text)]),
        Reason::ForOthers { visitor, text } => {
            let key = match visitor {
                Visitor::Crawler => "reason-for-crawlers",
                Visitor::FromSearch => "reason-for-searchers",
                Visitor::Phone => "reason-for-phones",
                Visitor::Watch => "reason-for-us",
            };
            say(key, &[("text", text)])
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
        Reason::CrawlerOnlyPages { .. }
        | Reason::ForeignLinks { .. }
        | Reason::ManyNewPages { .. }
        | Reason::OtherLanguage { .. }
        | Reason::OtherPage { .. }
        | Reason::OtherPageSays { .. }
        | Reason::PageInUploads { .. }
        | Reason::SiteMapForeign { .. } => survey_reason_sentence(reason),
        Reason::NotAnnounced { announced } => {
            say("reason-not-announced", &[("announced", &count(*announced))])
        }
        Reason::Cover {
            path,
            pictures,
            text,
        } => say(
            "reason-cover",
            &[
                ("path", path),
                ("pictures", &pictures.join(", ")),
                ("text", text),
            ],
        ),
        Reason::ForeignLanguage { path, text, .. } => {
            say("reason-foreign-language", &[("path", path), ("text", text)])
        }
        Reason::Picture { from, to } => say("reason-picture", &[("from", from), ("to", to)]),
        Reason::TermsInAddress { url, words } => say(
            "reason-terms-in-address",
            &[("url", url), ("words", &words.join(", "))],
        ),
        Reason::NotWhole => say("reason-not-whole", &[]),
        Reason::Challenge { status, by } => say(
            "reason-challenge",
            &[("status", &status.to_string()), ("by", by)],
        ),
    }
}

fn joined_or_dash(values: &[String]) -> String {
    if values.is_empty() {
        "-".to_owned()
    } else {
        values.join(", ")
    }
}
