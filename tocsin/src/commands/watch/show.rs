//! `tocsin watch web show`: a verdict for the person on duty, at a terminal or as a page.

use std::path::{Path, PathBuf};

use serde_json::json;
use texts::Texts;
use verdicts::{
    LineKind, Urgency, VerdictPage, note_of, render_page, visible, visible_origin, visible_place,
};
use watch::keeping::Archive;

use super::case::{Which, verdict_page};
use super::files_output::print_line;
use super::output::{Paint, print_item, say};
use crate::commands::{Context, print_json, write_output};
use crate::exit_code::{self, Code};

/// What of each list is printed at a terminal; the page has more.
const REASONS_SHOWN: usize = 20;
const LINES_SHOWN: usize = 60;
const USES_SHOWN: usize = 20;
const EVENTS_SHOWN: usize = 12;
/// Characters of a line of the page.
const LINE_CHARS: usize = 240;

/// What is wished of `show`.
pub struct ShowWish {
    /// An address or the number of a line.
    pub what: Option<String>,
    /// Where to write a page.
    pub html: Option<PathBuf>,
    /// For programs.
    pub json: bool,
}

/// Shows a verdict. The exit code says whether it wants a person.
pub fn show(archive: &Archive, wish: &ShowWish, context: &Context) -> anyhow::Result<Code> {
    let which = match wish.what.as_deref() {
        None => Which::MostUrgent,
        Some(what) => what.parse().map_or(Which::Page(what), Which::Line),
    };
    let page = verdict_page(archive, &which)?;
    if wish.json {
        print_json(&json!({ "schema": 1, "page": page }))?;
    } else if let Some(file) = &wish.html {
        let html = render_page(&page, context.language)?;
        let file = (file != Path::new("-")).then_some(file.as_path());
        write_output(file, html.as_bytes())?;
    } else {
        print_page(&page, context);
    }
    Ok(match page.urgency() {
        Urgency::Nothing => exit_code::DONE,
        Urgency::Unknown => exit_code::INCOMPLETE,
        Urgency::Morning if page.verdict != "unexplained" => exit_code::DONE,
        Urgency::Morning | Urgency::Telephone => exit_code::FOUND,
    })
}

fn print_page(page: &VerdictPage, context: &Context) {
    let texts = Texts::of(context.language);
    let paint = Paint::of_stdout();
    let colour = match page.urgency() {
        Urgency::Telephone => "1;37;41",
        Urgency::Morning => "1;30;43",
        Urgency::Unknown => "1;37;45",
        Urgency::Nothing => "1;37;42",
    };
    let action = texts.text(&format!("verdict-action-{}", page.urgency().name()));
    print_line(&paint.show(colour, &format!("  {}  ", action.to_uppercase())));
    print_item("", &paint.show("1", &page.in_words("verdict-says-", texts)));
    print_item("", &page.in_words("verdict-advice-", texts));
    print_line("");
    print_facts(page, texts);
    print_reasons(page, context);
    print_difference(page, texts, paint);
    print_uses(page, texts, paint);
    print_events(page, texts);
    if let Some(chain) = &page.chain {
        print_line("");
        print_item(
            "",
            &texts.text_with("verdict-chain", &[("line", chain.line.into())]),
        );
        print_line(&chain.digest);
    }
}

fn print_facts(page: &VerdictPage, texts: &Texts) {
    let when = |at| texts::when(at, texts.language());
    let is_rest = domain::is_rest_of_site(&page.url);
    let place = if is_rest {
        "verdict-rest"
    } else {
        "verdict-page"
    };
    let mut facts = vec![
        (place, visible_origin(&page.url, 2_000)),
        ("verdict-organisation", visible(&page.organisation, 200)),
        ("verdict-contact", visible(&page.contact, 200)),
        ("verdict-supplier", visible(&page.supplier, 200)),
    ];
    facts.extend(page.since.map(|at| ("verdict-since", when(at))));
    facts.push(("verdict-checked", when(page.checked_at)));
    let mut visitor = texts.text(&format!("verdict-visitor-{}", page.visitor));
    if page.look > 1 {
        let look = texts.text_with("verdict-look", &[("number", u64::from(page.look).into())]);
        visitor = format!("{visitor}, {look}");
    }
    facts.push(("verdict-seen-as", visitor));
    if page.look > 1 && page.visitor == "watch" {
        facts.push(("verdict-note", texts.text("verdict-looks-differ")));
    }
    if is_rest {
        facts.push(("verdict-note", texts.text("verdict-rest-means")));
    }
    facts.extend(page.in_order_at.map(|at| ("verdict-in-order", when(at))));
    if let Some(approved) = &page.approved {
        let values = [
            ("at", when(approved.at).into()),
            ("by", visible(&approved.by, 200).into()),
        ];
        facts.push((
            "verdict-compared-with",
            texts.text_with("verdict-approved-by", &values),
        ));
    }
    facts.retain(|(_, value)| !value.is_empty());
    let names: Vec<String> = facts.iter().map(|(key, _)| texts.text(key)).collect();
    let width = names
        .iter()
        .map(|name| crate::layout::columns(name))
        .max()
        .unwrap_or(0);
    for (name, (_, value)) in names.iter().zip(&facts) {
        print_item(&format!("{}  ", crate::layout::pad(name, width)), value);
    }
}

