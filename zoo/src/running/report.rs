//! What a run came to, as a table for people and as JSON for programs.

use serde_json::{Value, json};

use super::comparing;
use super::days::Plan;
use super::tally::{Fate, Tally};
use crate::attacks::Class;

/// Missed attacks of one class that are shown.
const MISSED_SHOWN: usize = 6;

/// Prints a table for each program.
pub fn print(plan: &Plan, all: &[(&str, Tally)]) {
    for (name, tally) in all {
        println!("\n== {name}");
        print_one(plan, tally);
    }
    comparing::print(all);
}

fn print_one(plan: &Plan, tally: &Tally) {
    println!(
        "zoo: seed {}, {} sites, {} days, {} attacks",
        plan.seed,
        plan.sites,
        plan.days,
        tally.attacks.len()
    );
    println!(
        "\n{:<16} {:>7} {:>6} {:>7}  {:<22} {:>7}  {:<22} {:>9} {:>6} {:>8} {:>6}",
        "class",
        "attacks",
        "unseen",
        "found",
        "rate (95 % interval)",
        "alarms",
        "rate (95 % interval)",
        "stand out",
        "named",
        "minutes",
        "ms"
    );
    for class in Class::ALL.map(Some).into_iter().chain([None]) {
        let of_class = fates(tally, class);
        if of_class.is_empty() {
            continue;
        }
        let found: Vec<_> = of_class
            .iter()
            .filter_map(|fate| fate.found.as_ref())
            .collect();
        let alarms = of_class.iter().filter(|fate| fate.is_alarm()).count();
        let named = of_class.iter().filter(|fate| fate.is_named_right()).count();
        let minutes = minutes_of(median_of_all(&of_class));
        let took = median(
            found
                .iter()
                .map(|found| u64::try_from(found.took.as_millis()).unwrap_or(0))
                .collect(),
        );
        println!(
            "{:<16} {:>7} {:>6} {:>7}  {:<22} {:>7}  {:<22} {:>9} {:>6} {:>8} {:>6}",
            class.map_or("all", Class::name),
            of_class.len(),
            of_class.iter().filter(|fate| fate.checks == 0).count(),
            found.len(),
            rate_of(found.len(), of_class.len()),
            alarms,
            rate_of(alarms, of_class.len()),
            of_class.iter().filter(|fate| fate.stands_out).count(),
            named,
            minutes,
            took
        );
    }
    print_honest(tally);
    print_costs(tally);
    print_starts(tally);
    print_under_notice(tally);
    print_causes(tally);
    print_missed(tally);
}

/// Prints how often people were called for nothing.
fn print_honest(tally: &Tally) {
    for (honest, when) in tally.honest.iter().zip(["first week", "after it"]) {
        println!(
            "\nhonest, {when}: {} page-days, {} site-days. Of 1,000 page-days: alarms {}; calls {}. \
            Of 1,000 site-days: alarms {}; calls {}; with surveys {}",
            honest.page_days,
            honest.site_days,
            of_thousand(honest.alarms, honest.page_days),
            of_thousand(honest.calls(), honest.page_days),
            of_thousand(honest.site_alarms, honest.site_days),
            of_thousand(honest.site_calls, honest.site_days),
            of_thousand(honest.site_calls_of_any, honest.site_days),
        );
        println!(
            "  with a notice in force: {} page-days; a person was called on {}; {} page-days were said to be as announced",
            honest.announced, honest.announced_calls, honest.announced_silent,
        );
    }
}

/// Prints what checks and surveys cost.
fn print_costs(tally: &Tally) {
    let costs = &tally.costs;
    let checks = costs.checks[0] + costs.checks[1];
    println!(
        "checks {checks} ({} quick, {} as every visitor), requests {} ({:.2} and {:.2} a check; the zoo counted {}); of 1,000 checks: {:.2} s of processor, {:.2} browser starts; {:.0} s in all",
        costs.checks[0],
        costs.checks[1],
        costs.requests[0] + costs.requests[1],
        share(costs.requests[0], costs.checks[0]),
        share(costs.requests[1], costs.checks[1]),
        costs.served,
        costs.cpu.as_secs_f64() / share(checks, 1_000).max(0.001),
        share(costs.browser_starts, checks) * 1_000.0,
        costs.took.as_secs_f64()
    );
    let surveys = &tally.surveys;
    println!(
        "surveys {}, {:.1} requests and {:.1} ms of processor each; called for nothing on {:.2} of 1,000 honest site-days after the first week ({} of {})",
        surveys.count,
        share(surveys.requests, surveys.count),
        surveys.cpu.as_secs_f64() * 1_000.0 / share(surveys.count, 1).max(1.0),
        share(surveys.called, surveys.honest_days) * 1_000.0,
        surveys.called,
        surveys.honest_days
    );
    for example in surveys.examples.iter().take(8) {
        println!("  {example}");
    }
}

