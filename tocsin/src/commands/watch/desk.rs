//! The desk from which pages are checked, approved and taken from under watch: the folder of a watch, and the way to the sites.

use std::collections::BTreeMap;

use anyhow::bail;
use futures_util::StreamExt as _;
use texts::Texts;
use verdicts::Urgency;
use visit::Outcome;
use watch::keeping::{
    Archive, KeepError, Target, WatchFolder, first_pages, host_of, page_address, rest_of,
};
use watch::rounds::{Look, Wish, wish};
use watch::{Approver, Check, Depth, Means, SiteMemory, Verdict, check, leads_of};

use super::adding::AddWish;
use super::announced::{Announced, AnnouncedChange, OfHost};
use super::files_output::print_line;
use super::heard::HeardOf;
use super::output::{Lines, print_check, print_said, say, word_of};
use super::told::Told;
use super::web::{Place, Reach, Way};
use crate::commands::Context;
use crate::exit_code::{self, Code};

/// Sites that are visited beside each other; each of them gets one request at a time.
pub const SITES_BESIDE: usize = 16;
/// Sites after which lists of all pages are written anew.
pub const SITES_KEPT_TOGETHER: usize = 100;
/// Of more pages than this, only those are told for people about which something has to be done.
const PAGES_TOLD: usize = 12;

/// The folder of a watch, and the way to the sites.
pub struct Desk<'c> {
    /// What is kept.
    pub folder: WatchFolder,
    /// With what the sites are looked at.
    pub reach: Reach,
    /// Language and clock.
    pub context: &'c Context,
}

impl<'c> Desk<'c> {
    /// Opens a folder for writing, and remembers where sites can ask about our visits.
    pub fn open(place: &Place, way: &Way, context: &'c Context) -> anyhow::Result<Self> {
        let folder = WatchFolder::open(place.folder())?;
        Ok(Self {
            reach: way.reach(&folder)?,
            folder,
            context,
        })
    }

    /// Returns what checks are made with now.
    fn means(&self) -> Means<'_> {
        self.reach.means(self.context.clock.now())
    }

    /// Checks the pages under watch, or those named: sites beside each other, pages of one site in turn.
    pub async fn check(
        &mut self,
        urls: &[String],
        depth: Depth,
        json: bool,
    ) -> anyhow::Result<Code> {
        let targets = self.chosen(urls)?;
        if targets.is_empty() {
            bail!("nothing is under watch: add pages with 'tocsin watch web add'");
        }
        let lines = Lines::new(targets.len());
        let tells_all = json || targets.len() <= PAGES_TOLD;
        let mut sum = Sum::default();
        let mut sites: BTreeMap<String, Vec<Target>> = BTreeMap::new();
        for target in targets {
            sites.entry(host_of(&target.url)).or_default().push(target);
        }
        let archive = self.folder.archive();
        let mut told = Told::begin(&self.folder)?;
        let mut heard = HeardOf::begin(&self.folder)?;
        let mut announced = Announced::begin(&mut self.folder, self.context)?;
        let Self {
            folder,
            reach,
            context,
        } = self;
        let sites = sites.into_iter().map(|(host, targets)| {
            let notices = announced.of_host(&host, context.clock.now());
            (targets, notices)
        });
        let sites: Vec<_> = sites.collect();
        let checks = sites.into_iter().map(|(targets, notices)| {
            let means = reach.means(context.clock.now());
            check_site(means, &archive, targets, depth, notices, &lines)
        });
        let mut done = futures_util::stream::iter(checks).buffer_unordered(SITES_BESIDE);
        let mut sites_done = 0_usize;
        while let Some((memory, checks)) = done.next().await.transpose()? {
            for Checked {
                target,
                check,
                announced: applied,
            } in &checks
            {
                let at = context.clock.now();
                let verdict = check.judgement.verdict;
                if let Some(applied) = applied {
                    let before = applied.before.as_ref();
                    folder.write_check(at, target, check, before)?;
                    folder.write_approval(at, check, &applied.by, &[])?;
                    announced.note(&host_of(&target.url));
                } else if verdict != Verdict::Unchanged {
                    folder.write_check(at, target, check, memory.pages.get(&target.url))?;
                }
                told.take(&target.url, &check.judgement, look_of(depth), at);
                sum.take(verdict);
                let leads_to = leads_of(check, memory.pages.get(&target.url));
                heard.take(&host_of(&target.url), &leads_to);
                if tells_all || !is_fine(verdict) {
                    lines.print(|| print_check(context, target, check, json))?;
                }
            }
            if let Some(first) = checks.first() {
                folder.keep_memory(&first.target.url, &memory)?;
            }
            sites_done += 1;
            if sites_done.is_multiple_of(SITES_KEPT_TOGETHER) {
                told.keep(folder)?;
            }
        }
        told.keep(folder)?;
        announced.keep(folder)?;
        heard.keep(folder)?;
        folder.keep_common()?;
        lines.finish();
        if !json {
            sum.print(context);
        }
        Ok(sum.code())
    }

    /// Approves what a page shows now, and says what that is.
    pub async fn approve(&mut self, url: &str, by: &str, note: &str) -> anyhow::Result<Code> {
        let url = page_address(url).map_err(anyhow::Error::msg)?;
        let target = self.chosen(std::slice::from_ref(&url))?.remove(0);
        let mut memory = self.folder.memory(&url)?.unwrap_or_default();
        let seen = look(&self.means(), &url, &memory, Depth::Visitors).await?;
        let despite = if seen.judgement.verdict.wants_person() {
            seen.judgement.reasons.as_slice()
        } else {
            &[]
        };
        print_check(self.context, &target, &seen, false)?;
        let at = self.context.clock.now();
        let approver = self.approver(by, note);
        self.folder.write_approval(at, &seen, &approver, despite)?;
        if memory.pages.contains_key(&url) {
            Announced::note_not_announced(&mut self.folder, &host_of(&url))?;
        }
        memory.approve(&seen, &approver);
        self.folder.keep_memory(&url, &memory)?;
        let mut told = Told::begin(&self.folder)?;
        told.approve(&url, by, at);
        told.keep(&self.folder)?;
        print_said(&say(
            self.context,
            "watch-approved",
            &[("url", &url), ("by", by)],
        ));
        Ok(exit_code::DONE)
    }

    /// Says who approves, now.
    pub fn approver(&self, by: &str, note: &str) -> Approver {
        Approver {
            by: by.to_owned(),
            at: self.context.clock.now().as_second(),
            note: note.to_owned(),
        }
    }

    fn chosen(&self, urls: &[String]) -> anyhow::Result<Vec<Target>> {
        choose(self.folder.targets()?, urls)
    }
}

