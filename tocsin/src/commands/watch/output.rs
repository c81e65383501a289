//! What is printed of a check: for people a verdict and its reasons in words, for programs one object.

use std::collections::HashSet;
use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use texts::Texts;
use verdicts::{Sentence, Urgency, visible, visible_origin};
use watch::keeping::Target;
use watch::{Check, Reason, Verdict};

use super::files_output::print_line;
use super::reasons::reason_sentence;
use crate::commands::Context;
pub use crate::commands::say;
use crate::layout;

/// Reasons of one check that are printed for people.
const REASONS_SHOWN: usize = 12;
/// Columns where nobody says how wide the terminal is.
const COLUMNS: usize = 100;

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
            "supplier": target.supplier,
            "contact": target.contact,
            "checked_at": context.clock.now(),
            "verdict": judgement.verdict,
            "wants_person": judgement.verdict.wants_person(),
            "reasons": judgement.reasons,
            "visits": check.visits.len(),
        });
        print_line(&verdicts::visible_json(&serde_json::to_string(&value)?));
        return Ok(());
    }
    let texts = Texts::of(context.language);
    let verdict = texts.text(verdict_key(judgement.verdict));
    let verdict = Paint::of_stdout().show(paint_of(judgement.verdict), &verdict);
    let url = visible_origin(&target.url, 2_000);
    let values = [("url", url.as_str()), ("verdict", verdict.as_str())];
    print_line(&say(context, "watch-verdict", &values));
    print_owner(context, target, judgement.verdict);
    print_reasons(context, &judgement.reasons);
    Ok(())
}

/// Prints whose it is and whom to telephone, where a person is wanted and that is known.
pub fn print_owner(context: &Context, target: &Target, verdict: Verdict) {
    let (name, contact) = (
        visible(&target.organisation, 200),
        visible(&target.contact, 200),
    );
    if verdict.wants_person() && !(name.is_empty() && contact.is_empty()) {
        let nobody = |text: String| {
            if text.is_empty() {
                "–".to_owned()
            } else {
                text
            }
        };
        let (name, contact) = (nobody(name), nobody(contact));
        let values = [
            ("organisation", name.as_str()),
            ("contact", contact.as_str()),
        ];
        print_line(&format!("  {}", say(context, "watch-whose", &values)));
    }
}

/// Prints reasons, each once.
pub fn print_reasons(context: &Context, reasons: &[Reason]) {
    let sentences = sentences(reasons);
    for sentence in sentences.iter().take(REASONS_SHOWN) {
        print_item("  - ", &sentence.line(Texts::of(context.language)));
    }
    let more = sentences.len().saturating_sub(REASONS_SHOWN);
    if more > 0 {
        let more = texts::count(more as u64, context.language);
        let values = [("count", more.as_str())];
        print_line(&format!(
            "  - {}",
            say(context, "watch-more-reasons", &values)
        ));
    }
}

/// Returns what reasons say, each once: a page that links to the same place twenty times has one reason.
pub fn sentences(reasons: &[Reason]) -> Vec<Sentence> {
    let mut told = HashSet::new();
    let all = reasons.iter().map(reason_sentence);
    all.filter(|one| told.insert(one.clone())).collect()
}

/// Prints what is said to people: at a terminal broken between words, for programs as one line.
pub fn print_said(text: &str) {
    let Some(width) = layout::terminal_columns(std::io::stdout()) else {
        print_line(text);
        return;
    };
    let words = text.trim_start();
    let indent = &text[..text.len() - words.len()];
    let room = width.saturating_sub(indent.len() + 2).max(20);
    for (number, line) in layout::wrap(words, room).iter().enumerate() {
        let deeper = if number == 0 { "" } else { "  " };
        print_line(&format!("{indent}{deeper}{line}"));
    }
}

/// Returns the key of a verdict in two or three words.
pub fn short_verdict_key(verdict: Verdict) -> String {
    format!("web-{}", verdict_key(verdict))
}

/// Prints a text with a beginning, its further lines below its first.
pub fn print_item(beginning: &str, text: &str) {
    let width = layout::terminal_columns(std::io::stdout()).unwrap_or(COLUMNS);
    let indent = layout::columns(beginning);
    let lines = layout::wrap_hard(text, width.saturating_sub(indent).max(20));
    for (number, line) in lines.iter().enumerate() {
        if number == 0 {
            print_line(&format!("{beginning}{line}"));
        } else {
            print_line(&format!("{:indent$}{line}", ""));
        }
    }
}

/// Colours, where somebody sees them.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    is_seen: bool,
}

impl Paint {
    /// Paints what is printed: where that is a terminal, and where its owner has not forbidden it (`NO_COLOR`).
    pub fn of_stdout() -> Self {
        let choice = anstream::AutoStream::choice(&std::io::stdout());
        Self {
            is_seen: choice != anstream::ColorChoice::Never,
        }
    }

    /// Returns a text in a colour: the numbers of an ANSI sequence; empty for none.
    pub fn show(self, colour: &str, text: &str) -> String {
        if self.is_seen && !colour.is_empty() {
            format!("\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Returns the colour of a verdict.
pub fn paint_of(verdict: Verdict) -> &'static str {
    match Urgency::of(word_of(verdict)) {
        Urgency::Telephone => "1;31",
        Urgency::Morning => "1;33",
        Urgency::Unknown => "1;35",
        Urgency::Nothing => "32",
    }
}

/// Lines about many pages, and below them how far it is; that only at a terminal.
pub struct Lines {
    bar: ProgressBar,
}

impl Lines {
    /// Begins work on so many pages.
    pub fn new(pages: usize) -> Self {
        let is_shown = pages > 1 && std::io::stderr().is_terminal();
        let target = if is_shown {
            ProgressDrawTarget::stderr_with_hz(4)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(pages as u64), target);
        let style = ProgressStyle::with_template("{bar:12.cyan/dim} {pos}/{len}  {wide_msg}");
        bar.set_style(style.expect("the template is valid"));
        Self { bar }
    }

    /// Says which page is looked at.
    pub fn begin(&self, url: &str) {
        self.bar.set_message(visible(url, 120));
    }

    /// One page is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }

    /// Prints something above the line.
    pub fn print(&self, print: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.bar.suspend(print)
    }

    /// Takes the line away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Returns a verdict as formats write it.
pub fn word_of(verdict: Verdict) -> &'static str {
    verdict_key(verdict)
        .strip_prefix("verdict-")
        .unwrap_or_default()
}

/// Returns the key of a verdict's text.
pub fn verdict_key(verdict: Verdict) -> &'static str {
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
