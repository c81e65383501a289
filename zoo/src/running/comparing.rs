//! Several programs beside each other: what each found and at what price, and the attacks that another found and we did not.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::report::{fates, median_of_all, minutes_of, share, told};
use super::tally::{Fate, Honest, Tally};
use crate::attacks::Class;

/// Attacks of which it is told that another program found them.
const WINS_SHOWN: usize = 40;

/// Prints all programs in one table, and where another is better than we are.
pub fn print(all: &[(&str, Tally)]) {
    let [(_, ours), peers @ ..] = all else {
        return;
    };
    if peers.is_empty() {
        return;
    }
    println!(
        "\nfound, in % / those of them that stand out from what is said every day, in % / minutes to the call (median of all)"
    );
    row("class", all, |program, _| program.to_owned());
    for class in Class::ALL.map(Some).into_iter().chain([None]) {
        let name = class.map_or("all", Class::name);
        row(name, all, |_, tally| cell(&fates(tally, class)));
    }
    println!();
    for (name, value) in rows_of_costs() {
        row(name, all, |_, tally| value(tally));
    }
    println!("\nfound by another and missed by us:");
    for (program, tally) in peers {
        for fate in wins(ours, tally).into_iter().take(WINS_SHOWN) {
            println!("  {}", win(program, fate));
        }
    }
}

/// Returns the same for programs.
pub fn json(all: &[(&str, Tally)]) -> Value {
    let [(_, ours), peers @ ..] = all else {
        return Value::Null;
    };
    let of_peer = |(program, tally): &(&str, Tally)| {
        let wins = wins(ours, tally);
        let wins: Vec<String> = wins.iter().map(|fate| win(program, fate)).collect();
        json!({ "program": program, "found_and_we_did_not": wins })
    };
    peers.iter().map(of_peer).collect()
}

fn row(name: &str, all: &[(&str, Tally)], value: impl Fn(&str, &Tally) -> String) {
    print!("{name:<34}");
    for (program, tally) in all {
        print!("{:>26}", value(program, tally));
    }
    println!();
}

fn cell(fates: &[&Fate]) -> String {
    let found = fates.iter().filter(|fate| fate.found.is_some()).count();
    let stands = fates.iter().filter(|fate| fate.stands_out).count();
    format!(
        "{:.0} / {:.0} / {}",
        share(found, fates.len()) * 100.0,
        share(stands, fates.len()) * 100.0,
        minutes_of(median_of_all(fates))
    )
}

type Cost = fn(&Tally) -> String;

/// What each program cost: people's time, requests, the machine.
fn rows_of_costs() -> [(&'static str, Cost); 7] {
    [
        ("calls per 1,000 honest page-days", |tally| {
            per_thousand(tally, Honest::calls)
        }),
        ("alarms per 1,000", |tally| {
            per_thousand(tally, |honest| honest.alarms)
        }),
        ("calls on announced page-days", |tally| {
            let of = |value: fn(&Honest) -> usize| tally.honest.iter().map(value).sum::<usize>();
            format!(
                "{} of {}",
                of(|honest| honest.announced_calls),
                of(|honest| honest.announced)
            )
        }),
        ("requests", |tally| tally.costs.served.to_string()),
        ("seconds of processor", |tally| {
            let cpu = tally.costs.cpu + tally.surveys.cpu;
            format!("{:.1}", cpu.as_secs_f64())
        }),
        ("memory, MB (ours with the zoo)", |tally| {
            let megabytes = |bytes: u64| (bytes / 1_000_000).to_string();
            tally.costs.memory.map_or_else(|| "-".to_owned(), megabytes)
        }),
        ("seconds of the wall", |tally| {
            format!("{:.0}", tally.costs.took.as_secs_f64())
        }),
    ]
}

fn per_thousand(tally: &Tally, of: fn(&Honest) -> usize) -> String {
    let sum = |of: fn(&Honest) -> usize| tally.honest.iter().map(of).sum();
    let calls = share(sum(of), sum(|honest| honest.page_days));
    format!("{:.1}", calls * 1_000.0)
}

/// Returns the attacks that another found and we missed.
fn wins<'t>(ours: &Tally, other: &'t Tally) -> Vec<&'t Fate> {
    let missed = ours.attacks.iter().filter(|fate| fate.found.is_none());
    let missed: BTreeSet<u64> = missed.map(|fate| fate.attack.seed).collect();
    let all = other.attacks.iter();
    all.filter(|fate| fate.found.is_some() && missed.contains(&fate.attack.seed))
        .collect()
}

fn win(program: &str, fate: &Fate) -> String {
    let how = if fate.stands_out {
        "stands out"
    } else {
        "among its daily calls"
    };
    format!("{program}, {how}: {}", told(fate))
}
