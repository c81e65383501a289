//! `tocsin watch web run`: goes on looking at every page, and tells what becomes of it. `docs/formats/watch-events.md` describes
//! the lines for programs.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use texts::Texts;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use watch::across::Campaign;
use watch::keeping::{WatchFolder, rest_address, rest_of};
use watch::rounds::{
    Case, CaseEvent, CaseRules, CaseState, End, Look, Rhythm, Running, RunningSettings, Told,
};
use watch::{Judgement, SurveyPlan};

use super::files_output::{plain_line, print_line};
use super::hook::Hook;
use super::output::{print_said, say, verdict_key};
use super::reasons::reason_text;
use super::web::{Place, Way};
use crate::commands::Context;
use crate::exit_code::{self, Code};
use crate::wiring::interrupt;

/// Reasons that are printed for people.
const REASONS_SHOWN: usize = 5;
/// The longest from one survey of a site to the next, in hours: a year.
const SURVEY_HOURS_MAX: u64 = 365 * 24;
/// The longest pause between two requests of a survey that is kept because the site asks for it, and the time of all of it: while it
/// lasts, the pages of the site wait.
const SURVEY_PAUSE_MAX: Duration = Duration::from_secs(4);
const SURVEY_TIME: Duration = Duration::from_mins(3);
/// Members that are named as next for people.
const NEXT_SHOWN: usize = 10;

/// Examples of `tocsin watch web run`.
pub const EXAMPLES: &str = "\
Examples:
  tocsin watch web run
  tocsin watch web run --json --on-alarm /usr/local/bin/send-sms
  tocsin watch web run --once

An alarm is confirmed by a second look before it is told as one. The list of targets is read again when it changes; 'approve' and
'add' hand what they are asked for to a running watch. Ctrl-C ends it in good order; what was seen is on the disk at any time.

Exit codes: 0 ended as asked; with --once, 1 where somebody must look at a page; 3 could not run.";

/// `tocsin watch web run`
#[derive(Args)]
pub struct RunArguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    way: Way,
    /// From one quick look at a page to the next.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    period: u64,
    /// Looks as other visitors on each day, at times that nobody can foresee.
    #[arg(long, value_name = "NUMBER", default_value_t = 3)]
    visitors_a_day: u32,
    /// From one survey of what else there is on a site to the next, each at a time that nobody can foresee. 0 is never.
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    survey_every: u64,
    /// Requests of one survey, redirects included.
    #[arg(long, value_name = "COUNT", default_value_t = 40, value_parser = clap::value_parser!(u16).range(5..=2_000))]
    survey_requests: u16,
    /// Looks under way at one time.
    #[arg(long, value_name = "NUMBER", default_value_t = 128)]
    beside: usize,
    /// One look at every page, confirmed where it has to be, and then the end.
    #[arg(long)]
    once: bool,
    /// Start this program for each case that is confirmed, grows or is over, with the line for programs on its standard input.
    #[arg(long, value_name = "PROGRAM")]
    on_alarm: Option<PathBuf>,
    /// For programs: one object a line.
    #[arg(long)]
    json: bool,
}

/// Runs `tocsin watch web run`.
pub fn run(arguments: &RunArguments, runtime: &Runtime, context: &Context) -> anyhow::Result<Code> {
    let folder = WatchFolder::open(arguments.place.folder())?;
    let reach = arguments.way.reach(&folder)?;
    let stop = Arc::new(Notify::new());
    let asked = Arc::clone(&stop);
    interrupt::flag(move || asked.notify_one())?;
    let desk = Desk::new(arguments, context);
    let mut tell = |told: &Told<'_>| desk.tell(told);
    runtime.block_on(async {
        let means = reach.means(context.clock.now());
        let clock = Arc::clone(&context.clock);
        let settings = arguments.settings()?;
        let mut running = Running::new(means, folder, clock, settings, &mut tell)?;
        running.run(stop.notified()).await?;
        let is_found = arguments.once && running.count_open() > 0;
        Ok(if is_found {
            exit_code::FOUND
        } else {
            exit_code::DONE
        })
    })
}

impl RunArguments {
    fn settings(&self) -> anyhow::Result<RunningSettings> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).context("could not draw random bytes")?;
        let day = Duration::from_hours(24);
        let usual = Rhythm::default();
        let period = Duration::from_secs(self.period.max(1));
        let rhythm = Rhythm {
            period,
            confirm_after: usual.confirm_after.min(period),
            visitors_every: day / self.visitors_a_day.max(1),
            survey_every: Duration::from_hours(self.survey_every.clamp(1, SURVEY_HOURS_MAX)),
            pause: self.way.pause(),
            ..usual
        };
        let surveys = SurveyPlan {
            requests: usize::from(self.survey_requests),
            pause_max: SURVEY_PAUSE_MAX,
            time: SURVEY_TIME,
            ..SurveyPlan::at(0)
        };
        Ok(RunningSettings {
            rhythm,
            rules: CaseRules::default(),
            surveys: (self.survey_every > 0).then_some(surveys),
            beside: self.beside.max(1),
            seed,
            once: self.once.then_some(Look::Visitors),
        })
    }
}

