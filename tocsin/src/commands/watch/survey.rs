//! `tocsin watch web survey`: what else there is on the sites whose pages are under watch, and who approves it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use verdicts::Sentence;
use watch::keeping::{KeepError, Target, WatchFolder, first_pages, host_of, rest_of};
use watch::rounds::{Look, Wish, wish};
use watch::{Approver, LeftOutWhy, Reason, Survey, SurveyPlan, Verdict, heard_as, survey};

use super::desk::SITES_KEPT_TOGETHER;
use super::files_output::print_line;
use super::heard::HeardOf;
use super::output::{print_item, print_owner, print_said, say, verdict_key};
use super::reasons::{reason_sentence, reason_text};
use super::told::Told;
use super::web::{Place, Reach, Way};
use crate::commands::Context;
use crate::exit_code::{self, Code};

/// Reasons of one survey that are printed for people.
const REASONS_SHOWN: usize = 20;
/// Sites that are surveyed a second time because of what was heard of them.
const AGAIN_MAX: usize = 100;
/// Paths in one line.
const PATHS_SHOWN: usize = 8;

const EXAMPLES: &str = "\
Examples:
  tocsin watch web survey
  tocsin watch web survey https://syt.example.gov.vn/ --approve-by 'Nguyễn Văn A' --note 'looked at the new pages'

A first survey of a site learns which addresses it has; from the second on, what is new is looked at first. What somebody has
to look at stays new until --approve-by. Where bad pages of one site lead to another under watch, that one is surveyed for them.

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
    /// Surveys one site after the other; where a watch runs in the folder, hands it what is to be approved.
    pub fn run(self, context: &Context, runtime: &Runtime) -> anyhow::Result<Code> {
        match WatchFolder::open(self.place.folder()) {
            Err(error) if matches!(error, KeepError::InUse { .. }) && self.approve_by.is_some() => {
                self.hand_over(context)
            }
            folder => runtime.block_on(self.survey_all(folder?, context)),
        }
    }

    async fn survey_all(self, mut folder: WatchFolder, context: &Context) -> anyhow::Result<Code> {
        let reach = self.way.reach(&folder)?;
        let targets = folder.targets()?;
        let owners = first_pages(&targets).into_iter();
        let owners = owners.map(|(rest, target)| (rest, target.clone()));
        let mut round = Round {
            owners: owners.collect(),
            told: Told::begin(&folder)?,
            heard: HeardOf::begin(&folder)?,
            done: BTreeSet::new(),
            news: BTreeSet::new(),
            code: None,
        };
        let sites = self.sites(&folder)?;
        for url in &sites {
            self.survey_one(&mut folder, &reach, context, url, &mut round)
                .await?;
        }
        // Of sites whose turn was over, something may have been heard on the bad pages of those after them.
        let again = std::mem::take(&mut round.news);
        let is_meant = |url: &&String| again.contains(&heard_as(&host_of(url)));
        for url in sites.iter().filter(is_meant).take(AGAIN_MAX) {
            self.survey_one(&mut folder, &reach, context, url, &mut round)
                .await?;
        }
        round.told.keep(&folder)?;
        if round.code == Some(exit_code::FOUND) && !self.json && self.approve_by.is_none() {
            print_said(&say(context, "watch-see", &[]));
        }
        folder.keep_common()?;
        Ok(round.code.unwrap_or(exit_code::DONE))
    }

    async fn survey_one(
        &self,
        folder: &mut WatchFolder,
        reach: &Reach,
        context: &Context,
        url: &str,
        round: &mut Round,
    ) -> anyhow::Result<()> {
        let (host, at) = (host_of(url), context.clock.now());
        let mut memory = folder.memory(url)?.unwrap_or_default();
        let plan = SurveyPlan {
            requests: usize::from(self.requests),
            heeds_robots: !self.ignore_robots,
            also: round.heard.of(&host),
            ..SurveyPlan::at(at.as_second())
        };
        let found = survey(&reach.means(at), url, &memory, &memory.survey, &plan).await;
        let approver = self.approve_by.as_ref().map(|by| Approver {
            by: by.clone(),
            at: plan.now,
            note: self.note.clone(),
        });
        match &approver {
            Some(approver) => memory.survey.approve(&found, approver),
            None => memory.survey.learn(&found),
        }
        folder.keep_memory(url, &memory)?;
        let verdict = found.judgement.verdict;
        if verdict.wants_person() || approver.is_some() {
            folder.write_survey(at, url, &found, approver.as_ref())?;
        }
        match &approver {
            Some(approver) => round.told.approve(&rest_of(url), &approver.by, at),
            // That it does not answer is seen by the checks of its pages.
            None if could_not_look(verdict) => {}
            None => round
                .told
                .take(&rest_of(url), &found.judgement, Look::Survey, at),
        }
        round.take(&host, &found, approver.is_some());
        round.heard.keep(folder)?;
        if round.done.len().is_multiple_of(SITES_KEPT_TOGETHER) {
            round.told.keep(folder)?;
        }
        self.print(context, round.owners.get(&rest_of(url)), &found)
    }

    /// Hands an approval to the watch that runs in the folder: it approves what its next survey of the site finds.
    fn hand_over(&self, context: &Context) -> anyhow::Result<Code> {
        if self.urls.is_empty() {
            bail!(
                "a watch runs in this folder: name the sites of which it shall approve what it finds"
            );
        }
        let targets = self.place.archive()?.targets()?;
        for url in sites_of(&targets, &self.urls)? {
            let line = say(context, "survey-handed-over", &[("url", &url)]);
            let asked = Wish::ApproveSurvey {
                url,
                by: self.approve_by.clone().unwrap_or_default(),
                note: self.note.clone(),
            };
            wish(self.place.folder(), &asked)?;
            print_line(&line);
        }
        Ok(exit_code::DONE)
    }

    /// Returns a page of each site that is meant: what is kept is kept for the host.
    fn sites(&self, folder: &WatchFolder) -> anyhow::Result<Vec<String>> {
        sites_of(&folder.targets()?, &self.urls)
    }

    fn print(
        &self,
        context: &Context,
        target: Option<&Target>,
        found: &Survey,
    ) -> anyhow::Result<()> {
        if self.json {
            let line = serde_json::to_string(&value_of(found))?;
            println!("{}", verdicts::visible_json(&line));
            return Ok(());
        }
        for (number, line) in lines_of(context, found).iter().enumerate() {
            match line.strip_prefix("  - ") {
                Some(reason) => print_item("  - ", reason),
                None => print_said(line),
            }
            if let Some(target) = target.filter(|_| number == 0) {
                print_owner(context, target, found.judgement.verdict);
            }
        }
        if let Some(by) = &self.approve_by {
            println!("  {}", say(context, "survey-approved", &[("by", by)]));
        }
        Ok(())
    }
}