fn print_reasons(page: &VerdictPage, context: &Context) {
    if page.reasons.is_empty() {
        return;
    }
    let texts = Texts::of(context.language);
    print_line(&format!("\n{}", texts.text("verdict-why")));
    for reason in page.reasons.iter().take(REASONS_SHOWN) {
        print_item("  • ", &reason.line(texts));
    }
    let more = page.reasons.len().saturating_sub(REASONS_SHOWN);
    if more > 0 {
        let count = texts::count(more as u64, context.language);
        print_line(&format!(
            "    {}",
            say(context, "watch-more-reasons", &[("count", &count)])
        ));
    }
}

fn print_difference(page: &VerdictPage, texts: &Texts, paint: Paint) {
    let difference = &page.difference;
    if difference.lines.is_empty() {
        return;
    }
    // At a terminal, what the reasons are about is enough; where that is nothing, all is shown.
    let lines = if difference.told.is_empty() {
        &difference.lines
    } else {
        &difference.told
    };
    print_line(&format!("\n{}", texts.text("verdict-changed")));
    let mut place = "";
    for line in lines.iter().take(LINES_SHOWN) {
        let is_changed = matches!(line.kind, LineKind::Added | LineKind::Removed);
        if is_changed && line.place != place {
            place = &line.place;
            print_line(&format!("    {}", paint.show("2", &visible_place(place))));
        }
        let text = visible(&line.text, LINE_CHARS);
        match line.kind {
            LineKind::Added => print_item("  + ", &paint.show("32", &text)),
            LineKind::Removed => print_item("  − ", &paint.show("31", &text)),
            LineKind::Same => print_item("    ", &text),
            LineKind::Gap => print_line("  ⋯"),
        }
    }
    let counts = [
        ("added", difference.added.into()),
        ("removed", difference.removed.into()),
    ];
    let all = texts.text("verdict-all-lines");
    print_item(
        "    ",
        &format!("{all} {}", texts.text_with("verdict-counts", &counts)),
    );
}

fn print_uses(page: &VerdictPage, texts: &Texts, paint: Paint) {
    if page.uses.is_empty() {
        return;
    }
    print_line(&format!("\n{}", texts.text("verdict-uses")));
    for one in page.uses.iter().take(USES_SHOWN) {
        let (sign, colour) = if one.is_new {
            ("+", "32")
        } else {
            ("−", "31")
        };
        let kind = texts.text(&format!("verdict-use-{}", one.kind));
        let hidden = if one.is_hidden {
            format!(" ({})", texts.text("verdict-hidden"))
        } else {
            String::new()
        };
        let origin = visible_origin(&one.origin, LINE_CHARS);
        print_item(
            &format!("  {sign} "),
            &format!("{kind}{hidden}: {}", paint.show(colour, &origin)),
        );
    }
    print_more(page.uses.len().saturating_sub(USES_SHOWN) as u64, texts);
}

fn print_events(page: &VerdictPage, texts: &Texts) {
    print_line(&format!("\n{}", texts.text("verdict-timeline")));
    let events = &page.timeline;
    for event in events
        .iter()
        .skip(events.len().saturating_sub(EVENTS_SHOWN))
    {
        let key = if event.verdict.is_empty() {
            format!("verdict-event-{}", event.event)
        } else {
            format!("verdict-{}", event.verdict)
        };
        let what = if texts.has(&key) {
            texts.text(&key)
        } else {
            visible(&event.event, 60)
        };
        let more = [visible(&event.by, 120), note_of(&event.note, texts)];
        let more = more.into_iter().filter(|text| !text.is_empty());
        let parts: Vec<String> = std::iter::once(what).chain(more).collect();
        let at = texts::when(event.at, texts.language());
        print_item(&format!("  {at}  "), &parts.join(" · "));
    }
}

fn print_more(count: u64, texts: &Texts) {
    if count > 0 {
        print_line(&format!(
            "    {}",
            texts.text_with("verdict-more-lines", &[("count", count.into())])
        ));
    }
}
