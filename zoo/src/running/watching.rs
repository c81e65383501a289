//! One page under watch, added and checked as `tocsin watch web` does it. The only file that knows how the watch is called.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use visit::{Limits, Manners, Names, Outcome, Permission, VisitSettings, Visitor, Web};
use watch::{
    Approval, Check, Depth, Last, PageMemory, Reason, SiteFacts, Verdict, check, read_page,
};

use super::tally::Place;
use crate::serving::Served;

/// A page under watch.
pub struct Target {
    /// Which page.
    pub place: Place,
    url: String,
    memory: PageMemory,
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
    /// How long it took, waiting included.
    pub took: Duration,
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
    /// Puts a page under watch: looked at twice, as `tocsin watch web add` does.
    pub async fn add(web: &Web, place: Place, url: String) -> Result<Self> {
        let (page, facts) = look(web, &url).await?;
        let (again, _) = look(web, &url).await?;
        let mut memory = PageMemory::begin(approval(page), facts);
        memory.learn(&again);
        Ok(Self {
            place,
            url,
            memory,
            last: None,
        })
    }

    /// Checks it, and learns as `tocsin watch web check` does.
    pub async fn check(&mut self, web: &Web, depth: Depth) -> (Seen, Check) {
        let started = Instant::now();
        let check = check(web, &self.url, &self.memory, self.last.as_ref(), depth).await;
        let verdict = check.judgement.verdict;
        if matches!(verdict, Verdict::Unchanged | Verdict::Ordinary)
            && let Some(page) = &check.page
        {
            self.memory.learn(page);
            self.memory.site.learn(&check.site);
        }
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
            took: started.elapsed(),
        };
        (seen, check)
    }

    /// Does what a person does who has looked and found everything in order.
    pub fn approve(&mut self, check: Check) {
        let is_page = check
            .visits
            .first()
            .is_some_and(|visit| matches!(visit.outcome, Outcome::Page(_)));
        match check.page {
            Some(page) if is_page => self.memory.approve(approval(page), &check.site),
            _ => self.memory.site.learn(&check.site),
        }
    }
}

async fn look(web: &Web, url: &str) -> Result<(pages::PageModel, SiteFacts)> {
    let visit = web.visit(url, Visitor::Watch, None).await;
    let facts = SiteFacts::of(&visit);
    match &visit.outcome {
        Outcome::Page(page) if page.status < 400 => Ok((read_page(page), facts)),
        outcome => bail!("look at '{url}': {outcome:?}"),
    }
}

fn approval(page: pages::PageModel) -> Approval {
    Approval {
        page,
        by: "a simulated person".to_owned(),
        at: 0,
        note: String::new(),
    }
}