/// Whom everything is told.
struct Desk<'c> {
    context: &'c Context,
    is_json: bool,
    hook: Option<Hook>,
    line: ProgressBar,
}

impl<'c> Desk<'c> {
    fn new(arguments: &RunArguments, context: &'c Context) -> Self {
        let target = if std::io::stderr().is_terminal() && !arguments.json {
            ProgressDrawTarget::stderr_with_hz(2)
        } else {
            ProgressDrawTarget::hidden()
        };
        let line = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{wide_msg}").expect("the template is valid");
        line.set_style(style);
        Self {
            context,
            is_json: arguments.json,
            hook: arguments.on_alarm.as_deref().map(Hook::new),
            line,
        }
    }

    fn tell(&self, told: &Told<'_>) {
        if let Told::Progress { .. } = told {
            self.show_progress(told);
            for problem in self.hook.iter().flat_map(Hook::problems) {
                self.problem(&problem);
            }
            return;
        }
        if let Told::Problem { what } = told {
            self.problem(what);
            return;
        }
        let line = self.line_of(told);
        if self.is_json {
            print_line(&plain_line(&line));
        } else {
            let lines = self.words_of(told);
            self.line
                .suspend(|| lines.iter().for_each(|line| print_said(line)));
        }
        let is_call = match told {
            Told::Case { event, case, .. } => {
                let was_nothing = case.state
                    == (CaseState::Closed {
                        end: End::NotConfirmed,
                    });
                *event != CaseEvent::Opened && !was_nothing
            }
            Told::Campaign(_) => true,
            _ => false,
        };
        if let Some(hook) = self.hook.as_ref().filter(|_| is_call)
            && let Err(problem) = hook.tell(plain_line(&line))
        {
            self.problem(&problem);
        }
    }

    fn problem(&self, what: &str) {
        if self.is_json {
            let line = json!({ "schema": 1, "event": "problem", "at": self.at(), "what": what });
            print_line(&plain_line(&line));
        } else {
            let text = say(self.context, "watch-problem", &[("what", what)]);
            self.line.suspend(|| eprintln!("{text}"));
        }
    }

    fn at(&self) -> String {
        self.context.clock.now().to_string()
    }

    /// Returns the line for programs.
    fn line_of(&self, told: &Told<'_>) -> Value {
        let mut line = match told {
            Told::Campaign(campaign) => json!({ "event": "campaign", "campaign": campaign }),
            Told::Case {
                event,
                case,
                target,
                judgement,
                evidence,
            } => json!({
                "event": event,
                "case": case.number,
                "site": case.site,
                "url": target.url,
                "organisation": target.organisation,
                "supplier": target.supplier,
                "verdict": case.worst,
                "is_alarm": case.worst.is_alarm(),
                "pages": case.pages,
                "opened_at": case.opened_at,
                "relapse_of": case.relapse_of,
                "end": match &case.state {
                    CaseState::Closed { end } => json!(end),
                    _ => Value::Null,
                },
                "reasons": judgement.map(|judgement| &judgement.reasons),
                "evidence": evidence,
            }),
            Told::Late(pace) => json!({ "event": "late", "pace": pace }),
            Told::Approved { url, by } => json!({ "event": "approved", "url": url, "by": by }),
            Told::RoundOver => json!({ "event": "round-over" }),
            Told::Problem { .. } | Told::Progress { .. } => json!({}),
        };
        line["schema"] = json!(1);
        line["at"] = json!(self.at());
        line
    }

    /// Returns the lines for people.
    fn words_of(&self, told: &Told<'_>) -> Vec<String> {
        let at = texts::when(self.context.clock.now(), self.context.language);
        match told {
            Told::Case {
                event,
                case,
                target,
                judgement,
                ..
            } => {
                let (number, relapse) = (case.number.to_string(), case.relapse_of);
                let verdict = Texts::of(self.context.language).text(verdict_key(case.worst));
                let Some((key, by)) = words_of_event(*event, &case.state) else {
                    return Vec::new();
                };
                let url = place_of(case, &target.url);
                let values = [
                    ("at", at.as_str()),
                    ("case", &number),
                    ("url", &url),
                    ("organisation", &target.organisation),
                    ("verdict", &verdict),
                    ("by", by),
                ];
                let mut lines = vec![say(self.context, key, &values)];
                if let Some(first) = relapse.filter(|_| *event == CaseEvent::Confirmed) {
                    let first = first.to_string();
                    lines.push(say(
                        self.context,
                        "watch-case-relapse",
                        &[("first", &first)],
                    ));
                }
                lines.extend(
                    judgement
                        .iter()
                        .flat_map(|judgement| self.reasons(judgement)),
                );
                lines
            }
            Told::Campaign(campaign) => campaign_words(self.context, campaign),
            Told::Late(pace) => {
                let round = pace.round.as_secs().to_string();
                let late = texts::count(pace.late, self.context.language);
                let slowest = pace.slowest.map_or("-".to_owned(), |one| one.to_string());
                let values = [
                    ("at", at.as_str()),
                    ("round", &round),
                    ("late", &late),
                    ("slowest", &slowest),
                ];
                vec![say(self.context, "watch-late", &values)]
            }
            Told::Approved { url, by } => {
                vec![say(
                    self.context,
                    "watch-approved",
                    &[("url", url), ("by", by)],
                )]
            }
            Told::RoundOver => vec![say(self.context, "watch-round-over", &[("at", &at)])],
            Told::Problem { .. } | Told::Progress { .. } => Vec::new(),
        }
    }

