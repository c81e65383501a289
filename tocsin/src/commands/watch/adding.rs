//! Puts pages under watch. What is there now becomes what should be there, so it is looked at first: as every visitor, and for what
//! intruders leave behind.

use visit::Outcome;
use watch::keeping::{Standing, Target, page_address};
use watch::{Check, Depth, Reason, Verdict, first_look};

use super::desk::Desk;
use super::files_output::print_line;
use super::output::{self, Lines, say};
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

/// What became of one page.
enum Added {
    Already,
    Suspicious(Vec<Reason>),
    Watched(Vec<Reason>),
}

/// Adds pages one after the other. One that cannot be looked at does not stop the others.
pub async fn add(desk: &mut Desk<'_>, wish: AddWish) -> anyhow::Result<Code> {
    let lines = Lines::new(wish.targets.len());
    let (mut is_suspicious, mut failures) = (false, 0_usize);
    for target in wish.targets {
        lines.begin(&target.url);
        let url = target.url.clone();
        let added = add_one(desk, target, &wish.by, wish.approve_anyway).await;
        lines.step();
        lines.print(|| {
            match added {
                Ok(Added::Already) => {
                    print_line(&say(desk.context, "watch-already", &[("url", &url)]))
                }
                Ok(Added::Watched(reasons)) => {
                    print_reasons(desk.context, "watch-approved-despite", &url, &reasons);
                    let values = [("url", url.as_str()), ("by", wish.by.as_str())];
                    print_line(&say(desk.context, "watch-added", &values));
                }
                Ok(Added::Suspicious(reasons)) => {
                    is_suspicious = true;
                    print_reasons(desk.context, "watch-suspicious", &url, &reasons);
                    print_line(&format!("  {}", say(desk.context, "watch-look-first", &[])));
                }
                Err(error) => {
                    failures += 1;
                    eprintln!("tocsin: {error:#}");
                }
            }
            Ok(())
        })?;
    }
    lines.finish();
    Ok(match (is_suspicious, failures) {
        (true, _) => exit_code::FOUND,
        (false, 0) => exit_code::DONE,
        (false, _) => exit_code::INCOMPLETE,
    })
}

/// Looks twice, so that what varies with each visit is known at once.
async fn add_one(
    desk: &mut Desk<'_>,
    mut target: Target,
    by: &str,
    approve_anyway: bool,
) -> anyhow::Result<Added> {
    target.url = page_address(&target.url).map_err(anyhow::Error::msg)?;
    let mut targets = desk.folder.targets()?;
    if targets.iter().any(|one| one.url == target.url) {
        return Ok(Added::Already);
    }
    let mut memory = desk.folder.memory(&target.url)?.unwrap_or_default();
    let first = desk.look(&target.url, &memory, Depth::Visitors).await?;
    let reasons = first_look(&first);
    if !reasons.is_empty() && !approve_anyway {
        return Ok(Added::Suspicious(reasons));
    }
    let at = desk.context.clock.now();
    let approver = desk.approver(by, "first look");
    memory.approve(&first, &approver);
    let again = desk.look(&target.url, &memory, Depth::Whole).await?;
    memory.learn(&again);
    desk.folder
        .write_approval(at, &first, &approver, &reasons)?;
    if is_other_page(&again) {
        desk.folder.write_check(
            desk.context.clock.now(),
            &target,
            &again,
            memory.pages.get(&target.url),
        )?;
    }
    desk.folder.keep_memory(&target.url, &memory)?;
    let mut standings = desk.folder.standings()?;
    let verdict = again.judgement.verdict;
    standings.insert(target.url.clone(), Standing { verdict, at });
    desk.folder.keep_standings(&standings)?;
    targets.push(target);
    desk.folder.keep_targets(&targets)?;
    Ok(Added::Watched(reasons))
}

/// Tells whether the second look, a moment after the first, already wants a person.
fn is_other_page(again: &Check) -> bool {
    let is_page = matches!(again.visits[0].outcome, Outcome::Page(_));
    is_page && again.judgement.verdict != Verdict::Unchanged
}

fn print_reasons(context: &Context, key: &str, url: &str, reasons: &[Reason]) {
    if reasons.is_empty() {
        return;
    }
    print_line(&say(context, key, &[("url", url)]));
    output::print_reasons(context, reasons);
}
