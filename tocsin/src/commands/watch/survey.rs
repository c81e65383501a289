//! `tocsin watch web survey`: what else there is on the sites whose pages are under watch, and who approves it.

use std::collections::BTreeMap;

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};
use verdicts::Sentence;
use watch::keeping::{Entry, WatchFolder, host_of};
use watch::{Approver, LeftOutWhy, Means, Reason, Survey, SurveyPlan, Verdict, survey};

use super::output::{say, verdict_key};
use super::reasons::{reason_sentence, reason_text};
use super::web::{Place, Way};
use crate::commands::Context;
use crate::exit_code::{self, Code};

/// Reasons of one survey that are printed for people.
const REASONS_SHOWN: usize = 20;
/// Paths in one line.
const PATHS_SHOWN: usize = 8;

const EXAMPLES: &str = "\
Examples:
  tocsin watch web survey
  tocsin watch web survey https://syt.example.gov.vn/ --approve-by 'Nguyễn Văn A' --note 'looked at the new pages'

A first survey of a site learns which addresses it has; from the second on, what is new is looked at first. What somebody has
to look at stays new until --approve-by.

Exit codes: 0 nothing to look at; 1 somebody must look at a site; 2 of a site nothing could be said.";

/// `tocsin watch web survey …`
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct SurveyCommand {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    way: Way,
    /// The sites of these pages only.
    #[arg(value_name = "URL")]
    urls: Vec<String>,
    /// Requests to each site, redirects included.
    #[arg(long, value_name = "COUNT", default_value_t = 40, value_parser = clap::value_parser!(u16).range(5..=2_000))]
    requests: u16,
    /// Also look where robots.txt asks not to: only with the consent of the site's owner.
    #[arg(long)]
    ignore_robots: bool,
    /// Approve what is found, in the name of whoever has looked at it.
    #[arg(long, value_name = "NAME")]
    approve_by: Option<String>,
    /// Why it is in order.
    #[arg(long, value_name = "TEXT", default_value = "", requires = "approve_by")]
    note: String,
    /// For programs: one object a line, for each site.
    #[arg(long)]
    json: bool,
}

impl SurveyCommand {
    /// Surveys one site after the other.
    pub async fn run(self, context: &Context) -> anyhow::Result<Code> {
        let mut folder = WatchFolder::open(self.place.folder())?;
        let web = self.way.web(&folder)?;
        let mut code = exit_code::DONE;
        for url in self.sites(&folder)? {
            let mut memory = folder.memory(&url)?.unwrap_or_default();
            let plan = SurveyPlan {
                requests: usize::from(self.requests),
                heeds_robots: !self.ignore_robots,
                ..SurveyPlan::at(context.clock.now().as_second())
            };
            let found = survey(
                &Means::new(&web, context.clock.now()),
                &url,
                &memory,
                &memory.survey,
                &plan,
            )
            .await;
            match &self.approve_by {
                Some(by) => {
                    let approver = Approver {
                        by: by.clone(),
                        at: plan.now,
                        note: self.note.clone(),
                    };
                    memory.survey.approve(&found, &approver);
                }
                None => memory.survey.learn(&found),
            }
            folder.keep_memory(&url, &memory)?;
            self.write_down(&mut folder, context, &url, &found)?;
            self.print(context, &found)?;
            let verdict = found.judgement.verdict;
            if verdict.wants_person() {
                code = exit_code::FOUND;
            } else if could_not_look(verdict) && code == exit_code::DONE {
                code = exit_code::INCOMPLETE;
            }
        }
        Ok(code)
    }

    /// Returns a page of each site that is meant: what is kept is kept for the host.
    fn sites(&self, folder: &WatchFolder) -> anyhow::Result<Vec<String>> {
        let targets = folder.targets()?;
        let mut sites = BTreeMap::new();
        for target in &targets {
            sites
                .entry(host_of(&target.url))
                .or_insert(target.url.clone());
        }
        for url in &self.urls {
            if !sites.contains_key(&host_of(url)) {
                bail!(
                    "no page of the site of '{url}' is under watch: add one with 'tocsin watch web add'"
                );
            }
        }
        let is_meant = |host: &String| {
            self.urls.is_empty() || self.urls.iter().any(|url| host_of(url) == *host)
        };
        sites.retain(|host, _| is_meant(host));
        Ok(sites.into_values().collect())
    }

    /// Writes down what was seen, with the bodies of what is not in order.
    fn write_down(
        &self,
        folder: &mut WatchFolder,
        context: &Context,
        url: &str,
        found: &Survey,
    ) -> anyhow::Result<()> {
        if !found.judgement.verdict.wants_person() && self.approve_by.is_none() {
            return Ok(());
        }
        let mut visits = Vec::new();
        for visit in &found.visits {
            let body = visit.page().filter(|page| !page.body.is_empty());
            let kept = match body {
                Some(page) => Some(folder.contents.keep(&page.body)?),
                None => None,
            };
            visits.push(json!({ "visit": visit, "content": kept }));
        }
        let approval = self
            .approve_by
            .as_ref()
            .map(|by| json!({ "by": by, "note": self.note }));
        let mut body = value_of(found);
        body["approval"] = json!(approval);
        body["visits"] = json!(visits);
        let entry = Entry {
            at: context.clock.now(),
            target: url.to_owned(),
            event: "survey".to_owned(),
            body,
        };
        folder.chain.append(entry)?;
        Ok(())
    }

