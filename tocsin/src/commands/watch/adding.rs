//! Puts pages under watch. What is there now becomes what should be there, so it is looked at first: as every visitor, and for what
//! intruders leave behind.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use texts::Texts;
use verdicts::visible_text;
use watch::keeping::{Archive, Standing, Target, host_of, page_address};
use watch::{Approver, Check, Depth, Means, Reason, SiteMemory, Verdict, first_look, get_to_know};

use super::desk::{Desk, SITES_BESIDE, SITES_KEPT_TOGETHER, look, there_is_a_page};
use super::files_output::print_line;
use super::output::{self, Lines, print_said, say};
use crate::commands::Context;
use crate::exit_code::{self, Code};

/// What is wished of `add`.
pub struct AddWish {
    /// The pages.
    pub targets: Vec<Target>,
    /// Who says that they are in order.
    pub by: String,
    /// Whether also those are approved that are suspicious.
    pub approve_anyway: bool,
}

/// What was seen of the pages of one site.
struct SiteSeen {
    memory: SiteMemory,
    pages: Vec<(Target, anyhow::Result<Seen>)>,
}

/// What was seen of one page.
enum Seen {
    Suspicious(Vec<Reason>),
    InOrder(Box<Looks>),
}

/// Looks at a page, so many that what varies with each visit is known at once.
struct Looks {
    first: Check,
    again: Check,
    despite: Vec<Reason>,
}

/// Adds pages: sites beside each other, pages of one site in turn. One that cannot be looked at does not stop the others.
pub async fn add(desk: &mut Desk<'_>, wish: AddWish) -> anyhow::Result<Code> {
    let context = desk.context;
    let lines = Lines::new(wish.targets.len());
    let mut adding = Adding::begin(desk, &wish)?;
    let sites = adding.sites(wish.targets, context);
    let archive = desk.folder.archive();
    let approver = desk.approver(&wish.by, "first look");
    let Desk { folder, reach, .. } = desk;
    let looks = sites.into_values().map(|targets| {
        look_at_site(
            reach.means(context.clock.now()),
            &archive,
            targets,
            &approver,
            wish.approve_anyway,
            &lines,
        )
    });
    let mut done = futures_util::stream::iter(looks).buffer_unordered(SITES_BESIDE);
    let mut sites_seen = 0_usize;
    while let Some(site) = done.next().await {
        let site = site?;
        let at = context.clock.now();
        for (target, seen) in site.pages {
            if let Ok(Seen::InOrder(looks)) = &seen {
                folder.write_approval(at, &looks.first, &approver, &looks.despite)?;
                if looks.again.judgement.verdict != Verdict::Unchanged {
                    let memory = site.memory.pages.get(&target.url);
                    folder.write_check(at, &target, &looks.again, memory)?;
                }
                folder.keep_memory(&target.url, &site.memory)?;
            }
            lines.print(|| {
                adding.tell(&target, &seen, &wish.by, context);
                Ok(())
            })?;
            if let Ok(Seen::InOrder(looks)) = seen {
                let verdict = looks.again.judgement.verdict;
                adding
                    .standings
                    .insert(target.url.clone(), Standing { verdict, at });
                adding.targets.push(target);
            }
        }
        sites_seen += 1;
        if sites_seen.is_multiple_of(SITES_KEPT_TOGETHER) {
            folder.keep_targets(&adding.targets)?;
        }
    }
    folder.keep_targets(&adding.targets)?;
    folder.keep_standings(&adding.standings)?;
    folder.keep_common()?;
    lines.finish();
    adding.print_sum(context);
    Ok(adding.code())
}

/// What is under watch by now, and what went wrong.
struct Adding {
    targets: Vec<Target>,
    standings: BTreeMap<String, Standing>,
    added: usize,
    suspicious: usize,
    failures: usize,
}

impl Adding {
    fn begin(desk: &Desk<'_>, wish: &AddWish) -> anyhow::Result<Self> {
        for target in &wish.targets {
            page_address(&target.url).map_err(anyhow::Error::msg)?;
        }
        Ok(Self {
            targets: desk.folder.targets()?,
            standings: desk.folder.standings()?,
            added: 0,
            suspicious: 0,
            failures: 0,
        })
    }