/// Prints what browsers were started for where no attack had changed the page, where there is one.
fn print_starts(tally: &Tally) {
    let costs = &tally.costs;
    if costs.browser_starts == 0 {
        return;
    }
    println!(
        "browsers: {} starts, {:.1} s of processor each; {} for {} checks of pages that no attack had changed: {} of 1,000",
        costs.browser_starts,
        costs.browser_cpu.as_secs_f64() / share(costs.browser_starts, 1),
        costs.living_starts,
        costs.living_checks,
        of_thousand(costs.living_starts, costs.living_checks)
    );
    let mut starts: Vec<_> = costs.starts_for.iter().collect();
    starts.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    for ((cause, reason), (count, example)) in starts.into_iter().take(20) {
        println!("{count:>6}  {cause:<34} {reason:<18} {example}");
    }
}

/// Prints what became of attacks that began while a notice was in force, beside the others.
fn print_under_notice(tally: &Tally) {
    for (is_met, when) in [(true, "while a notice was in force"), (false, "otherwise")] {
        let fates: Vec<&Fate> = tally
            .attacks
            .iter()
            .filter(|fate| fate.attack.is_met_by_notice() == is_met)
            .collect();
        let found = fates.iter().filter(|fate| fate.found.is_some()).count();
        let alarms = fates.iter().filter(|fate| fate.is_alarm()).count();
        println!(
            "attacks that began {when}: {}, found {}, alarms {}",
            fates.len(),
            rate_of(found, fates.len()),
            rate_of(alarms, fates.len())
        );
    }
}

fn print_causes(tally: &Tally) {
    println!("\nwhy people were called for nothing:");
    let mut causes: Vec<_> = tally.causes.iter().collect();
    causes.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    for ((cause, reason), (count, example)) in causes.into_iter().take(40) {
        println!("{count:>6}  {cause:<34} {reason:<18} {example}");
    }
}

fn print_missed(tally: &Tally) {
    println!("\nmissed:");
    for class in Class::ALL {
        let missed = fates(tally, Some(class))
            .into_iter()
            .filter(|fate| fate.found.is_none());
        for fate in missed.take(MISSED_SHOWN) {
            println!("  {}", told(fate));
        }
    }
}

/// Returns everything for programs.
pub fn json(plan: &Plan, all: &[(&str, Tally)]) -> Value {
    let programs: Vec<Value> = all
        .iter()
        .map(|(name, tally)| json_of(name, tally))
        .collect();
    json!({ "schema": 1, "seed": plan.seed, "sites": plan.sites, "days": plan.days, "programs": programs, "beside": comparing::json(all) })
}

fn json_of(name: &str, tally: &Tally) -> Value {
    let classes: Vec<Value> = Class::ALL
        .into_iter()
        .map(|class| class_json(tally, class))
        .collect();
    let causes: Vec<Value> = tally.causes.iter().map(|((cause, reason), (count, example))| {
        json!({ "cause": cause, "reason": reason, "page_days": count, "example": example })
    }).collect();
    let costs = &tally.costs;
    let honest = tally.honest.each_ref().map(|honest| {
        json!({
            "page_days": honest.page_days, "unexplained": honest.unexplained, "alarms": honest.alarms, "announced": honest.announced,
            "announced_silent": honest.announced_silent, "announced_calls": honest.announced_calls, "site_calls_of_any": honest.site_calls_of_any,
            "site_days": honest.site_days, "site_calls": honest.site_calls, "site_alarms": honest.site_alarms,
        })
    });
    json!({
        "program": name,
        "classes": classes,
        "honest": { "first_week": honest[0], "later": honest[1] },
        "causes": causes,
        "surveys": { "count": tally.surveys.count, "requests": tally.surveys.requests, "cpu_seconds": tally.surveys.cpu.as_secs_f64(), "honest_days": tally.surveys.honest_days, "called": tally.surveys.called },
        "costs": {
            "checks_quick": costs.checks[0], "checks_visitors": costs.checks[1],
            "requests_quick": costs.requests[0], "requests_visitors": costs.requests[1],
            "memory_bytes": costs.memory, "cpu_seconds": costs.cpu.as_secs_f64(), "seconds": costs.took.as_secs_f64(), "browser_starts": costs.browser_starts, "living_checks": costs.living_checks,
            "living_starts": costs.living_starts,
        },
    })
}