/// What several surveys have come to so far.
struct Round {
    /// Whose the sites are, by what stands for each beside its pages.
    owners: BTreeMap<String, Target>,
    told: Told,
    heard: HeardOf,
    /// Sites that were surveyed.
    done: BTreeSet<String>,
    /// Sites of which something was heard after they were surveyed.
    news: BTreeSet<String>,
    code: Option<Code>,
}

impl Round {
    fn take(&mut self, host: &str, found: &Survey, is_approved: bool) {
        self.heard.learn(host, found);
        self.done.insert(heard_as(host));
        let verdict = found.judgement.verdict;
        if !is_approved {
            let news = self.heard.take(host, &found.leads_to);
            self.news.extend(news.intersection(&self.done).cloned());
        }
        if verdict.wants_person() {
            self.code = Some(exit_code::FOUND);
        } else if could_not_look(verdict) && self.code.is_none() {
            self.code = Some(exit_code::INCOMPLETE);
        }
    }
}

/// Returns a page of each site that is meant; of all where none is named.
fn sites_of(targets: &[Target], urls: &[String]) -> anyhow::Result<Vec<String>> {
    let mut sites = first_pages(targets);
    for url in urls {
        if !sites.contains_key(&rest_of(url)) {
            bail!(
                "no page of the site of '{url}' is under watch: add one with 'tocsin watch web add'"
            );
        }
    }
    let is_meant = |rest: &String| urls.is_empty() || urls.iter().any(|url| rest_of(url) == *rest);
    sites.retain(|rest, _| is_meant(rest));
    Ok(sites
        .into_values()
        .map(|target| target.url.clone())
        .collect())
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