/// Tells whether a folder could not be opened because a watch runs in it.
pub fn is_in_use(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(KeepError::InUse { .. }))
}

/// Hands an approval to the watch that runs in the folder: it approves what its next look shows.
pub fn hand_over_approval(
    place: &Place,
    url: &str,
    (by, note): (String, String),
    context: &Context,
) -> anyhow::Result<Code> {
    let url = page_address(url).map_err(anyhow::Error::msg)?;
    choose(place.archive()?.targets()?, std::slice::from_ref(&url))?;
    let line = say(context, "watch-handed-over", &[("url", &url)]);
    wish(place.folder(), &Wish::Approve { url, by, note })?;
    print_line(&line);
    Ok(exit_code::DONE)
}

/// Hands pages to the watch that runs in the folder: it looks at each, and refuses what is suspicious.
pub fn hand_over_targets(place: &Place, asked: AddWish, context: &Context) -> anyhow::Result<Code> {
    if asked.approve_anyway {
        bail!("--approve-anyway needs the folder, and a watch runs in it: end that first");
    }
    for mut target in asked.targets {
        target.url = page_address(&target.url).map_err(anyhow::Error::msg)?;
        let line = say(context, "watch-handed-over", &[("url", &target.url)]);
        let by = asked.by.clone();
        wish(place.folder(), &Wish::Add { target, by })?;
        print_line(&line);
    }
    Ok(exit_code::DONE)
}

/// Looks at a page that somebody wants to approve: there has to be one.
pub async fn look(
    means: &Means<'_>,
    url: &str,
    memory: &SiteMemory,
    depth: Depth,
) -> anyhow::Result<Check> {
    let check = check(means, url, memory, None, depth).await;
    there_is_a_page(&check)?;
    Ok(check)
}

/// Says why what a check showed cannot be approved, where it cannot.
pub fn there_is_a_page(check: &Check) -> anyhow::Result<()> {
    let url = &check.url;
    let host = host_of(url);
    if check.judgement.is_challenge() {
        bail!(
            "'{url}' asks whoever comes to prove that they are no program: there is no page that could be approved. Ask the site to let the watch in"
        );
    }
    match &check.visits[0].outcome {
        Outcome::Page(page) if page.status < 400 => Ok(()),
        Outcome::Page(page) => bail!(
            "'{url}' answers with status {}: there is no page that could be approved",
            page.status
        ),
        Outcome::Failed(failure @ visit::Failure::Forbidden(_)) => bail!(
            "could not {failure}; if it is meant to be visited there, add --allow-host {host}"
        ),
        Outcome::Failed(failure) => bail!("could not visit '{url}': could not {failure}"),
        Outcome::Unchanged => bail!("'{url}' says that nothing has changed since never"),
    }
}

