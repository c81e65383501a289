//! What it means that another visitor is shown another page: cloaking is what they are shown, twice, and neither we nor they were
//! shown before. That they are shown less, or in another layout, is no reason.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use pages::{
    Comparison, InlineScript, PageModel, Subject, Tongue, UseKind, compare, find_terms, tongue_of,
};
use visit::Visitor;

use super::ground::Ground;
use super::lines::Fit;
use super::words::says_something;
use crate::verdict::{Judgement, Reason, Verdict};
use crate::wording::{count_mixed_words, words_of};

/// Links to strangers for one visitor alone from which they are no shop of applications.
const LINKS_CLOAKED: usize = 3;
/// Of what a visitor is shown, the share that nobody else is shown, from which it is another page.
const ANOTHER_SHARE: f64 = 0.5;
/// Lines from which a share says something.
const ANOTHER_LINES: usize = 8;
/// Words of a title for one visitor that the site does not use.
const TITLE_UNKNOWN: usize = 2;
/// Words of a line for one visitor that the site does not use.
const LINE_UNKNOWN: usize = 3;
/// Hidden things for one visitor that are told.
const HIDDEN_TOLD: usize = 20;
/// Lines that people are shown.
const LINES_SHOWN: usize = 5;

/// What one visitor was shown, twice.
#[derive(Clone, Copy, Debug)]
pub struct Views<'v> {
    /// Who.
    pub visitor: Visitor,
    /// The first look.
    pub first: &'v PageModel,
    /// The second look.
    pub second: &'v PageModel,
}

/// Says what it means that another visitor is shown `theirs` where we are shown `ours`.
pub fn judge_views(ground: &Ground<'_>, ours: &Views<'_>, theirs: &Views<'_>) -> Judgement {
    let mut comparing = Comparing {
        ground,
        ours,
        theirs,
        tongues: OnceCell::new(),
        verdict: Verdict::Unchanged,
        reasons: Vec::new(),
    };
    comparing.uses();
    comparing.scripts();
    comparing.title();
    comparing.lines();
    comparing.hidden();
    comparing.words();
    let comparison = if comparing.reasons.is_empty() {
        Comparison::default()
    } else {
        compare(ours.first, theirs.first)
    };
    Judgement {
        verdict: comparing.verdict,
        reasons: comparing.reasons,
        comparison,
    }
}

struct Comparing<'c> {
    ground: &'c Ground<'c>,
    ours: &'c Views<'c>,
    theirs: &'c Views<'c>,
    /// The languages that we are shown, where something asks for them.
    tongues: OnceCell<Vec<Tongue>>,
    verdict: Verdict,
    reasons: Vec<Reason>,
}