    fn print(&self, context: &Context, found: &Survey) -> anyhow::Result<()> {
        if self.json {
            let line = serde_json::to_string(&value_of(found))?;
            println!("{}", verdicts::visible_json(&line));
            return Ok(());
        }
        for line in lines_of(context, found) {
            println!("{line}");
        }
        if let Some(by) = &self.approve_by {
            println!("  {}", say(context, "survey-approved", &[("by", by)]));
        }
        Ok(())
    }
}

/// Tells whether a survey says nothing of the site.
fn could_not_look(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Nothing | Verdict::Outage | Verdict::FaultPage
    )
}

fn value_of(found: &Survey) -> Value {
    json!({
        "schema": 1,
        "site": found.site,
        "verdict": found.judgement.verdict,
        "wants_person": found.judgement.verdict.wants_person(),
        "reasons": found.judgement.reasons,
        "looked": found.looked,
        "news": found.news,
        "left_out": found.left_out,
        "requests": found.requests(),
    })
}

/// Returns what a person reads of a survey.
fn lines_of(context: &Context, found: &Survey) -> Vec<String> {
    let count = |number: usize| texts::count(number as u64, context.language);
    let verdict = say(context, verdict_key(found.judgement.verdict), &[]);
    let values = [("site", found.site.as_str()), ("verdict", verdict.as_str())];
    let mut lines = vec![say(context, "survey-verdict", &values)];
    let reasons = &found.judgement.reasons;
    for reason in reasons.iter().take(REASONS_SHOWN) {
        lines.push(format!("  - {}", reason_text(context, reason)));
    }
    if reasons.len() > REASONS_SHOWN {
        let more = count(reasons.len() - REASONS_SHOWN);
        lines.push(format!(
            "  - {}",
            say(context, "watch-more-reasons", &[("count", &more)])
        ));
    }
    if could_not_look(found.judgement.verdict) {
        return lines;
    }
    let (pages, requests, news) = (
        count(found.looked.len()),
        count(found.requests()),
        count(found.news.count),
    );
    let values = [
        ("pages", pages.as_str()),
        ("requests", requests.as_str()),
        ("news", news.as_str()),
    ];
    lines.push(format!("  {}", say(context, "survey-looked", &values)));
    for folder in &found.news.folders {
        lines.push(format!(
            "  {}",
            say(context, "survey-folder-lists", &[("folder", folder)])
        ));
    }
    let left_out = |why: LeftOutWhy| -> Vec<&str> {
        let of_why = found.left_out.iter().filter(|one| one.why == why);
        of_why.map(|one| one.path.as_str()).collect()
    };
    let forbidden = left_out(LeftOutWhy::Robots);
    if !forbidden.is_empty() {
        let mut paths = forbidden[..forbidden.len().min(PATHS_SHOWN)].join(", ");
        if forbidden.len() > PATHS_SHOWN {
            paths.push_str(", …");
        }
        lines.push(format!(
            "  {}",
            say(context, "survey-left-out-robots", &[("paths", &paths)])
        ));
    }
    let waiting = left_out(LeftOutWhy::Budget).len();
    if waiting > 0 {
        let waiting = count(waiting);
        lines.push(format!(
            "  {}",
            say(context, "survey-left-out-budget", &[("count", &waiting)])
        ));
    }
    lines
}

/// Returns the text of a reason that only surveys give.
pub fn survey_reason_sentence(reason: &Reason) -> Sentence {
    let say = Sentence::new;
    let some = |key: &str, count: u32, examples: &[String]| {
        let (count, examples) = (count.to_string(), examples.join(", "));
        say(key, &[("count", &count), ("examples", &examples)])
    };
    match reason {
        Reason::CrawlerOnlyPages { count, examples } => {
            some("reason-crawler-only-pages", *count, examples)
        }
        Reason::ForeignLinks { count, examples } => some("reason-foreign-links", *count, examples),
        Reason::ManyNewPages { folder, count } => {
            let count = count.to_string();
            say(
                "reason-many-new-pages",
                &[("count", &count), ("folder", folder)],
            )
        }
        Reason::OtherLanguage { language } => {
            say("reason-other-language", &[("language", language)])
        }
        Reason::OtherPage { url, from, to } => say(
            "reason-other-page",
            &[("url", url), ("from", from), ("to", to)],
        ),
        Reason::OtherPageSays { url, title } => {
            say("reason-other-page-says", &[("url", url), ("title", title)])
        }
        Reason::PageInUploads { url, title } => {
            say("reason-page-in-uploads", &[("url", url), ("title", title)])
        }
        Reason::SiteMapForeign { count, examples } => {
            some("reason-site-map-foreign", *count, examples)
        }
        other => reason_sentence(other),
    }
}