    fn reasons(&self, judgement: &Judgement) -> Vec<String> {
        let reasons = judgement.reasons.iter().take(REASONS_SHOWN);
        reasons
            .map(|reason| format!("  - {}", reason_text(self.context, reason)))
            .collect()
    }

    fn show_progress(&self, told: &Told<'_>) {
        let Told::Progress {
            pages,
            looks,
            under_way,
            open,
            pace,
            elapsed,
            ..
        } = told
        else {
            return;
        };
        let count = |number: u64| texts::count(number, self.context.language);
        let rate = looks.checked_div(elapsed.as_secs()).unwrap_or(*looks);
        let values = [
            ("pages", count(*pages as u64)),
            ("rate", count(rate)),
            ("under", count(*under_way as u64)),
            ("open", count(*open as u64)),
            ("late", pace.latest.as_secs().to_string()),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        self.line
            .set_message(say(self.context, "watch-progress", &values));
    }
}

/// Returns the address to be told of a case: where only a survey has found something, nobody is sent to a page that is in order.
fn place_of(case: &Case, page: &str) -> String {
    let rest = rest_of(page);
    if case.pages.len() == 1 && case.pages.contains_key(&rest) {
        rest_address(page)
    } else {
        page.to_owned()
    }
}

/// Returns the key of the text that says what became of a case, and who approved it. Nothing is said before it is confirmed.
fn words_of_event(event: CaseEvent, state: &CaseState) -> Option<(&'static str, &str)> {
    Some(match (event, state) {
        (CaseEvent::Confirmed, _) => ("watch-case-confirmed", ""),
        (CaseEvent::Changed, _) => ("watch-case-changed", ""),
        (CaseEvent::StillOpen, _) => ("watch-case-still-open", ""),
        (CaseEvent::Closed, CaseState::Closed { end }) => match end {
            End::Approved { by } => ("watch-case-approved", by.as_str()),
            End::Dropped => ("watch-case-dropped", ""),
            End::NotConfirmed => return None,
            End::Recovered => ("watch-case-recovered", ""),
        },
        (CaseEvent::Opened | CaseEvent::Closed, _) => return None,
    })
}

/// Characters of what was added, and of what sites share.
const WHAT_CHARS: usize = 300;

/// Says a campaign in words.
pub fn campaign_words(context: &Context, campaign: &Campaign) -> Vec<String> {
    let key = match campaign.kind {
        watch::across::CampaignKind::Attack => "watch-campaign-attack",
        watch::across::CampaignKind::SameChange => "watch-campaign-same-change",
    };
    let count = texts::count(campaign.hit.len() as u64, context.language);
    let at = texts::when(campaign.from, context.language);
    let sites = campaign.hit.join(", ");
    let values = [("at", at.as_str()), ("count", &count), ("sites", &sites)];
    let mut lines = vec![say(context, key, &values)];
    for added in campaign.added.iter().take(REASONS_SHOWN) {
        let what = verdicts::visible(&added.shown, WHAT_CHARS);
        lines.push(say(context, "watch-campaign-added", &[("what", &what)]));
    }
    for share in campaign.shares.iter().take(REASONS_SHOWN) {
        let hit = texts::count(share.hit as u64, context.language);
        let members = texts::count(share.members as u64, context.language);
        let value = verdicts::visible(&share.value, WHAT_CHARS);
        let values = [
            ("value", value.as_str()),
            ("hit", &hit),
            ("members", &members),
        ];
        lines.push(say(context, "watch-campaign-share", &values));
    }
    if !campaign.next.is_empty() {
        let next = campaign.next.iter().take(NEXT_SHOWN).cloned();
        let next = next.collect::<Vec<_>>().join(", ");
        let count = texts::count(campaign.next.len() as u64, context.language);
        let values = [("count", count.as_str()), ("sites", &next)];
        lines.push(say(context, "watch-campaign-next", &values));
    }
    lines
}
