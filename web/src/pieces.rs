//! What several pages show alike: names from elsewhere, deadlines, bars, badges.

use domain::{
    Alert, Answer, HostCounters, HostState, ItemPath, Judgement, Language, Overdue, Severity, Tlp,
};
use jiff::Timestamp;
use texts::Texts;

use crate::page::Frame;

/// Makes a name from elsewhere fit to be shown: what would turn the direction of the text or break its line is
/// written out. (That it cannot become markup is the templates' work.)
pub(crate) fn plain(text: &str) -> String {
    ItemPath {
        text: text.to_owned(),
        exact_hex: None,
    }
    .to_string()
}

/// As [`plain`], cut to what a table has room for.
pub(crate) fn brief(text: &str) -> String {
    const CHARS_MAX: usize = 120;
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(CHARS_MAX).collect();
    let more = if chars.next().is_some() { "…" } else { "" };
    plain(&start) + more
}

/// A word with a colour, and an icon so that the colour is never alone.
pub(crate) struct Badge {
    /// The class that colours it, and the end of the icon's name.
    pub kind: &'static str,
    pub text: String,
}

pub(crate) fn severity_badge(severity: Severity, texts: &Texts) -> Badge {
    let kind = match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Low => "low",
        Severity::Medium => "medium",
    };
    Badge {
        kind,
        text: texts.severity(severity),
    }
}

pub(crate) fn judgement_badge(judgement: Judgement, texts: &Texts) -> Badge {
    let kind = match judgement {
        Judgement::Confirmed => "confirmed",
        Judgement::Context => "context",
        Judgement::Suspicious => "suspicious",
    };
    Badge {
        kind,
        text: texts.judgement(judgement),
    }
}

pub(crate) fn host_badge(state: HostState, texts: &Texts) -> Badge {
    Badge {
        kind: host_class(state),
        text: texts.host_state(state),
    }
}

pub(crate) fn answer_badge(answer: Answer, texts: &Texts) -> Badge {
    let kind = match answer {
        Answer::Pending => "waiting",
        Answer::Permit => "permit",
        Answer::Refuse => "refused",
    };
    Badge {
        kind,
        text: texts.answer(answer),
    }
}

pub(crate) fn overdue_badge(overdue: Overdue, texts: &Texts) -> Badge {
    let kind = match overdue {
        Overdue::DoneInTime => "done",
        Overdue::DoneLate => "late",
        Overdue::OpenInTime => "open",
        Overdue::OpenOverdue => "overdue",
    };
    Badge {
        kind,
        text: texts.overdue(overdue),
    }
}

/// The class that colours a Traffic Light Protocol label as FIRST prescribes.
pub(crate) const fn tlp_class(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Amber | Tlp::AmberStrict => "tlp-amber",
        Tlp::Clear => "tlp-clear",
        Tlp::Green => "tlp-green",
        Tlp::Red => "tlp-red",
    }
}

const fn host_class(state: HostState) -> &'static str {
    match state {
        HostState::Complete => "complete",
        HostState::Incomplete => "incomplete",
        HostState::Pending => "pending",
        HostState::Refused => "refused",
        HostState::Unreachable => "unreachable",
    }
}

/// An instant as people read it, with how long ago it was.
pub(crate) struct Moment {
    pub at: String,
    pub ago: String,
}

pub(crate) fn moment(at: Timestamp, frame: &Frame) -> Moment {
    Moment {
        at: texts::when(at, frame.language),
        ago: texts::ago(at, frame.now, frame.language),
    }
}

/// A deadline with the time that is left.
pub(crate) struct Deadline {
    pub at: String,
    pub left: String,
    /// `past`, `near` (less than a day) or `far`.
    pub class: &'static str,
}

pub(crate) fn deadline(at: Timestamp, now: Timestamp, language: Language) -> Deadline {
    const DAY_SECONDS: i64 = 86_400;
    let seconds = at.as_second().saturating_sub(now.as_second());
    Deadline {
        at: texts::when(at, language),
        left: texts::left(at, now, language),
        class: match seconds {
            ..0 => "past",
            0..DAY_SECONDS => "near",
            _ => "far",
        },
    }
}

