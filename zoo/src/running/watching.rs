//! One page under watch, added and checked as `tocsin watch web` does it. The only file that knows how the watch is called.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use visit::{Limits, Manners, Names, Permission, VisitSettings, Web};
use watch::{
    Approver, Check, Depth, Last, Means, Reason, SiteMemory, Verdict, apply_notices, check,
    get_to_know, leads_of, say_unannounced,
};

use super::announcing::{Announced, Approval};
use super::tally::Place;
use crate::serving::Served;

/// A page under watch.
pub struct Target {
    /// Which page.
    pub place: Place,
    url: String,
    last: Option<Last>,
}

/// What a check came to.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What was said.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Requests that it took.
    pub requests: usize,
    /// Browsers that were started for it.
    pub browser_starts: usize,
    /// How long it took, waiting included.
    pub took: Duration,
    /// Where what is bad there leads to.
    pub leads_to: BTreeSet<String>,
}

/// Sets up visits to the zoo. Nobody has to be spared there.
pub fn visits(served: &Served, hosts: BTreeSet<String>) -> Result<Web> {
    let settings = VisitSettings {
        contact: "https://zoo.test/watch".to_owned(),
        limits: Limits::default(),
        manners: Manners {
            pause: Duration::ZERO,
        },
        permission: Permission { hosts },
        authorities: served.authorities.clone(),
    };
    Ok(Web::new(Names::of_servers(&[served.names])?, settings)?)
}

impl Target {
    /// Puts a page under watch, looked at as often as `tocsin watch web add` does.
    pub async fn add(
        means: &Means<'_>,
        memory: &mut SiteMemory,
        place: Place,
        url: String,
    ) -> Result<Self> {
        let looks = get_to_know(means, &url, memory, |_| true).await;
        if looks[0].page.is_none() {
            bail!("look at '{url}': {:?}", looks[0].visits);
        }
        memory.begin(&looks, &approver());
        Ok(Self {
            place,
            url,
            last: None,
        })
    }

    /// Checks it, and learns as `tocsin watch web run` does: what a notice announced counts as approved by the publisher. On a day of
    /// peace a person approves whatever calls one.
    pub async fn check(
        &mut self,
        means: &Means<'_>,
        memory: &mut SiteMemory,
        announced: &Announced,
        manner: Manner,
    ) -> (Seen, Option<Approval>) {
        let started = Instant::now();
        let Manner { depth, is_peace } = manner;
        let mut check = check(means, &self.url, memory, self.last.as_ref(), depth).await;
        let leads_to = leads_of(&check, memory.pages.get(&self.url));
        let approval = conclude(&mut check, memory, announced, is_peace);
        let verdict = check.judgement.verdict;
        if let Some(page) = check.visits.first().and_then(|visit| visit.page())
            && !verdict.wants_person()
        {
            self.last = Some(Last {
                known: page.known.clone(),
                digest: page.digest.clone(),
            });
        }
        let seen = Seen {
            verdict,
            reasons: check.judgement.reasons.clone(),
            requests: check.visits.iter().map(|visit| visit.hops.len()).sum(),
            browser_starts: check.browser_starts,
            took: started.elapsed(),
            leads_to,
        };
        (seen, approval)
    }
}

/// How a page is checked.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// How deep.
    pub depth: Depth,
    /// Whether nobody attacks the site on this day.
    pub is_peace: bool,
}

/// Applies notices, and lets the watch learn.
fn conclude(
    check: &mut Check,
    memory: &mut SiteMemory,
    announced: &Announced,
    is_peace: bool,
) -> Option<Approval> {
    if let Some(applied) = apply_notices(check, memory, &announced.notices, announced.at) {
        check.page.as_ref()?;
        memory.approve(check, &applied.approver);
        return Some(Approval::ByNotice);
    }
    if let Some(count) = announced.always {
        say_unannounced(check, count);
    }
    memory.learn(check);
    if is_peace && check.judgement.verdict.wants_person() {
        memory.approve(check, &approver());
        return Some(Approval::ByPerson);
    }
    None
}

/// Whoever has looked and found everything in order.
pub fn approver() -> Approver {
    Approver {
        by: "a simulated person".to_owned(),
        ..Approver::default()
    }
}
