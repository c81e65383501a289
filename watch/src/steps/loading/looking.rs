//! Asks for what a page loads from its own site, one file after the other, and says what has become of each.

use std::collections::BTreeSet;

use pages::{PageModel, RegionKey};
use pictures::{Likeness, Picture};
use visit::{Known, Outcome, Page, Resource, Visit, Visitor, Wanted};

use super::choosing::{Candidate, Own, candidates_of, choose};
use super::facts::FileFacts;
use super::looks::{self, judge_new_address, judge_outsiders, judge_same_address};
use super::memory::{KeptFile, Loaded, LoadedFile, Predecessor};
use super::scripts::{self, judge_script};
use super::sheets::sheets_of;
use crate::checking::{Check, Depth, Means, read_page_with};
use crate::judging::{Ground, Look, judge};
use crate::memory::SiteMemory;
use crate::verdict::{Judgement, Reason, Verdict};

/// Bytes that one check loads for a page before it leaves the rest to the next, 32 MiB.
const BYTES_MAX: usize = 32 * 1024 * 1024;
/// Seconds after which a file that replaced another is one that stays, 3 days.
const SETTLED_AFTER: i64 = 3 * 24 * 3_600;

/// Asks for what the page loads from its own site, and adds what is said of it to the check. Returns the page as it is with the
/// style sheets that came, where they are others than it was read with.
pub(crate) async fn look_at_loaded(
    means: &Means<'_>,
    memory: &SiteMemory,
    page: &PageModel,
    depth: Depth,
    check: &mut Check,
) -> Option<PageModel> {
    let ends_at = check.site.ends_at.clone();
    let own = Own::of(memory, &ends_at);
    let candidates = candidates_of(memory, &own, page);
    let seen = candidates.iter().filter(|one| one.is_seen);
    let pictures: Vec<(RegionKey, String)> =
        seen.map(|one| (one.region, one.url.clone())).collect();
    let now = means.now.as_second();
    let chosen = choose(memory, &check.url, candidates, depth, now);
    let mut looking = Looking {
        means,
        memory,
        own,
        now,
        loaded: Loaded::of(&check.url, &pictures),
        said: Judgement::of(Verdict::Unchanged, Vec::new()),
        bytes: 0,
    };
    for candidate in chosen {
        if !looking.ask(&candidate, check).await || looking.bytes > BYTES_MAX {
            break;
        }
    }
    let (loaded, said) = (looking.loaded, looking.said);
    add(&mut check.judgement, said);
    let own = Own::of(memory, &ends_at);
    if let Some((verdict, reason)) = judge_outsiders(memory, &own, page, &check.url) {
        add(&mut check.judgement, Judgement::of(verdict, vec![reason]));
    }
    let reread = reread(means, memory, page, &loaded, check).await;
    check.loaded = Some(loaded);
    reread
}

struct Looking<'l> {
    means: &'l Means<'l>,
    memory: &'l SiteMemory,
    own: Own<'l>,
    now: i64,
    loaded: Loaded,
    said: Judgement,
    bytes: usize,
}

/// What is said of a file.
type Said = (Verdict, Option<Reason>);

