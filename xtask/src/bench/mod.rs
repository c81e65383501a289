//! `cargo xtask bench sweep`: how fast a sweep is beside the programs that people compare it with, and whether it finds
//! what they find. The figures are this machine's; nothing fails for being slow, only for finding something else.

mod options;

mod program;

mod board;

pub mod alerts;

mod findings;

mod rule_files;

mod sections;

mod listing;

mod containers;

mod matching;

mod peers;

mod loki;

mod hashing;

mod ten_rules;

mod resweep;

mod rates;

use anyhow::Result;

use options::Options;
use sections::{Bench, Section};

/// What can be measured, quickest first.
const SECTIONS: [Section; 9] = [
    Section::new("listing", listing::measure),
    Section::new("containers", containers::measure),
    Section::new("hashing", hashing::measure),
    Section::new("ten-rules", ten_rules::measure),
    Section::new("resweep", resweep::measure),
    Section::new("rules", matching::measure),
    Section::new("event-logs", rates::measure_event_logs),
    Section::new("text-logs", rates::measure_text_logs),
    Section::new("peers", peers::measure),
];

/// Measures `tocsin sweep` as these words of the command line say.
pub fn sweep(words: &[&str]) -> Result<()> {
    let names: Vec<&str> = SECTIONS.iter().map(|section| section.name).collect();
    let options = Options::parse(words, &names)?;
    Bench::prepare(&options)?.run(&SECTIONS)
}