/// Hosts by state, as a stacked bar and as the sum that its legend writes out.
pub(crate) struct Bar {
    pub segments: Vec<Segment>,
    pub eligible: u64,
    pub eligible_text: String,
    pub complete_text: String,
    /// The whole bar in words, for those who do not see it.
    pub summary: String,
}

/// One state's part of a bar. Positions are percentages with three decimals, written as SVG wants them.
pub(crate) struct Segment {
    pub class: &'static str,
    pub name: String,
    pub count: u64,
    pub count_text: String,
    pub x: String,
    pub width: String,
    pub middle: String,
    /// Wide enough to hold its number.
    pub is_wide: bool,
}

pub(crate) fn bar(hosts: &HostCounters, texts: &Texts) -> Bar {
    let language = texts.language();
    let eligible = hosts.eligible();
    let states = [
        (HostState::Complete, hosts.complete),
        (HostState::Incomplete, hosts.incomplete),
        (HostState::Unreachable, hosts.unreachable),
        (HostState::Refused, hosts.refused),
        (HostState::Pending, hosts.pending),
    ];
    let mut before = 0u64;
    let mut segments = Vec::with_capacity(states.len());
    for (state, count) in states {
        segments.push(Segment {
            class: host_class(state),
            name: texts.host_state(state),
            count,
            count_text: texts::count(count, language),
            x: share(before.into(), eligible),
            width: share(count.into(), eligible),
            middle: share_halves(u128::from(before) * 2 + u128::from(count), eligible),
            is_wide: u128::from(count) * 100 >= u128::from(eligible) * 5,
        });
        before = before.saturating_add(count);
    }
    let summary = segments
        .iter()
        .filter(|segment| segment.count > 0)
        .map(|segment| format!("{}: {}", segment.name, segment.count_text))
        .collect::<Vec<_>>()
        .join("; ");
    Bar {
        segments,
        eligible,
        eligible_text: texts::count(eligible, language),
        complete_text: texts::count(hosts.complete, language),
        summary,
    }
}

/// `part` of `whole` as a percentage.
pub(crate) fn share(part: u128, whole: u64) -> String {
    share_halves(part * 2, whole)
}

fn share_halves(halves: u128, whole: u64) -> String {
    let thousandths = halves * 50_000 / u128::from(whole.max(1));
    format!("{}.{:03}%", thousandths / 1000, thousandths % 1000)
}

/// The title of an alert in the reader's language, or in the one it has, with that language's tag.
pub(crate) fn alert_title(alert: &Alert, language: Language) -> (String, &'static str) {
    alert.text(language).map_or_else(
        || (String::new(), "vi"),
        |text| (plain(&text.title), crate::page::tag(text.language)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_segments_of_a_bar_fill_it_and_the_legend_adds_up() {
        let hosts = HostCounters {
            complete: 1,
            incomplete: 1,
            unreachable: 0,
            refused: 0,
            pending: 1,
        };
        let bar = bar(&hosts, Texts::of(Language::En));
        assert_eq!(
            bar.eligible,
            bar.segments.iter().map(|s| s.count).sum::<u64>()
        );
        assert_eq!(bar.segments[0].width, "33.333%");
        assert_eq!(bar.segments[4].x, "66.666%");
    }

    #[test]
    fn a_bar_of_hostile_numbers_is_still_a_bar() {
        let hosts = HostCounters {
            complete: u64::MAX,
            pending: u64::MAX,
            ..HostCounters::default()
        };
        assert_eq!(bar(&hosts, Texts::of(Language::Vi)).eligible, u64::MAX);
        let empty = bar(&HostCounters::default(), Texts::of(Language::Vi));
        assert_eq!(empty.segments[0].width, "0.000%");
    }

    #[test]
    fn a_name_can_neither_turn_the_text_nor_flood_a_table() {
        assert_eq!(plain("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(brief(&"x".repeat(10_000)).chars().count(), 121);
    }
}