impl Looking<'_> {
    /// Asks for one file; tells whether others can be asked for.
    async fn ask(&mut self, candidate: &Candidate, check: &mut Check) -> bool {
        let kept = self.memory.loaded.files.get(&candidate.url);
        let known = kept.map(|kept| &kept.known);
        let mut visit = self.load(candidate, known, check).await;
        let mut file = LoadedFile {
            url: candidate.url.clone(),
            wanted: candidate.wanted,
            asked_at: self.now,
            came: None,
            verdict: Verdict::Unchanged,
        };
        let mut goes_on = true;
        match &visit.outcome {
            Outcome::Unchanged => {}
            // Whoever is in trouble is not asked for more.
            Outcome::Failed(_) => goes_on = false,
            Outcome::Page(page) => {
                self.bytes += page.body.len();
                let is_same = kept.is_some_and(|kept| kept.digest == page.digest);
                if let Some(mut came) = self.kept_of(candidate, page, kept) {
                    if !is_same {
                        let said = self.judge(candidate, page, &mut came, check).await;
                        file.verdict = said.0;
                        self.say(said);
                    }
                    file.came = Some(came);
                }
                goes_on = page.status < 500 && page.status != 429;
                if is_same {
                    // As it was, although the site sent it: not evidence of anything.
                    visit.outcome = Outcome::Unchanged;
                }
            }
        }
        check.visits.push(visit);
        self.loaded.files.push(file);
        goes_on
    }

    async fn load(&self, candidate: &Candidate, known: Option<&Known>, check: &Check) -> Visit {
        let resource = Resource {
            url: &candidate.url,
            wanted: candidate.wanted,
            named_by: &check.url,
        };
        self.means.web.load(&resource, known).await
    }

    /// Returns what would be kept of what came.
    fn kept_of(
        &self,
        candidate: &Candidate,
        page: &Page,
        kept: Option<&KeptFile>,
    ) -> Option<KeptFile> {
        let facts = match kept {
            Some(kept) if kept.digest == page.digest => kept.facts.clone(),
            _ => FileFacts::read(candidate.wanted, page)?,
        };
        let mut came = KeptFile {
            known: page.known.clone(),
            digest: page.digest.clone(),
            facts,
            asked_at: self.now,
            replaced_at: self.replaced_at(candidate, page, kept),
            varies: kept.is_some_and(|kept| kept.varies),
        };
        if let FileFacts::Script(script) = &mut came.facts
            && !self.own.has(&page.url)
        {
            // A redirect to somebody else's script is as good as a script that adds it.
            let origin = origin_of(&page.url);
            if !script.origins.contains(&origin) {
                script.origins.push(origin);
            }
            script.signs.adds = true;
        }
        Some(came)
    }

    /// Returns when a file came in the place of another, 0 where none stood there.
    fn replaced_at(&self, candidate: &Candidate, page: &Page, kept: Option<&KeptFile>) -> i64 {
        match kept {
            Some(kept) if kept.digest == page.digest => kept.replaced_at,
            Some(_) => self.now,
            None => {
                let before = self.memory.loaded.predecessor(&self.loaded.page, candidate);
                before.map_or(0, |_| self.now)
            }
        }
    }

    /// Says what a file means that is not the one that is kept.
    async fn judge(
        &self,
        candidate: &Candidate,
        page: &Page,
        came: &mut KeptFile,
        check: &mut Check,
    ) -> Said {
        let memory = &self.memory.loaded;
        let kept = memory.files.get(&candidate.url);
        if kept.is_none() && !self.memory.pages.contains_key(&check.url) {
            // Whoever puts the page under watch approves what it loads.
            return (Verdict::Unchanged, None);
        }
        let before = match kept {
            Some(_) => None,
            None => memory.predecessor(&check.url, candidate),
        };
        match &came.facts {
            FileFacts::Gone { .. } | FileFacts::OtherType { .. } => missing(candidate, kept, came),
            FileFacts::Script(facts) => {
                let version = match before {
                    Some(Predecessor::Version(kept)) => Some(kept),
                    _ => None,
                };
                let script = scripts::Came {
                    url: &candidate.url,
                    body: &page.body,
                    facts,
                    before: kept.or(version),
                };
                judge_script(self.memory, &self.own, &script)
            }
            FileFacts::Picture(picture) => {
                let picture = picture.clone();
                if let Some(FileFacts::Picture(earlier)) = kept.map(|kept| &kept.facts) {
                    let is_other = earlier.distance(&picture).likeness() == Likeness::Other;
                    if is_other && !came.varies {
                        came.varies = self.is_another_again(candidate, &picture, check).await;
                    }
                    let is_settled = kept.is_some_and(|kept| self.is_settled(kept));
                    let seen = seen(candidate, &picture, came.varies, is_settled);
                    judge_same_address(memory, &seen, earlier)
                } else {
                    // There was none under this address, or nothing that could be looked at.
                    let is_settled = before.is_none_or(|one| self.is_settled(one.kept()));
                    let seen = seen(candidate, &picture, false, is_settled);
                    judge_new_address(memory, &seen, before)
                }
            }
            FileFacts::Drawing | FileFacts::Unread { .. } => unseen(candidate, kept),
            FileFacts::Style { .. } => match kept {
                Some(_) => (Verdict::Ordinary, None),
                None => (Verdict::Unchanged, None),
            },
        }
    }

    /// Tells whether what stood there had stood for a while, or a person approved it: whoever puts up a new picture corrects it within
    /// days.
    fn is_settled(&self, kept: &KeptFile) -> bool {
        kept.replaced_at == 0 || self.now.saturating_sub(kept.replaced_at) >= SETTLED_AFTER
    }

    /// Asks once more for a picture that is another: some are another each time, as weather and counters are.
    async fn is_another_again(
        &self,
        candidate: &Candidate,
        first: &Picture,
        check: &mut Check,
    ) -> bool {
        let visit = self.load(candidate, None, check).await;
        let again = visit
            .page()
            .and_then(|page| FileFacts::read(Wanted::Picture, page));
        let varies = match again {
            Some(FileFacts::Picture(again)) => first.distance(&again).likeness() != Likeness::Same,
            _ => false,
        };
        check.visits.push(visit);
        varies
    }

    fn say(&mut self, (verdict, reason): Said) {
        add(
            &mut self.said,
            Judgement::of(verdict, reason.into_iter().collect()),
        );
    }
}

