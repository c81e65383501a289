//! `cargo xtask zoo`: living web sites on loopback addresses, attacked from seeds, and the website watch that looks at them.
//! What it reports is true of this zoo; the live web is another place.

mod attacks;
mod chance;
mod living;
mod peers;
mod running;
mod serving;
mod sites;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use crate::attacks::Class;
use crate::running::{Plan, Scene, run, stand};

const USAGE: &str = "Usage: zoo [--seed N] [--sites N] [--days N] [--only CLASS] [--json FILE] [--peers ENVIRONMENT] [--peer NAME] [--browser]\n       \
    zoo --serve FOLDER [--seed N] [--sites N] [--days N] [--only CLASS]";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match scene_of(&words) {
        Ok(Some(scene)) => stand(&scene),
        Ok(None) => plan_of(&words).and_then(|(plan, json)| run(&plan, json.as_deref())),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("zoo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns what is to be served, where `--serve` asks for that: on the last of the days, and with the class as the attack.
fn scene_of(words: &[String]) -> Result<Option<Scene>> {
    let Some(at) = words.iter().position(|word| word == "--serve") else {
        return Ok(None);
    };
    let Some(folder) = words.get(at + 1) else {
        bail!("'--serve' wants a folder\n{USAGE}");
    };
    let others = [&words[..at], &words[at + 2..]].concat();
    let (plan, _) = plan_of(&others)?;
    Ok(Some(Scene {
        seed: plan.seed,
        sites: plan.sites.min(200),
        day: plan.days - 1,
        class: plan.only.first().copied().unwrap_or(Class::Part),
        folder: PathBuf::from(folder),
    }))
}

fn plan_of(words: &[String]) -> Result<(Plan, Option<PathBuf>)> {
    let mut plan = Plan {
        seed: 1,
        sites: 200,
        days: 60,
        only: Vec::new(),
        peers: None,
        peer: None,
        browser: false,
    };
    let mut json = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--browser" {
            plan.browser = true;
            continue;
        }
        let value = words
            .next()
            .with_context(|| format!("'{word}' wants a value\n{USAGE}"))?;
        let number = || {
            value
                .parse::<u32>()
                .with_context(|| format!("read '{value}' as a number"))
        };
        match word.as_str() {
            "--seed" => plan.seed = u64::from(number()?),
            "--sites" => plan.sites = number()?.clamp(1, 3_000) as usize,
            "--days" => plan.days = number()?.clamp(1, 400),
            "--only" => plan.only.push(class_of(value)?),
            "--peers" => plan.peers = Some(PathBuf::from(value)),
            "--peer" => plan.peer = Some(value.clone()),
            "--json" => json = Some(PathBuf::from(value)),
            _ => bail!("'{word}' is no option\n{USAGE}"),
        }
    }
    Ok((plan, json))
}

fn class_of(name: &str) -> Result<Class> {
    let found = Class::ALL.into_iter().find(|class| class.name() == name);
    let names = Class::ALL.map(Class::name).join(", ");
    found.with_context(|| format!("'{name}' is no class of attacks; there are {names}"))
}