fn class_json(tally: &Tally, class: Class) -> Value {
    let fates = fates(tally, Some(class));
    let found = fates.iter().filter(|fate| fate.found.is_some()).count();
    let (low, high) = wilson(found, fates.len());
    let each: Vec<Value> = fates.iter().map(|fate| {
        json!({ "attack": told(fate), "found": fate.found.is_some(), "stands_out": fate.stands_out, "under_notice": fate.attack.is_met_by_notice(), "after_minutes": fate.found.as_ref().map(|found| found.after_minutes), "after_checks": fate.found.as_ref().map(|found| found.checks), "reason": fate.found.as_ref().map(|found| &found.reason), "verdict": fate.worst })
    }).collect();
    json!({
        "class": class.name(), "attacks": fates.len(), "found": found, "low": low, "high": high,
        "unseen": fates.iter().filter(|fate| fate.checks == 0).count(),
        "alarms": fates.iter().filter(|fate| fate.is_alarm()).count(),
        "stand_out": fates.iter().filter(|fate| fate.stands_out).count(),
        "named_right": fates.iter().filter(|fate| fate.is_named_right()).count(),
        "median_minutes": median_of_all(&fates), "each": each,
    })
}

pub(super) fn fates(tally: &Tally, class: Option<Class>) -> Vec<&Fate> {
    tally
        .attacks
        .iter()
        .filter(|fate| class.is_none_or(|class| fate.attack.class == class))
        .collect()
}

pub(super) fn told(fate: &Fate) -> String {
    let attack = &fate.attack;
    format!(
        "{} seed {:x} site {} {:?} from day {} to {}: {} checks, worst {:?}; {}",
        attack.class.name(),
        attack.seed,
        attack.site,
        attack.section,
        attack.from / 1_440,
        attack.to / 1_440,
        fate.checks,
        fate.worst,
        attack.variant()
    )
}

/// Returns the interval of Wilson (1927) for a share, at 95 %.
fn wilson(count: usize, all: usize) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    if all == 0 {
        return (0.0, 1.0);
    }
    let (share, all) = (share(count, all), share(all, 1));
    let middle = share + Z * Z / (2.0 * all);
    let half = Z * (share * (1.0 - share) / all + Z * Z / (4.0 * all * all)).sqrt();
    let whole = 1.0 + Z * Z / all;
    (
        ((middle - half) / whole).max(0.0),
        ((middle + half) / whole).min(1.0),
    )
}

/// Shows a share in percent with its interval.
fn rate_of(count: usize, all: usize) -> String {
    let (low, high) = wilson(count, all);
    format!(
        "{:.1} % ({:.1}–{:.1})",
        share(count, all) * 100.0,
        low * 100.0,
        high * 100.0
    )
}

/// Shows how many there are in a thousand, with the interval.
fn of_thousand(count: usize, all: usize) -> String {
    let (low, high) = wilson(count, all);
    format!(
        "{:.2} ({:.2}–{:.2})",
        share(count, all) * 1_000.0,
        low * 1_000.0,
        high * 1_000.0
    )
}

/// Returns the median of the minutes from the beginning of attacks to the call; of those that were missed it is for ever.
pub(super) fn median_of_all(fates: &[&Fate]) -> Option<u64> {
    let after = |fate: &&Fate| {
        fate.found
            .as_ref()
            .map_or(u64::MAX, |found| found.after_minutes)
    };
    let minutes = median(fates.iter().map(after).collect());
    (minutes != u64::MAX).then_some(minutes)
}

/// Shows minutes, or that there are none.
pub(super) fn minutes_of(median: Option<u64>) -> String {
    median.map_or_else(|| "never".to_owned(), |minutes| minutes.to_string())
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a simulation are small"
)]
pub(super) fn share(count: usize, all: usize) -> f64 {
    if all == 0 {
        0.0
    } else {
        count as f64 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_nothing_missed_does_not_reach_certainty_from_below() {
        let (low, high) = wilson(45, 45);
        assert!((low - 0.921).abs() < 0.001 && high > 0.999);
        let (low, high) = wilson(50, 100);
        assert!((low - 0.404).abs() < 0.001 && (high - 0.596).abs() < 0.001);
    }
}