fn seen<'c>(
    candidate: &'c Candidate,
    picture: &'c Picture,
    varies: bool,
    is_settled: bool,
) -> looks::Came<'c> {
    looks::Came {
        url: &candidate.url,
        picture,
        is_leading: candidate.is_leading,
        varies,
        is_settled,
    }
}

/// Says what it means that a file is gone, or something else: a page without its code, or without the picture that all see first,
/// is looked at by a person.
fn missing(candidate: &Candidate, kept: Option<&KeptFile>, came: &KeptFile) -> Said {
    let was_there = kept.is_some_and(|kept| {
        !matches!(
            kept.facts,
            FileFacts::Gone { .. } | FileFacts::OtherType { .. }
        )
    });
    if !was_there {
        return (Verdict::Unchanged, None);
    }
    let url = candidate.url.clone();
    let reason = match &came.facts {
        FileFacts::Gone { status } => Reason::LoadedGone {
            url,
            status: *status,
        },
        FileFacts::OtherType { content_type } => Reason::LoadedOther {
            url,
            content_type: content_type.clone(),
        },
        _ => return (Verdict::Unchanged, None),
    };
    let matters = candidate.wanted != Wanted::Picture || candidate.is_leading;
    let verdict = if matters {
        Verdict::Unexplained
    } else {
        Verdict::Ordinary
    };
    (verdict, Some(reason))
}

/// Says what it means that a picture is another and nobody here can see it.
fn unseen(candidate: &Candidate, kept: Option<&KeptFile>) -> Said {
    if kept.is_none() {
        return (Verdict::Unchanged, None);
    }
    let reason = Reason::LoadedOther {
        url: candidate.url.clone(),
        content_type: "image".to_owned(),
    };
    let verdict = if candidate.is_leading {
        Verdict::Unexplained
    } else {
        Verdict::Ordinary
    };
    (verdict, Some(reason))
}

/// Reads the page with the style sheets that came where they are others, and judges what it has become.
async fn reread(
    means: &Means<'_>,
    memory: &SiteMemory,
    page: &PageModel,
    loaded: &Loaded,
    check: &mut Check,
) -> Option<PageModel> {
    let before = sheets_of(page, &memory.loaded, None);
    let sheets = sheets_of(page, &memory.loaded, Some(loaded));
    if sheets == before {
        return None;
    }
    if check
        .visits
        .first()
        .is_some_and(|visit| visit.page().is_none())
    {
        // The site said that the page is as it was; with another style sheet it is not.
        let visit = means.web.visit(&check.url, Visitor::Watch, None).await;
        check.visits.push(visit);
    }
    let is_it = |visit: &&Visit| visit.url == check.url && visit.page().is_some();
    let came = check.visits.iter().find(is_it).and_then(Visit::page)?;
    let status = came.status;
    let model = read_page_with(came, &sheets.texts);
    check.style_bytes_cut = sheets.bytes_cut;
    check.style_sheets = sheets.texts;
    if let Some(page_memory) = memory.pages.get(&check.url) {
        let look = Look {
            page: &model,
            status,
            site: &check.site,
        };
        let ground = Ground::new(memory, page_memory, means.common);
        let mut judgement = judge(&ground, &look);
        if judgement.verdict.wants_person() && judgement.verdict > check.judgement.verdict {
            let changed: BTreeSet<&str> = loaded
                .files
                .iter()
                .filter(|file| file.wanted == Wanted::Style && file.came.is_some())
                .map(|file| file.url.as_str())
                .collect();
            let styles = changed.into_iter().map(|url| Reason::LoadedStyle {
                url: url.to_owned(),
            });
            judgement.reasons.extend(styles);
            add(&mut check.judgement, judgement);
        }
    }
    Some(model)
}

/// Adds what is said: the worse verdict counts, and its reasons come first.
fn add(judgement: &mut Judgement, mut said: Judgement) {
    if said.verdict > judgement.verdict {
        judgement.verdict = said.verdict;
        std::mem::swap(&mut judgement.reasons, &mut said.reasons);
        if !said.comparison.is_nothing() {
            judgement.comparison = said.comparison;
        }
    }
    for reason in said.reasons {
        if !judgement.reasons.contains(&reason) {
            judgement.reasons.push(reason);
        }
    }
}

fn origin_of(url: &str) -> String {
    url::Url::parse(url).map_or_else(
        |_| url.chars().take(200).collect(),
        |url| url.origin().ascii_serialization(),
    )
}
