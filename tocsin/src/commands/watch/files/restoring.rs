//! `tocsin watch files restore`: show what would be put back, or put it back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err as fs;
use serde_json::json;
use webroot::{Contents, Restoration, plan_restoration};

use super::super::files_output::{print_line, step_text, to_line};
use super::super::output::say;
use super::arguments::{Believed, Effort};
use super::comparing::{code_of, unread_line};
use super::signing::with_behind;
use crate::commands::Context;
use crate::exit_code::Code;

/// What is wished of `restore`.
pub(super) struct Wish {
    pub(super) store: PathBuf,
    pub(super) removed: PathBuf,
    pub(super) now: bool,
    pub(super) json: bool,
}

/// Shows what would be put back; where it is wished, puts it back.
pub(super) fn restore(
    believed: &Believed,
    effort: &Effort,
    wish: &Wish,
    context: &Context,
) -> anyhow::Result<Code> {
    let manifest = Arc::new(believed.load(context)?);
    let store = Contents::existing(&wish.store)?;
    let plan = plan_restoration(&believed.folder, &manifest, &store, effort.options())?;
    let mut restoration = if wish.now && !plan.steps.is_empty() {
        Some(Restoration::begin(
            &believed.folder,
            &manifest,
            &store,
            &wish.removed,
        )?)
    } else {
        None
    };
    let mut failures = 0;
    for step in &plan.steps {
        let done = restoration
            .as_mut()
            .map(|restoration| restoration.apply(step));
        let problem = match &done {
            Some(Err(error)) => Some(format!("could not {}", domain::chain(error))),
            None if !step.is_possible => Some(say(context, "files-not-stored", &[])),
            _ => None,
        };
        if done.is_none() || problem.is_some() {
            failures += 1;
        }
        print_line(&if wish.json {
            to_line(
                "step",
                &json!({ "step": step, "done": matches!(done, Some(Ok(()))), "problem": problem }),
            )
        } else {
            step_text(context, step, problem.as_deref())
        });
    }
    for unread in &plan.unread {
        print_line(&unread_line(context, unread, wish.json));
    }
    if !wish.now && !plan.steps.is_empty() && !wish.json {
        println!("{}", say(context, "files-nothing-was-changed", &[]));
    }
    Ok(code_of(failures, plan.unread.len() as u64))
}

/// Returns where what is moved out of a folder is kept.
pub(super) fn beside(folder: &Path) -> anyhow::Result<PathBuf> {
    with_behind(&fs::canonicalize(folder)?, ".removed")
}
