//! What states, verdicts and reasons are called.

use domain::{PageState, SiteFindingState, SiteReason, SiteVerdict};
use texts::TextValue;

use crate::page::Frame;
use crate::pieces::plain;

pub(crate) const fn state_key(state: PageState) -> &'static str {
    match state {
        PageState::Alarm => "web-pages-alarm",
        PageState::Fault => "web-pages-fault",
        PageState::Fine => "web-pages-fine",
        PageState::NoVerdict => "web-pages-no-verdict",
        PageState::Unexplained => "web-pages-unexplained",
    }
}

pub(super) const fn state_meaning_key(state: PageState) -> &'static str {
    match state {
        PageState::Alarm => "web-pages-alarm-meaning",
        PageState::Fault => "web-pages-fault-meaning",
        PageState::Fine => "web-pages-fine-meaning",
        PageState::NoVerdict => "web-pages-no-verdict-meaning",
        PageState::Unexplained => "web-pages-unexplained-meaning",
    }
}

/// The class that colours it, and the end of the icon's name.
pub(crate) const fn state_class(state: PageState) -> &'static str {
    match state {
        PageState::Alarm => "confirmed",
        PageState::Fault => "incomplete",
        PageState::Fine => "complete",
        PageState::NoVerdict => "unreachable",
        PageState::Unexplained => "suspicious",
    }
}

pub(super) const fn verdict_key(verdict: SiteVerdict) -> &'static str {
    match verdict {
        SiteVerdict::Announced => "web-verdict-announced",
        SiteVerdict::Cloaking => "web-verdict-cloaking",
        SiteVerdict::Defacement => "web-verdict-defacement",
        SiteVerdict::FaultPage => "web-verdict-fault-page",
        SiteVerdict::Injection => "web-verdict-injection",
        SiteVerdict::Nothing => "web-verdict-nothing",
        SiteVerdict::Ordinary => "web-verdict-ordinary",
        SiteVerdict::Outage => "web-verdict-outage",
        SiteVerdict::Takeover => "web-verdict-takeover",
        SiteVerdict::Unchanged => "web-verdict-unchanged",
        SiteVerdict::Unexplained => "web-verdict-unexplained",
    }
}

pub(super) const fn ended_key(state: SiteFindingState) -> &'static str {
    match state {
        SiteFindingState::Approved => "web-site-approved",
        SiteFindingState::Closed => "web-site-closed",
        SiteFindingState::Open => "web-site-open",
    }
}

/// What whoever reads has to do.
pub(super) const fn action_key(open: Option<PageState>) -> &'static str {
    match open {
        Some(PageState::Alarm) => "web-site-telephone",
        Some(PageState::Unexplained) => "web-site-look",
        Some(PageState::NoVerdict) => "web-site-unknown",
        Some(PageState::Fault) => "web-site-fault",
        Some(PageState::Fine) | None => "web-site-over",
    }
}

/// Returns a reason as a sentence; where a newer watch has a kind that no text is there for, what it says of itself.
pub(super) fn reason(reason: &SiteReason, frame: &Frame) -> String {
    let values: Vec<(&str, String)> = reason
        .values
        .iter()
        .map(|(name, value)| {
            let shown = if name == "path" {
                plain(&verdicts::visible_place(value))
            } else {
                plain(value)
            };
            (name.as_str(), shown)
        })
        .collect();
    let key = format!("reason-{}", reason.kind);
    if frame.texts.has(&key) {
        let values: Vec<(&str, TextValue<'_>)> = values
            .iter()
            .map(|(name, value)| (*name, TextValue::from(value.as_str())))
            .collect();
        return frame.texts.text_with(&key, &values);
    }
    let said: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    format!("{} ({})", reason.kind, said.join(", "))
}