/// Takes pages from under watch. No site is visited for that.
pub fn remove(
    place: &Place,
    urls: &[String],
    by: &str,
    note: &str,
    context: &Context,
) -> anyhow::Result<Code> {
    let mut folder = WatchFolder::open(place.folder())?;
    let targets = folder.targets()?;
    let gone = choose(targets.clone(), urls)?;
    let left: Vec<Target> = targets
        .into_iter()
        .filter(|one| !gone.contains(one))
        .collect();
    let sites_left = first_pages(&left);
    let mut told = Told::begin(&folder)?;
    for target in &gone {
        let at = context.clock.now();
        let body = serde_json::json!({ "schema": 1, "by": by, "note": note });
        folder.write_down(at, &target.url, "removal", &body)?;
        folder.forget(&target.url)?;
        told.drop_place(&target.url, at);
        let rest = rest_of(&target.url);
        if !sites_left.contains_key(&rest) {
            told.drop_place(&rest, at);
        }
        print_said(&say(
            context,
            "watch-removed",
            &[("url", &target.url), ("by", by)],
        ));
    }
    told.keep(&folder)?;
    folder.keep_targets(&left)?;
    Ok(exit_code::DONE)
}

/// Returns those named; all where none is.
pub fn choose(targets: Vec<Target>, urls: &[String]) -> anyhow::Result<Vec<Target>> {
    if urls.is_empty() {
        return Ok(targets);
    }
    let mut chosen = Vec::new();
    for url in urls {
        let url = page_address(url).map_err(anyhow::Error::msg)?;
        let Some(target) = targets.iter().find(|one| one.url == url) else {
            bail!(
                "'{url}' is not under watch: 'tocsin watch web list' says what is, 'tocsin watch web add' adds it"
            );
        };
        chosen.push(target.clone());
    }
    Ok(chosen)
}

/// A page that was checked.
struct Checked {
    target: Target,
    check: Check,
    announced: Option<AnnouncedChange>,
}

async fn check_site(
    means: Means<'_>,
    archive: &Archive,
    targets: Vec<Target>,
    depth: Depth,
    notices: OfHost,
    lines: &Lines,
) -> anyhow::Result<(SiteMemory, Vec<Checked>)> {
    let mut memory = archive.memory(&targets[0].url)?.unwrap_or_default();
    let mut checks = Vec::new();
    for target in targets {
        lines.begin(&target.url);
        let mut check = check(&means, &target.url, &memory, None, depth).await;
        let announced = notices.apply(&mut check, &mut memory, means.now);
        if announced.is_none() {
            memory.learn(&check);
        }
        lines.step();
        checks.push(Checked {
            target,
            check,
            announced,
        });
    }
    Ok((memory, checks))
}

/// Returns how deep a check is, in words of cases.
const fn look_of(depth: Depth) -> Look {
    match depth {
        Depth::Quick => Look::Quick,
        Depth::Whole => Look::Whole,
        Depth::Visitors => Look::Visitors,
    }
}

/// Tells whether nothing has to be done about a page.
fn is_fine(verdict: Verdict) -> bool {
    Urgency::of(word_of(verdict)) == Urgency::Nothing
}

/// What all checks together came to.
#[derive(Default)]
struct Sum {
    checked: usize,
    calling: usize,
    unknown: usize,
}

impl Sum {
    fn take(&mut self, verdict: Verdict) {
        self.checked += 1;
        self.calling += usize::from(verdict.wants_person());
        self.unknown += usize::from(verdict == Verdict::Nothing);
    }

    fn print(&self, context: &Context) {
        let values = [
            ("count", self.checked.into()),
            ("calling", self.calling.into()),
            ("unknown", self.unknown.into()),
        ];
        if self.checked > 1 {
            print_line(&Texts::of(context.language).text_with("watch-check-sum", &values));
        }
        if self.calling > 0 {
            print_said(&say(context, "watch-see", &[]));
        }
    }

    fn code(&self) -> Code {
        if self.calling > 0 {
            exit_code::FOUND
        } else if self.unknown > 0 {
            exit_code::INCOMPLETE
        } else {
            exit_code::DONE
        }
    }
}
