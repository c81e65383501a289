//! When a page has its turns, and in which order the pages of one server have theirs.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::quiet::Quiet;
use super::rhythm::Rhythm;
use super::schedule::{After, Look, Moment};

/// Until a look as deep as the one that raised an alarm, while the alarm lasts.
const DEEP_AGAIN: Duration = Duration::from_mins(30);
/// The same for surveys, each of which asks for some forty pages.
const SURVEY_AGAIN: Duration = Duration::from_hours(2);
/// What has no turn.
const NEVER: Moment = Moment::MAX;

#[derive(Debug)]
pub(super) struct Page {
    pub(super) host: u32,
    pub(super) quiet: Option<Quiet>,
    pub(super) quick_at: Moment,
    pub(super) whole_at: Moment,
    pub(super) visitors_at: Moment,
    pub(super) survey_at: Moment,
    pub(super) confirm: Option<(Moment, Look)>,
    /// Since when it is looked at often.
    pub(super) often_since: Option<Moment>,
    /// When its job has begun, while there is one.
    pub(super) begun: Option<Moment>,
    /// Under which moment it stands in the queue of its server.
    pub(super) queued: Option<(Moment, bool)>,
    /// Whether it stands for the whole site, and has surveys only.
    pub(super) is_site: bool,
    pub(super) is_removed: bool,
}

#[derive(Debug, Default)]
pub(super) struct Server {
    pub(super) address: Option<IpAddr>,
    /// How many hosts are there.
    pub(super) hosts: u32,
    pub(super) free_at: Moment,
    pub(super) is_busy: bool,
    /// When its last survey ended: what is late because of one is not told as late.
    pub(super) surveyed_at: Moment,
    /// Confirmations: they go first, and there is one for a page at most.
    pub(super) urgent: BTreeSet<(Moment, u32)>,
    pub(super) usual: BTreeSet<(Moment, u32)>,
    pub(super) listed_at: Option<Moment>,
}

impl Page {
    /// A page that has no turns yet.
    pub(super) fn of(host: u32, quiet: Option<Quiet>) -> Self {
        Self {
            host,
            quiet,
            quick_at: NEVER,
            whole_at: NEVER,
            visitors_at: NEVER,
            survey_at: NEVER,
            confirm: None,
            often_since: None,
            begun: None,
            queued: None,
            is_site: false,
            is_removed: false,
        }
    }

    /// Plans what follows from a look that has ended.
    pub(super) fn plan(&mut self, rhythm: &Rhythm, after: After, begun: Moment, now: Moment) {
        if self.is_site {
            self.plan_survey(rhythm, after, now);
            return;
        }
        if !matches!(after, After::Often(_)) {
            self.often_since = None;
        }
        match after {
            After::Usual | After::SurveyIn(_) => {}
            After::Confirm(look) => {
                let look = self.confirm.map_or(look, |(_, wanted)| wanted.max(look));
                self.confirm = Some((now + rhythm.confirm_after, look));
            }
            After::Often(look) => {
                let since = *self.often_since.get_or_insert(now);
                if now < since + rhythm.often_for {
                    self.quick_at = self.quick_at.min(begun + rhythm.often.max(rhythm.pause));
                }
                let soon = now + DEEP_AGAIN;
                match look {
                    Look::Quick | Look::Survey => {}
                    Look::Whole => self.whole_at = self.whole_at.min(soon),
                    Look::Visitors => self.visitors_at = self.visitors_at.min(soon),
                }
            }
            After::BackOff(failures) => {
                let later = begun + rhythm.backed_off(failures);
                self.quick_at = self.quick_at.max(later);
                self.whole_at = self.whole_at.max(later);
                self.visitors_at = self.visitors_at.max(later);
            }
        }
    }

    fn plan_survey(&mut self, rhythm: &Rhythm, after: After, now: Moment) {
        match after {
            After::Usual | After::BackOff(_) => {}
            After::Confirm(_) => self.confirm = Some((now + rhythm.confirm_after, Look::Survey)),
            After::Often(_) => self.survey_at = self.survey_at.min(now + SURVEY_AGAIN),
            After::SurveyIn(time) => self.survey_at = now + time,
        }
    }

    /// Puts off what quiet hours forbid.
    pub(super) fn put_off(&mut self, everything: bool, later: Moment) {
        self.visitors_at = self.visitors_at.max(later);
        self.survey_at = self.survey_at.max(later);
        if everything {
            self.quick_at = self.quick_at.max(later);
            self.whole_at = self.whole_at.max(later);
        }
        if let Some((at, look)) = self.confirm
            && (everything || look > Look::Whole)
        {
            self.confirm = Some((at.max(later), look));
        }
    }

    /// Returns when it is due, and whether that is urgent.
    pub(super) fn due(&self) -> (Moment, bool) {
        let usual = self
            .quick_at
            .min(self.whole_at)
            .min(self.visitors_at)
            .min(self.survey_at);
        match self.confirm {
            Some((at, _)) => (at.min(usual), true),
            None => (usual, false),
        }
    }

    /// Returns the deepest look that is due; surveys wait for their turn after an alarm is confirmed.
    pub(super) fn deepest(&self, now: Moment) -> Look {
        let confirm = self.confirm.filter(|(at, _)| *at <= now);
        if let Some((_, look)) = confirm {
            look
        } else if self.survey_at <= now {
            Look::Survey
        } else if self.visitors_at <= now {
            Look::Visitors
        } else if self.whole_at <= now {
            Look::Whole
        } else {
            Look::Quick
        }
    }
}

impl Server {
    pub(super) fn queue(&mut self, is_urgent: bool) -> &mut BTreeSet<(Moment, u32)> {
        if is_urgent {
            &mut self.urgent
        } else {
            &mut self.usual
        }
    }

    /// Returns when it may be asked and has a page that is due.
    pub(super) fn next_at(&self) -> Option<Moment> {
        let firsts = [self.urgent.first(), self.usual.first()];
        let due = firsts.into_iter().flatten().map(|(due, _)| *due).min();
        due.filter(|_| !self.is_busy)
            .map(|due| due.max(self.free_at))
    }

    /// Returns the page whose turn it is.
    pub(super) fn first_due(&self, now: Moment) -> u32 {
        let is_due = |one: &&(Moment, u32)| one.0 <= now;
        let first = self.urgent.first().filter(is_due).or(self.usual.first());
        first.map_or(0, |(_, id)| *id)
    }
}
