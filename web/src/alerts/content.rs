//! What an alert says, as the page shows it: text, indicators, combinations, rules.

use domain::{Alert, Indicator, Observable, Role, Within};

use crate::page::{Frame, tag};
use crate::pieces::plain;

/// Indicators shown on the page; the document has them all.
const INDICATORS_SHOWN: usize = 300;

/// What an alert says.
pub(super) struct ContentView {
    pub text_tag: &'static str,
    /// Lines; empty ones separate paragraphs.
    pub lines: Vec<String>,
    pub indicators: Vec<IndicatorView>,
    pub indicators_left_out: u64,
    pub combinations: Vec<CombinationView>,
    pub rules: Vec<RuleView>,
    pub questions: Vec<String>,
}

/// One indicator with everything it is told by.
pub(crate) struct IndicatorView {
    pub label: String,
    pub role: String,
    pub role_class: &'static str,
    pub confidence: String,
    pub size: Option<String>,
    pub observables: Vec<(String, String)>,
}

pub(super) struct CombinationView {
    pub members: String,
    pub within: String,
}

pub(super) struct RuleView {
    pub id: String,
    pub role: String,
    pub confidence: String,
    pub size: String,
}

impl ContentView {
    pub fn new(alert: &Alert, frame: &Frame) -> Self {
        let text = alert.text(frame.language);
        Self {
            text_tag: text.map_or("vi", |text| tag(text.language)),
            lines: text.map_or_else(Vec::new, |text| text.body.lines().map(plain).collect()),
            indicators: alert
                .indicators
                .iter()
                .take(INDICATORS_SHOWN)
                .map(|indicator| IndicatorView::new(indicator, frame))
                .collect(),
            indicators_left_out: alert.indicators.len().saturating_sub(INDICATORS_SHOWN) as u64,
            combinations: alert
                .combinations
                .iter()
                .map(|combination| CombinationView {
                    members: combination
                        .all_of
                        .iter()
                        .map(|id| label(alert, id))
                        .collect::<Vec<_>>()
                        .join(" + "),
                    within: frame.t(match combination.within {
                        Within::Folder => "web-within-folder",
                        Within::Host => "web-within-host",
                    }),
                })
                .collect(),
            rules: alert
                .rules
                .iter()
                .map(|rule| RuleView {
                    id: plain(&rule.id),
                    role: frame.texts.role(rule.role),
                    confidence: frame.texts.confidence(rule.confidence),
                    size: texts::byte_size(rule.source.len() as u64, frame.language),
                })
                .collect(),
            questions: alert.questions.iter().map(|text| plain(text)).collect(),
        }
    }
}

impl IndicatorView {
    pub fn new(indicator: &Indicator, frame: &Frame) -> Self {
        let size = indicator.size.map(|size| {
            let show = |bytes| texts::byte_size(bytes, frame.language);
            let (min, max) = (show(size.min_bytes()), show(size.max_bytes()));
            if min == max {
                min
            } else {
                format!("{min} – {max}")
            }
        });
        Self {
            label: plain(&indicator.label),
            role: role(indicator, frame),
            role_class: match indicator.role {
                Role::AbusedLegitimate => "suspicious",
                Role::Context => "context",
                Role::Payload => "confirmed",
            },
            confidence: frame.texts.confidence(indicator.confidence),
            size,
            observables: indicator
                .observables
                .iter()
                .map(|observable| {
                    (
                        frame.texts.observable_kind(observable.kind()),
                        plain(&observable.value()),
                    )
                })
                .collect(),
        }
    }
}

/// A name in the network is no malware itself: what only malware uses there is its infrastructure.
fn role(indicator: &Indicator, frame: &Frame) -> String {
    let is_network = |observable: &Observable| {
        matches!(
            observable,
            Observable::Domain(_) | Observable::Network(_) | Observable::Url(_)
        )
    };
    let is_infrastructure = indicator.role == Role::Payload
        && !indicator.observables.is_empty()
        && indicator.observables.iter().all(is_network);
    if is_infrastructure {
        frame.t("web-role-infrastructure")
    } else {
        frame.texts.role(indicator.role)
    }
}

/// What people call an indicator of this alert.
fn label(alert: &Alert, id: &str) -> String {
    alert
        .indicators
        .iter()
        .find(|indicator| indicator.id == id)
        .map_or_else(|| plain(id), |indicator| plain(&indicator.label))
}