impl Comparing<'_> {
    fn say(&mut self, verdict: Verdict, reason: Reason) {
        self.verdict = self.verdict.max(verdict);
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    /// Origins that only they are given.
    fn uses(&mut self) {
        let mut links: BTreeSet<&str> = BTreeSet::new();
        for one in &self.theirs.first.uses {
            let is_same =
                |other: &&pages::Use| other.kind == one.kind && other.origin == one.origin;
            let has = |page: &PageModel| page.uses.iter().any(|other| is_same(&other));
            if !has(self.theirs.second)
                || has(self.ours.first)
                || has(self.ours.second)
                || self.ground.is_own(&one.origin)
                || self.ground.is_approved(one.kind, &one.origin, false)
                || self.ground.is_approved(one.kind, &one.origin, true)
            {
                continue;
            }
            let (use_kind, origin) = (one.kind, one.origin.clone());
            let is_common = self.ground.is_common(one.kind, &one.origin);
            match one.kind {
                UseKind::Link if self.ground.may_point_to(one.kind, &one.origin) => {}
                UseKind::Link => {
                    links.insert(&one.url);
                    self.say(Verdict::Unexplained, Reason::Link { origin });
                }
                UseKind::Image | UseKind::Style => {}
                UseKind::Base
                | UseKind::Form
                | UseKind::Frame
                | UseKind::Refresh
                | UseKind::Script => {
                    let verdict = if is_common {
                        Verdict::Unexplained
                    } else {
                        Verdict::Cloaking
                    };
                    self.say(verdict, Reason::Resource { use_kind, origin });
                }
            }
        }
        if links.len() >= LINKS_CLOAKED {
            self.verdict = Verdict::Cloaking;
        }
    }

    /// Scripts that only they are given, and that do what intruders' scripts do.
    fn scripts(&mut self) {
        for script in &self.theirs.first.scripts {
            let has = |page: &PageModel| page.scripts.iter().any(|one| one.shape == script.shape);
            if has(self.theirs.second)
                && !has(self.ours.first)
                && !has(self.ours.second)
                && script.signs.any()
                && !self.ground.knows_script(script)
            {
                self.say(Verdict::Cloaking, told(script));
            }
        }
    }

    /// A title that only they are given, with words that are not the site's.
    fn title(&mut self) {
        let title = &self.theirs.first.title;
        let mut known = self.ground.versions().map(|version| &version.title);
        if *title != self.theirs.second.title
            || *title == self.ours.first.title
            || *title == self.ours.second.title
            || known.any(|one| one == title)
        {
            return;
        }
        let is_strange = if self.ground.is_first_look() {
            self.is_alien_at_first(title) || self.shares_no_word(title)
        } else {
            self.ground.count(title).unknown >= TITLE_UNKNOWN
        };
        if is_strange {
            let reason = Reason::Title {
                from: self.ours.first.title.clone(),
                to: title.clone(),
            };
            self.say(Verdict::Cloaking, reason);
        }
    }

    /// Tells whether a title has no word of those that we are shown.
    fn shares_no_word(&self, title: &str) -> bool {
        let ours = [self.ours.first, self.ours.second];
        let known: HashSet<String> = ours
            .into_iter()
            .flat_map(|page| words_of(&page.title))
            .collect();
        words_of(title).next().is_some() && !words_of(title).any(|word| known.contains(&word))
    }

    /// Lines that only they are given.
    fn lines(&mut self) {
        let again: HashSet<u64> = digests(self.theirs.second).collect();
        let usual: HashSet<u64> = digests(self.ours.first)
            .chain(digests(self.ours.second))
            .collect();
        let (mut all, mut new, mut alien) = (0_usize, Vec::new(), Vec::new());
        for region in &self.theirs.first.regions {
            for item in &region.items {
                all += 1;
                if !again.contains(&item.digest)
                    || usual.contains(&item.digest)
                    || self.ground.knows_text(&item.text)
                {
                    continue;
                }
                new.push(item.text.clone());
                let count = self.ground.count(&item.text);
                let is_strange = count.unknown >= LINE_UNKNOWN && count.is_mostly_unknown();
                let is_alien = if self.ground.is_first_look() {
                    self.is_alien_at_first(&item.text)
                } else {
                    is_strange || self.ground.fit_list(&item.text, region.key) == Fit::Alien
                };
                if is_alien {
                    alien.push(item.text.clone());
                }
            }
        }
        if !alien.is_empty() {
            self.say(Verdict::Cloaking, self.for_others(&alien));
        } else if new.len() >= ANOTHER_LINES && share(new.len(), all) > ANOTHER_SHARE {
            self.say(Verdict::Unexplained, self.for_others(&new));
        }
    }

    /// Tells whether a line is nobody's of the site, as long as hardly a word of the site is known. A question about cookies for those
    /// who come from a search engine is no reason to refuse a site; somebody's wares and another language are.
    fn is_alien_at_first(&self, line: &str) -> bool {
        let usual = [Tongue::Vietnamese, Tongue::English];
        let is_foreign = tongue_of(line).is_some_and(|tongue| {
            !usual.contains(&tongue) && !self.our_tongues().contains(&tongue)
        });
        is_foreign || count_mixed_words(line) > 0 || says_something(line)
    }

    /// Returns the languages that we are shown.
    fn our_tongues(&self) -> &[Tongue] {
        self.tongues.get_or_init(|| {
            let ours = [self.ours.first, self.ours.second];
            ours.into_iter().flat_map(PageModel::tongues).collect()
        })
    }

    /// Hidden things that only they are given: for a program, what nobody sees is written for it. Telephones have menus of their
    /// own, which are hidden and lead to shops of applications.
    fn hidden(&mut self) {
        let texts = |page: &PageModel| -> HashSet<String> {
            page.hidden.iter().map(|one| one.text.clone()).collect()
        };
        let again = texts(self.theirs.second);
        let ours = [self.ours.first, self.ours.second];
        let usual: HashSet<String> = ours.into_iter().flat_map(texts).collect();
        let uses = ours.into_iter().flat_map(|page| &page.uses);
        let our_origins: HashSet<&str> = uses.map(|one| one.origin.as_str()).collect();
        // A page can name one origin in ten thousand hidden things.
        let mut strangers: HashMap<&str, bool> = HashMap::new();
        let (ground, is_phone) = (self.ground, self.theirs.visitor == Visitor::Phone);
        let mut told = 0;
        for hidden in &self.theirs.first.hidden {
            if !again.contains(&hidden.text) {
                continue;
            }
            let is_new = !usual.contains(&hidden.text) && !ground.knows_text(&hidden.text);
            let is_stranger = |origin: &str| {
                !our_origins.contains(origin) && !ground.may_point_to(UseKind::Link, origin)
            };
            let leads_away = !is_phone
                && hidden
                    .link_origins
                    .iter()
                    .any(|one| *strangers.entry(one).or_insert_with(|| is_stranger(one)));
            if (is_new && says_something(&hidden.text)) || leads_away {
                let reason = Reason::HiddenText {
                    path: hidden.path.clone(),
                    text: hidden.text.clone(),
                    link_origins: hidden.link_origins.clone(),
                };
                self.say(Verdict::Cloaking, reason);
                told += 1;
            }
            if told >= HIDDEN_TOLD {
                return;
            }
        }
    }

    /// Words of intruders that only they are given.
    fn words(&mut self) {
        let terms_of = |page: &PageModel| -> BTreeSet<String> {
            let terms = find_terms(&page.whole_text());
            let heavy = terms.into_iter().filter(|term| term.weight > 1);
            heavy.map(|term| term.word).collect()
        };
        let theirs = terms_of(self.theirs.first);
        if theirs.is_empty() {
            return;
        }
        let (again, ours) = (terms_of(self.theirs.second), terms_of(self.ours.first));
        let ours_again = terms_of(self.ours.second);
        let is_theirs = |word: &String| {
            again.contains(word) && !ours.contains(word) && !ours_again.contains(word)
        };
        let words: Vec<String> = theirs.into_iter().filter(is_theirs).collect();
        if !words.is_empty() {
            let subject = Subject::Betting;
            self.say(Verdict::Cloaking, Reason::Terms { subject, words });
        }
    }

    fn for_others(&self, lines: &[String]) -> Reason {
        let shown: Vec<String> = lines
            .iter()
            .take(LINES_SHOWN)
            .map(|line| line.chars().take(200).collect())
            .collect();
        Reason::ForOthers {
            visitor: self.theirs.visitor,
            text: shown.join(" / "),
        }
    }
}

fn digests(page: &PageModel) -> impl Iterator<Item = u64> {
    let items = page.regions.iter().flat_map(|region| &region.items);
    items.map(|item| item.digest)
}

fn told(script: &InlineScript) -> Reason {
    Reason::InlineScript {
        beginning: script.beginning.clone(),
        redirects: script.signs.redirects,
        decodes: script.signs.decodes,
        origins: script.origins.clone(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a page are small")]
fn share(count: usize, all: usize) -> f64 {
    count as f64 / all.max(1) as f64
}
