//! What was added to a page that works on visitors or leads them away: origins and scripts.

use std::collections::BTreeSet;

use pages::{Comparison, InlineScript, PageModel, Use, UseKind};

use super::Judging;
use super::lines::Fit;
use crate::verdict::{Reason, Verdict};

/// Links to strangers in a place where none stood, from which they are no partner's.
const FARM_LINKS: usize = 5;
/// Ways on of one page that are told: browsers take the first.
const REFRESHES_MAX: usize = 10;

impl Judging<'_> {
    /// What was added that works on visitors or leads them away.
    pub(super) fn additions(&mut self, page: &PageModel, comparison: &Comparison) {
        for new in &comparison.new_uses {
            if !self.is_approved(new) {
                self.new_use(new, page, comparison);
            }
        }
        self.refreshes(page);
        for script in &comparison.new_scripts {
            if !self.ground.knows_script(script) {
                self.new_script(script);
            }
        }
        self.farms(page);
    }

    pub(super) fn new_use(&mut self, new: &Use, page: &PageModel, comparison: &Comparison) {
        let origin = new.origin.clone();
        let is_own = self.is_own(&origin);
        let works = self.working(new.kind, &origin);
        match new.kind {
            UseKind::Script if !is_own => {
                self.say(works, Reason::ScriptOrigin { origin });
            }
            UseKind::Frame if !is_own || new.is_hidden => {
                let is_hidden = new.is_hidden;
                let verdict = if is_hidden {
                    Verdict::Injection
                } else if is_film(new, page) {
                    Verdict::Unexplained
                } else {
                    works
                };
                self.say(verdict, Reason::Frame { origin, is_hidden });
            }
            UseKind::Form if !is_own => {
                self.say(works, Reason::FormTarget { origin });
            }
            UseKind::Base if !is_own => {
                let use_kind = UseKind::Base;
                self.say(Verdict::Injection, Reason::Resource { use_kind, origin });
            }
            UseKind::Style | UseKind::Image | UseKind::Link
                if !new.is_hidden
                    && !self.ground.may_point_to(new.kind, &origin)
                    && !self.ground.rotates(new.region)
                    && !self.is_partner(new, comparison) =>
            {
                let reason = match new.kind {
                    UseKind::Link => Reason::Link { origin },
                    use_kind => Reason::Resource { use_kind, origin },
                };
                self.say(Verdict::Unexplained, reason);
            }
            _ => {}
        }
    }

    /// Tells whether a link is one more in a list of partners, called as the site calls such.
    fn is_partner(&self, new: &Use, comparison: &Comparison) -> bool {
        let beside = comparison.new_uses.iter().filter(|one| {
            one.kind == UseKind::Link && one.region == new.region && !self.is_own(&one.origin)
        });
        let mut called = comparison
            .regions
            .iter()
            .filter(|change| change.key == new.region)
            .flat_map(|change| &change.come)
            .peekable();
        new.kind == UseKind::Link
            && beside.count() == 1
            && self.ground.lists_strangers(new.region)
            && called.peek().is_some()
            && called.all(|line| self.ground.fit_static(line, &[], new.region) == Fit::Fits)
    }

    /// Ways on that the browser takes by itself: to a page under watch is fine, anywhere else is not.
    pub(super) fn refreshes(&mut self, page: &PageModel) {
        let known: BTreeSet<&str> = self
            .ground
            .versions()
            .flat_map(|version| &version.uses)
            .filter(|one| one.kind == UseKind::Refresh)
            .map(|one| one.url.as_str())
            .collect();
        let new = page
            .uses
            .iter()
            .filter(|one| one.kind == UseKind::Refresh && !known.contains(one.url.as_str()));
        for one in new.take(REFRESHES_MAX) {
            let origin = one.origin.clone();
            let is_own = self.is_own(&origin);
            if self.ground.site.pages.contains_key(&one.url) {
                continue;
            }
            let verdict = if is_own {
                Verdict::Injection
            } else {
                Verdict::Takeover
            };
            self.say(verdict, Reason::Refresh { origin });
        }
    }

    /// What it means that something of a stranger works on visitors: a person looks at what many sites have, and is called for
    /// anything else.
    fn working(&self, kind: UseKind, origin: &str) -> Verdict {
        if self.ground.is_common(kind, origin) {
            Verdict::Unexplained
        } else {
            Verdict::Injection
        }
    }

    pub(super) fn new_script(&mut self, script: &InlineScript) {
        let strangers: Vec<&String> = script
            .origins
            .iter()
            .filter(|origin| !self.is_own(origin))
            .collect();
        let are_common = strangers
            .iter()
            .all(|origin| self.ground.is_common(UseKind::Script, origin));
        let verdict = if script.signs.redirects && !strangers.is_empty() {
            Verdict::Takeover
        } else if script.signs.any() || !are_common {
            Verdict::Injection
        } else {
            Verdict::Unexplained
        };
        let reason = Reason::InlineScript {
            beginning: script.beginning.clone(),
            redirects: script.signs.redirects,
            decodes: script.signs.decodes,
            origins: script.origins.clone(),
        };
        self.say(verdict, reason);
    }

    /// Many links to strangers in a place that the site does not have.
    fn farms(&mut self, page: &PageModel) {
        let strangers = page.uses.iter().filter(|one| {
            one.kind == UseKind::Link
                && !self.ground.knows_place(one.region)
                && !self.ground.rotates(one.region)
                && !self.ground.may_point_to(one.kind, &one.origin)
        });
        let mut urls: BTreeSet<&str> = BTreeSet::new();
        let mut origins: BTreeSet<&str> = BTreeSet::new();
        for one in strangers {
            urls.insert(&one.url);
            origins.insert(&one.origin);
        }
        if urls.len() >= FARM_LINKS {
            for origin in origins.into_iter().take(10) {
                let origin = origin.to_owned();
                self.say(Verdict::Injection, Reason::Link { origin });
            }
        }
    }
}

/// Tells whether everything that visitors see in frames of this origin stands there as films and maps do. An honest house is new to
/// the watch before it is known; that a person looks is enough where nothing is hidden and nothing lies over the page.
fn is_film(new: &Use, page: &PageModel) -> bool {
    let mut frames = page.uses.iter().filter(|one| {
        (one.kind, one.is_hidden, &one.origin) == (UseKind::Frame, false, &new.origin)
    });
    frames.all(|one| page.films.contains(&one.url))
}
