//! `tocsin watch web campaigns`: the same addition on several members, from the evidence.

use std::collections::BTreeMap;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use watch::across::{CampaignRules, Sighting, Standing, added_by, find_campaigns};
use watch::keeping::{Link, host_of, verify_chain};
use watch::rounds::saved_members;
use watch::{Judgement, Verdict};

use super::output::{print_said, say};
use super::run::campaign_words;
use super::web::Place;
use crate::commands::Context;
use crate::commands::print_json;
use crate::exit_code::{self, Code};

/// Examples of `tocsin watch web campaigns`.
pub const EXAMPLES: &str = "\
Example:
  tocsin watch web campaigns --hours 24 --json

It reads the evidence, also of a watch that runs. Members that have the same as those hit are named in the order in which to call
them. A change that is in order on one of the sites is shown as the same change, not as an attack.

Exit codes: 0 no attack; 1 there is one; 3 could not run.";

/// `tocsin watch web campaigns`
#[derive(Args)]
pub struct CampaignsArguments {
    #[command(flatten)]
    place: Place,
    /// How far back.
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    hours: u32,
    /// The longest time from one site to the next.
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    within: u32,
    /// For programs: one list.
    #[arg(long)]
    json: bool,
}

/// Runs `tocsin watch web campaigns`.
pub fn run(arguments: &CampaignsArguments, context: &Context) -> anyhow::Result<Code> {
    let folder = arguments.place.folder();
    let back = SignedDuration::from_hours(i64::from(arguments.hours));
    let since = context.clock.now().checked_sub(back)?;
    let mut seen = Seen::default();
    verify_chain(&folder.join("evidence.jsonl"), &mut |link| {
        seen.take(&link, since);
    })?;
    let rules = CampaignRules {
        within: SignedDuration::from_mins(i64::from(arguments.within)),
        ..CampaignRules::default()
    };
    let campaigns = find_campaigns(&seen.sightings(), &saved_members(folder)?, &rules);
    if arguments.json {
        print_json(&campaigns)?;
    } else if campaigns.is_empty() {
        println!("{}", say(context, "watch-campaign-none", &[]));
    }
    for campaign in campaigns.iter().filter(|_| !arguments.json) {
        for line in campaign_words(context, campaign) {
            print_said(&line);
        }
    }
    let is_attack = |one: &watch::across::Campaign| one.kind == watch::across::CampaignKind::Attack;
    Ok(if campaigns.iter().any(is_attack) {
        exit_code::FOUND
    } else {
        exit_code::DONE
    })
}

/// What the evidence says, a sighting for each line, until a person says that it is in order.
#[derive(Default)]
struct Seen {
    by_page: BTreeMap<String, Vec<Sighting>>,
}

impl Seen {
    fn take(&mut self, link: &Link, since: Timestamp) {
        let entry = &link.entry;
        if entry.at < since {
            return;
        }
        let of_page = self.by_page.entry(link.about().into_owned()).or_default();
        let is_approved = entry.body.get("approval").is_some_and(|one| !one.is_null());
        match entry.event.as_str() {
            "check" | "survey" if !is_approved => {
                let Some(judgement) = judgement_in(&entry.body) else {
                    return;
                };
                let standing = match judgement.verdict {
                    Verdict::Announced => Standing::InOrder,
                    verdict if verdict.is_alarm() => Standing::Alarm,
                    Verdict::Unexplained => Standing::Unexplained,
                    _ => return,
                };
                of_page.push(Sighting {
                    site: host_of(&entry.target),
                    at: entry.at,
                    added: added_by(&judgement),
                    standing,
                });
            }
            // What was seen last is what the person approved.
            "approval" | "survey" => {
                if let Some(last) = of_page.last_mut() {
                    last.standing = Standing::InOrder;
                }
            }
            _ => {}
        }
    }

    fn sightings(self) -> Vec<Sighting> {
        self.by_page.into_values().flatten().collect()
    }
}

/// Reads what was said from a line: all of it, or the verdict and the first reasons.
fn judgement_in(body: &serde_json::Value) -> Option<Judgement> {
    if let Some(judgement) = body.get("judgement") {
        return serde_json::from_value(judgement.clone()).ok();
    }
    let verdict = serde_json::from_value(body.get("verdict")?.clone()).ok()?;
    let reasons = serde_json::from_value(body.get("reasons")?.clone()).ok()?;
    Some(Judgement::of(verdict, reasons))
}
