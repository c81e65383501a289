//! What processes of other programs need, as the kernel counts it below `/proc` (Linux).

use std::time::Duration;

use rustix::param::clock_ticks_per_second;

/// Returns the time of the processor that a process needed, and those of its children that have ended.
pub(super) fn cpu_of(process: &str) -> Duration {
    fields_of(process, 11, 4)
}

/// Returns the time of the processor that the children of this program needed that have ended.
pub fn cpu_of_children() -> Duration {
    fields_of("self", 13, 2)
}

/// Adds up fields that count ticks.
fn fields_of(process: &str, from: usize, count: usize) -> Duration {
    let text = fs_err::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name stands in brackets and may hold anything; the third field follows it (proc_pid_stat(5)).
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: u64 = fields
        .split_whitespace()
        .skip(from)
        .take(count)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 1_000 / clock_ticks_per_second().max(1))
}

/// Returns the most memory that a process has had so far, in bytes.
pub fn memory_of(process: u32) -> u64 {
    let text = fs_err::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1_024
}
