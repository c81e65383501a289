//! What else there is on a site beside the pages under watch: intruders put pages into its folders that nobody links to and that
//! only search engines see. [`survey`] asks for site maps, listings and pages that nobody has looked at, some as a crawler, within a
//! budget; what is new comes first, and everything has its turn in time.

mod plan;

mod outcome;

mod memory;

mod addresses;

mod asking;

mod nothing;

mod site_maps;

mod listings;

mod documents;

mod finding;

mod choosing;

mod looking;

mod weighing;

mod heard;
mod trying;

use visit::Robots;

pub use self::heard::{Heard, heard_as, leads_of};
pub use self::memory::{FolderState, KnownFolder, KnownMap, KnownPage, SurveyMemory};
pub use self::outcome::{LeftOut, LeftOutWhy, Looked, News, Survey};
pub use self::plan::SurveyPlan;
pub use self::trying::read_as_everything;

use self::addresses::Own;
use self::asking::Asking;
use self::choosing::choose;
use self::finding::{Found, look_at_home, read_folders, read_site_maps, take_watched};
use self::looking::Reference;
use self::nothing::Nothing;
use self::weighing::Weighing;
use crate::checking::Means;
use crate::memory::SiteMemory;
use crate::site::SiteFacts;
use crate::verdict::{Judgement, Verdict};

/// Addresses heard of elsewhere that one survey takes in.
const ALSO_MAX: usize = 500;

/// Surveys the site of an address, by what is kept of it.
///
/// `robots.txt` is heeded for our own name, also where we ask as a crawler: what it forbids is left out, and the survey says so.
pub async fn survey(
    means: &Means<'_>,
    site_url: &str,
    site: &SiteMemory,
    memory: &SurveyMemory,
    plan: &SurveyPlan,
) -> Survey {
    let Some(own) = Own::of(site_url) else {
        return void(
            site_url,
            plan,
            Vec::new(),
            Judgement::of(Verdict::Nothing, Vec::new()),
        );
    };
    let mut asking = Asking::new(means, own, plan);
    let mut found = Found::default();
    let before = (!memory.is_first()).then_some(&memory.robots);
    let mut robots = asking.heed_robots(before).await;
    let scheme = asking.own.origin.clone();
    look_at_home(&mut asking, &mut found).await;
    if asking.own.origin != scheme {
        robots = asking.heed_robots(before).await;
    }
    if let Some(judgement) = who_answers(&asking, site, &robots) {
        return void(site_url, plan, asking.visits, judgement);
    }
    let nothing = Nothing::learn(&mut asking).await;
    if let Nothing::OutOfOrder(status) = nothing {
        return void(
            site_url,
            plan,
            asking.visits,
            weighing::out_of_order(status),
        );
    }
    take_watched(site, &asking.own, &mut found);
    for address in plan.also.iter().take(ALSO_MAX) {
        found.take_heard(address, &asking.own);
    }
    read_site_maps(&mut asking, &robots, memory, &mut found).await;
    read_folders(&mut asking, &robots, memory, &nothing, &mut found).await;
    let chosen = choose(&mut asking, memory, &found);
    let reference = Reference::of(site, memory, found.home.as_ref());
    let mut weighing = Weighing::new(memory, &nothing, &reference);
    for candidate in chosen {
        if !weighing.look(&mut asking, &candidate).await {
            break;
        }
    }
    weighing.addresses(&asking.own, &found);
    weighing.ended(asking, found, &robots)
}

/// Says what ends a survey before it begins: somebody else answers, nobody does, or the site has not said what it permits.
fn who_answers(asking: &Asking<'_>, site: &SiteMemory, robots: &Robots) -> Option<Judgement> {
    if asking.plan.heeds_robots && robots.is_unreachable {
        return Some(weighing::without_answer(&asking.visits));
    }
    let home = asking
        .visits
        .iter()
        .find(|visit| visit.url.ends_with('/'))?;
    let (verdict, reasons) = site.facts.judge(&SiteFacts::of(home));
    (verdict == Verdict::Takeover).then(|| Judgement::of(verdict, reasons))
}

/// Returns a survey from which nothing can be learned.
fn void(
    site_url: &str,
    plan: &SurveyPlan,
    visits: Vec<visit::Visit>,
    judgement: Judgement,
) -> Survey {
    Survey {
        site: site_url.to_owned(),
        at: plan.now,
        judgement,
        looked: Vec::new(),
        news: News::default(),
        left_out: Vec::new(),
        leads_to: std::collections::BTreeSet::new(),
        visits,
        lesson: outcome::Lesson {
            is_void: true,
            ..outcome::Lesson::default()
        },
    }
}