    /// Returns what is not under watch yet, by site, each page once.
    fn sites(&self, targets: Vec<Target>, context: &Context) -> BTreeMap<String, Vec<Target>> {
        let mut known: std::collections::HashSet<String> =
            self.targets.iter().map(|one| one.url.clone()).collect();
        let mut sites: BTreeMap<String, Vec<Target>> = BTreeMap::new();
        for mut target in targets {
            target.url = page_address(&target.url).unwrap_or(target.url);
            if known.insert(target.url.clone()) {
                sites.entry(host_of(&target.url)).or_default().push(target);
            } else {
                print_said(&say(context, "watch-already", &[("url", &target.url)]));
            }
        }
        sites
    }

    fn tell(&mut self, target: &Target, seen: &anyhow::Result<Seen>, by: &str, context: &Context) {
        let url = [("url", target.url.as_str())];
        match seen {
            Ok(Seen::InOrder(looks)) => {
                self.added += 1;
                if !looks.despite.is_empty() {
                    print_said(&say(context, "watch-approved-despite", &url));
                    output::print_reasons(context, &looks.despite);
                }
                print_said(&say(context, "watch-added", &[url[0], ("by", by)]));
            }
            Ok(Seen::Suspicious(reasons)) => {
                self.suspicious += 1;
                print_said(&say(context, "watch-suspicious", &url));
                output::print_reasons(context, reasons);
                let hint = say(context, "watch-look-first", &url);
                output::print_item("  ", &hint);
            }
            Err(error) => {
                self.failures += 1;
                eprintln!("tocsin: {}", visible_text(&format!("{error:#}")));
            }
        }
    }

    /// Says what all of it came to, where that is more than one page.
    fn print_sum(&self, context: &Context) {
        if self.added + self.suspicious + self.failures > 1 {
            let values = [
                ("added", self.added.into()),
                ("suspicious", self.suspicious.into()),
                ("failed", self.failures.into()),
            ];
            let texts = Texts::of(context.language);
            print_line(&texts.text_with("watch-add-sum", &values));
        }
    }

    fn code(&self) -> Code {
        match (self.suspicious, self.failures) {
            (0, 0) => exit_code::DONE,
            (0, _) => exit_code::INCOMPLETE,
            (_, _) => exit_code::FOUND,
        }
    }
}

async fn look_at_site(
    means: Means<'_>,
    archive: &Archive,
    targets: Vec<Target>,
    approver: &Approver,
    approve_anyway: bool,
    lines: &Lines,
) -> anyhow::Result<SiteSeen> {
    let mut memory = archive.memory(&targets[0].url)?.unwrap_or_default();
    let mut pages = Vec::new();
    for target in targets {
        lines.begin(&target.url);
        let seen = look_often(&means, &target.url, &mut memory, approver, approve_anyway);
        let seen = Box::pin(seen).await;
        lines.step();
        pages.push((target, seen));
    }
    Ok(SiteSeen { memory, pages })
}

async fn look_often(
    means: &Means<'_>,
    url: &str,
    memory: &mut SiteMemory,
    approver: &Approver,
    approve_anyway: bool,
) -> anyhow::Result<Seen> {
    let mut despite = Vec::new();
    let is_wanted = |first: &Check| {
        despite = first_look(first);
        there_is_a_page(first).is_ok() && (despite.is_empty() || approve_anyway)
    };
    let mut looks = get_to_know(means, url, memory, is_wanted).await;
    looks.iter().try_for_each(there_is_a_page)?;
    if !despite.is_empty() && !approve_anyway {
        return Ok(Seen::Suspicious(despite));
    }
    let before = memory.clone();
    memory.begin(&looks, approver);
    let first = looks.swap_remove(0);
    let again = match look(means, url, memory, Depth::Whole).await {
        Ok(again) => again,
        Err(error) => {
            *memory = before;
            return Err(error);
        }
    };
    memory.learn(&again);
    Ok(Seen::InOrder(Box::new(Looks {
        first,
        again,
        despite,
    })))
}
