//! How fast logs are read: what the benches of `events` and `logs` print, beside what was asked.

use anyhow::{Context, Result};

use super::board::Board;
use super::sections::Bench;
use crate::running::{cargo, output_of};

/// MB/s of event logs per core with 2,000 Sigma rules.
const EVENT_LOGS_MIN: f64 = 150.0;
/// GB/s of text logs per core for 10,000 domains.
const TEXT_LOGS_MIN: f64 = 1.0;

/// Runs the bench of `events`.
pub fn measure_event_logs(_: &Bench<'_>, board: &mut Board) -> Result<()> {
    let printed = output_of(&mut cargo(&["bench", "--locked", "-p", "events"]))?;
    print_indented(&printed);
    if let Some(why) = printed.lines().find(|line| line.starts_with("skipped:")) {
        board.open("event logs with 2,000 Sigma rules", why);
        return Ok(());
    }
    for name in ["ordinary, dense", "regression, dense"] {
        let rate = number_behind(&printed, name, "MB/s")
            .with_context(|| format!("find '{name}' in what the bench printed"))?;
        let what = format!("event logs ({name}) with 2,000 Sigma rules, one core");
        board.at_least(what, rate, EVENT_LOGS_MIN, " MB/s");
    }
    Ok(())
}

/// Runs the bench of `logs` for 10,000 domains.
pub fn measure_text_logs(_: &Bench<'_>, board: &mut Board) -> Result<()> {
    let name = "10,000 domains";
    let words = [
        "bench",
        "--locked",
        "-p",
        "logs",
        "--bench",
        "text_logs",
        "--",
        name,
    ];
    let printed = output_of(&mut cargo(&words))?;
    print_indented(&printed);
    let rate =
        number_behind(&printed, name, "GB/s").context("find the rate in what the bench printed")?;
    let what = "text logs for 10,000 domains, one core";
    board.at_least(what, rate, TEXT_LOGS_MIN, " GB/s");
    Ok(())
}

fn print_indented(text: &str) {
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        println!("  {line}");
    }
}

/// Returns the number before `unit` in the line that begins with `name`.
fn number_behind(printed: &str, name: &str, unit: &str) -> Option<f64> {
    printed.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix(name)?;
        let (number, _) = rest.trim_start_matches([':', ' ']).split_once(unit)?;
        number.trim().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_benches_print() {
        let events = "2000 rules, one core\nordinary, dense              190 MB/s    120000 records/s, 3 matches\n";
        assert_eq!(
            number_behind(events, "ordinary, dense", "MB/s"),
            Some(190.0)
        );
        let logs = "                    10,000 domains:   2.13 GB/s, 0.30 of counting\n";
        assert_eq!(number_behind(logs, "10,000 domains", "GB/s"), Some(2.13));
        assert_eq!(number_behind(logs, "100 domains", "GB/s"), None);
    }
}
