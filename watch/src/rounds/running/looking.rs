//! Looks under way: first what costs little, and only where that finds something else the whole funnel.

use std::net::IpAddr;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use visit::{Visit, Visitor};

use super::watch_loop::Running;
use crate::checking::{Check, Depth, Means, go_on};
use crate::memory::SiteMemory;
use crate::rounds::schedule::{After, Job, Look, PageId};
use crate::surveying::Survey;

/// A look under way.
pub(super) type LookUnderWay<'r> = LocalBoxFuture<'r, Ended>;

/// What a look came to.
pub(super) enum Ended {
    /// Everything was looked at and judged.
    Checked {
        page: PageId,
        look: Look,
        check: Box<Check>,
        memory: Box<SiteMemory>,
    },
    /// The page is as it was at the look before.
    Same {
        page: PageId,
        look: Look,
        address: Option<IpAddr>,
    },
    /// A site was surveyed.
    Surveyed { site: PageId, found: Box<Survey> },
    /// Something else came: it has to be read and judged.
    Visited {
        page: PageId,
        look: Look,
        visit: Box<Visit>,
    },
}

impl<'r> Running<'r> {
    /// Begins a look.
    pub(super) fn look(&mut self, job: Job) -> Option<LookUnderWay<'r>> {
        let (page, look) = (job.page, job.look);
        if look == Look::Survey {
            return self.begin_survey(page);
        }
        let Some(watched) = self.pages.get(&page) else {
            let now = self.now();
            self.schedule.done(page, None, After::Usual, now);
            return None;
        };
        let web = self.means.web;
        let url = watched.url.clone();
        let kept = watched.kept.clone().filter(|_| look == Look::Quick);
        let ended = async move {
            let known = kept.as_ref().map(crate::rounds::Kept::known);
            let visit = web.visit(&url, Visitor::Watch, known).await;
            if kept.is_some_and(|kept| kept.is_shown_by(&visit)) {
                let address = address_of(&visit);
                return Ended::Same {
                    page,
                    look,
                    address,
                };
            }
            // A page that is not sent because it is as before is wanted whole when somebody else answers for it.
            let is_sent = !matches!(visit.outcome, visit::Outcome::Unchanged);
            let visit = if is_sent {
                visit
            } else {
                web.visit(&url, Visitor::Watch, None).await
            };
            let visit = Box::new(visit);
            Ended::Visited { page, look, visit }
        };
        Some(ended.boxed_local())
    }

    /// Goes on with a look that found something else, with what is kept of the site on the disk.
    pub(super) fn look_closer(
        &mut self,
        page: PageId,
        look: Look,
        visit: Visit,
    ) -> Option<LookUnderWay<'r>> {
        let url = self.pages.get(&page)?.url.clone();
        let memory = match self.folder.memory(&url) {
            Ok(memory) => memory.unwrap_or_default(),
            Err(error) => {
                self.problem(&domain::chain(&error));
                let now = self.now();
                self.schedule
                    .done(page, address_of(&visit), After::Usual, now);
                return None;
            }
        };
        let means = Means {
            now: self.clock.now(),
            ..self.means
        };
        let checked = async move {
            let check = go_on(&means, visit, &memory, None, depth_of(look)).await;
            Ended::Checked {
                page,
                look,
                check: Box::new(check),
                memory: Box::new(memory),
            }
        };
        Some(checked.boxed_local())
    }
}

/// Returns where the site was found.
pub(super) fn address_of(visit: &Visit) -> Option<IpAddr> {
    let first = visit.hops.first()?;
    first.address.map(|address| address.ip())
}

fn depth_of(look: Look) -> Depth {
    match look {
        Look::Quick => Depth::Quick,
        Look::Whole | Look::Survey => Depth::Whole,
        Look::Visitors => Depth::Visitors,
    }
}
