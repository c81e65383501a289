//! What weighs on this machine: the time that this process has run, whether the machine runs on its battery, and whether
//! others wait (`/proc/pressure`, documented in the kernel's `accounting/psi.rst`).

use std::path::Path;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

const SUPPLIES: &str = "/sys/class/power_supply";
const PRESSURES: [&str; 3] = [
    "/proc/pressure/cpu",
    "/proc/pressure/io",
    "/proc/pressure/memory",
];

/// Returns how long all threads of this process have run on a processor together.
pub(crate) fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Makes this process give way to all others: the lowest priority for the processor. The kernel derives that of the disk
/// from it, as `ioprio_set(2)` says: level 7 of best effort. Threads started from now on inherit it; there is no way back.
pub(crate) fn give_way() -> std::io::Result<()> {
    Ok(rustix::process::setpriority_process(None, 19)?)
}

/// Tells whether the machine runs on its battery: something discharges, and no mains are there. What cannot be read does
/// not hold up a sweep.
pub(crate) fn is_on_battery() -> bool {
    is_discharging(Path::new(SUPPLIES))
}

fn is_discharging(supplies: &Path) -> bool {
    let Ok(entries) = fs_err::read_dir(supplies) else {
        return false;
    };
    let mut discharges = false;
    for entry in entries.flatten() {
        let of = |name: &str| fs_err::read_to_string(entry.path().join(name)).unwrap_or_default();
        match of("type").trim() {
            "Mains" | "USB" | "Wireless" if of("online").trim() == "1" => return false,
            // The battery of a mouse says "Device".
            "Battery" if of("scope").trim() != "Device" => {
                discharges |= of("status").trim() == "Discharging";
            }
            "UPS" => discharges |= of("status").trim() == "Discharging",
            _ => {}
        }
    }
    discharges
}

/// Returns in how many percent of the last ten seconds something waited for the processor, the disk or memory; 0 where
/// the kernel does not say.
pub(crate) fn pressure() -> f64 {
    let read = |file: &&str| fs_err::read_to_string(file).ok();
    PRESSURES
        .iter()
        .filter_map(read)
        .filter_map(|text| some_avg10(&text))
        .fold(0.0, f64::max)
}

fn some_avg10(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
    let value = line
        .split(' ')
        .find_map(|word| word.strip_prefix("avg10="))?;
    value
        .parse()
        .ok()
        .filter(|value| (0.0..=100.0).contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_pressure_that_the_kernel_states_and_nothing_else() {
        let text =
            "some avg10=12.34 avg60=1.00 avg300=0.00 total=5\nfull avg10=99.00 avg60=0 total=0\n";
        assert_eq!(some_avg10(text), Some(12.34));
        for other in [
            "",
            "some",
            "some avg10=",
            "some avg10=NaN",
            "some avg10=1e9",
            "full avg10=1.0",
        ] {
            assert_eq!(some_avg10(other), None, "{other}");
        }
    }

    #[test]
    fn is_on_battery_only_where_one_discharges_and_no_mains_are_there() {
        let is_on_battery = |supplies: &[&[(&str, &str)]]| {
            let folder = tempfile::tempdir().unwrap();
            for (number, facts) in supplies.iter().enumerate() {
                let supply = folder.path().join(number.to_string());
                fs_err::create_dir_all(&supply).unwrap();
                for (name, value) in *facts {
                    fs_err::write(supply.join(name), format!("{value}\n")).unwrap();
                }
            }
            is_discharging(folder.path())
        };
        let battery: &[_] = &[("type", "Battery"), ("status", "Discharging")];
        let full: &[_] = &[("type", "Battery"), ("status", "Full")];
        let mouse: &[_] = &[
            ("type", "Battery"),
            ("scope", "Device"),
            ("status", "Discharging"),
        ];
        let mains_on: &[_] = &[("type", "Mains"), ("online", "1")];
        let mains_off: &[_] = &[("type", "Mains"), ("online", "0")];
        assert!(is_on_battery(&[battery]));
        assert!(is_on_battery(&[mains_off, battery]));
        assert!(!is_on_battery(&[battery, mains_on]));
        assert!(!is_on_battery(&[full, mains_off]));
        assert!(!is_on_battery(&[mouse]));
        assert!(!is_on_battery(&[]));
        assert!(!is_discharging(Path::new("/nowhere/at/all")));
    }

    #[test]
    fn the_time_of_a_process_never_runs_backwards() {
        let first = processor_time();
        assert!(processor_time() >= first && first < Duration::from_hours(24));
    }
}
