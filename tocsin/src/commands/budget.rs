//! What a sweep may cost, as a person says it on the command line.

use std::path::PathBuf;

use agent::BudgetPlace;
use clap::Args;
use sweep::Budget;

use crate::wiring::supervisor::worker::read_budget;

/// The options of a budget.
#[derive(Args)]
pub struct BudgetArguments {
    /// The share of all processors together that the sweep may use, in percent: 1 to 100.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=100))]
    cpu: Option<u32>,
    /// Give way to every other process, for the processor and for the disk.
    #[arg(long)]
    pub idle: bool,
    /// Wait while the machine runs on its battery.
    #[arg(long)]
    pause_on_battery: bool,
    /// Wait while others wait for the processor, the disk or memory.
    #[arg(long)]
    pause_under_pressure: bool,
    /// Memory for whole contents, of all threads together, in MiB. A larger content is listed as too large. Without it,
    /// 256, or as much as --rule-size-max.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=65_536))]
    memory: Option<u64>,
    /// Look the budget up in this file while the sweep runs.
    #[arg(long, value_name = "FILE")]
    pub budget: Option<PathBuf>,
}

impl BudgetArguments {
    /// Returns the budget with which the sweep begins.
    pub fn read(&self, rule_bytes_max: u64) -> anyhow::Result<Budget> {
        let usual = self.usual(rule_bytes_max);
        let Some(file) = &self.budget else {
            return Ok(usual);
        };
        read_budget(file, BudgetPlace::File, &usual).map_err(|error| {
            anyhow::Error::msg(format!(
                "could not use the budget '{}': {error}",
                file.display()
            ))
        })
    }

    /// Returns what holds where the file says nothing.
    pub fn usual(&self, rule_bytes_max: u64) -> Budget {
        let default = Budget::default();
        let memory_bytes = self.memory.map(|mib| mib * 1024 * 1024);
        Budget {
            cpu_percent: self.cpu.unwrap_or(default.cpu_percent),
            content_bytes_max: memory_bytes
                .unwrap_or(default.content_bytes_max.max(rule_bytes_max)),
            is_paused: false,
            pauses_on_battery: self.pause_on_battery,
            pauses_under_pressure: self.pause_under_pressure,
        }
    }
}
