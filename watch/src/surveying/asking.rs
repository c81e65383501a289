//! Requests of one survey: within its budget and its time, with the pauses that the site asks for, and where it permits them.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::time::Instant;
use visit::{Page, Robots, Visit, Visitor};

use super::addresses::Own;
use super::outcome::{LeftOut, LeftOutWhy};
use super::plan::SurveyPlan;
use crate::checking::Means;

/// Paths that a survey says it left out.
const LEFT_OUT_MAX: usize = 200;

/// What requests are made with, and what has come of them.
pub(super) struct Asking<'a> {
    pub(super) own: Own,
    pub(super) plan: &'a SurveyPlan,
    pub(super) visits: Vec<Visit>,
    pub(super) left_out: Vec<LeftOut>,
    means: &'a Means<'a>,
    robots: Arc<Robots>,
    left: usize,
    next_at: Instant,
    deadline: Instant,
    told: BTreeSet<String>,
}

/// What a site answered.
pub(super) struct Asked {
    /// The page, with its body.
    pub(super) page: Page,
    /// Which visit of the survey it was.
    pub(super) visit: usize,
}

impl<'a> Asking<'a> {
    /// Begins with the whole budget.
    pub(super) fn new(means: &'a Means<'a>, own: Own, plan: &'a SurveyPlan) -> Self {
        let now = Instant::now();
        Self {
            own,
            plan,
            visits: Vec::new(),
            left_out: Vec::new(),
            means,
            robots: Arc::default(),
            left: plan.requests,
            next_at: now,
            deadline: now + plan.time,
            told: BTreeSet::new(),
        }
    }

    /// Asks what the site asks of us, unless that was asked on this day. Where the file cannot be had, what was asked before
    /// still holds.
    pub(super) async fn heed_robots(&mut self, before: Option<&Robots>) -> Arc<Robots> {
        let (robots, visit) = self.means.web.robots(&self.own.url_of("/")).await;
        if let Some(mut visit) = visit {
            if let visit::Outcome::Page(page) = &mut visit.outcome {
                page.body = Vec::new();
            }
            self.left = self.left.saturating_sub(visit.hops.len());
            self.visits.push(visit);
        }
        self.robots = match before {
            Some(before) if robots.is_unreachable => Arc::new(before.clone()),
            _ => robots,
        };
        Arc::clone(&self.robots)
    }

    /// Tells whether the site permits that a path is visited; where it does not, the survey says so.
    pub(super) fn may(&mut self, path: &str) -> bool {
        let may = !self.plan.heeds_robots || self.robots.allows(path);
        if !may {
            self.leave_out(path, LeftOutWhy::Robots);
        }
        may
    }

    /// Tells whether there is something left of the budget and of the time.
    pub(super) fn can_go_on(&self) -> bool {
        self.left > 0 && Instant::now() < self.deadline
    }

    /// Tells how many requests are left.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Says that something was left out.
    pub(super) fn leave_out(&mut self, path: &str, why: LeftOutWhy) {
        if self.left_out.len() < LEFT_OUT_MAX && self.told.insert(path.to_owned()) {
            let path = path.to_owned();
            self.left_out.push(LeftOut { path, why });
        }
    }

    /// Asks for a path as somebody.
    pub(super) async fn ask(&mut self, path: &str, visitor: Visitor) -> Option<Asked> {
        if !self.may(path) {
            return None;
        }
        if !self.can_go_on() {
            self.leave_out(path, LeftOutWhy::Budget);
            return None;
        }
        if let Some(pause) = self.robots.pause {
            let pause = pause.min(self.plan.pause_max);
            tokio::time::sleep_until(self.next_at.min(self.deadline)).await;
            self.next_at = Instant::now() + pause;
        }
        let url = self.own.url_of(path);
        let mut visit = self.means.web.visit(&url, visitor, None).await;
        self.left = self.left.saturating_sub(visit.hops.len().max(1));
        // The body goes on to whoever reads it, and comes back where it is evidence.
        let page = match &mut visit.outcome {
            visit::Outcome::Page(page) => {
                let body = std::mem::take(&mut page.body);
                Some(Page {
                    body,
                    ..page.clone()
                })
            }
            visit::Outcome::Failed(_) | visit::Outcome::Unchanged => None,
        };
        self.visits.push(visit);
        let visit = self.visits.len() - 1;
        page.map(|page| Asked { page, visit })
    }

    /// Gives the body of a page back to its visit, as evidence.
    pub(super) fn keep(&mut self, asked: Asked) {
        if let Some(visit::Outcome::Page(page)) = self
            .visits
            .get_mut(asked.visit)
            .map(|visit| &mut visit.outcome)
        {
            page.body = asked.page.body;
        }
    }
}
