//! What sweeps may cost on this host: the section `[budget]` of `agent.toml`, or a file of its own. Read again while a
//! sweep runs, so that a person can hold it back or let it go on.

use serde::Deserialize;
use sweep::Budget;

/// The keys, each of them optional.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawBudget {
    cpu_percent: Option<u32>,
    memory_mib: Option<u64>,
    paused: Option<bool>,
    pause_on_battery: Option<bool>,
    pause_under_pressure: Option<bool>,
}

#[derive(Default, Deserialize)]
struct WithSection {
    #[serde(default)]
    budget: RawBudget,
}

/// Where in a file a budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, Deserialize)]
pub enum BudgetPlace {
    /// It is the whole file.
    File,
    /// It is the section `[budget]`; the rest of the file is of no concern.
    Section,
}

/// Reads a budget from TOML. What the text does not say stays as in `usual`.
pub fn parse_budget(text: &str, place: BudgetPlace, usual: &Budget) -> Result<Budget, String> {
    let raw = match place {
        BudgetPlace::File => toml::from_str::<RawBudget>(text),
        BudgetPlace::Section => toml::from_str::<WithSection>(text).map(|file| file.budget),
    };
    let raw = raw.map_err(|error| error.to_string())?;
    raw.over(usual)
        .map_err(|(key, range)| format!("{key} must be {range}"))
}

impl RawBudget {
    /// Returns the budget that is `usual` but for what is said here; or the key that is out of range.
    pub(crate) fn over(self, usual: &Budget) -> Result<Budget, (&'static str, &'static str)> {
        if self
            .cpu_percent
            .is_some_and(|one| !(1..=100).contains(&one))
        {
            return Err(("cpu_percent", "1 to 100"));
        }
        if self
            .memory_mib
            .is_some_and(|one| !(1..=65_536).contains(&one))
        {
            return Err(("memory_mib", "1 to 65536"));
        }
        let memory_bytes = self.memory_mib.map(|mib| mib * 1024 * 1024);
        Ok(Budget {
            cpu_percent: self.cpu_percent.unwrap_or(usual.cpu_percent),
            content_bytes_max: memory_bytes.unwrap_or(usual.content_bytes_max),
            is_paused: self.paused.unwrap_or(usual.is_paused),
            pauses_on_battery: self.pause_on_battery.unwrap_or(usual.pauses_on_battery),
            pauses_under_pressure: self
                .pause_under_pressure
                .unwrap_or(usual.pauses_under_pressure),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_budget_does_not_say_stays_as_it_is() {
        let usual = Budget {
            cpu_percent: 40,
            pauses_on_battery: true,
            ..Budget::default()
        };
        let parse = |text: &str| parse_budget(text, BudgetPlace::File, &usual);
        assert_eq!(parse(""), Ok(usual));
        let paused = parse("paused = true\nmemory_mib = 8").expect("valid");
        assert_eq!(
            (paused.is_paused, paused.content_bytes_max),
            (true, 8 << 20)
        );
        assert_eq!((paused.cpu_percent, paused.pauses_on_battery), (40, true));
    }

    #[test]
    fn names_the_key_that_is_wrong() {
        let parse = |text: &str| parse_budget(text, BudgetPlace::File, &Budget::default());
        for (text, key) in [
            ("cpu_percent = 0", "cpu_percent"),
            ("cpu_percent = 101", "cpu_percent"),
            ("memory_mib = 0", "memory_mib"),
            ("memory_mib = 65537", "memory_mib"),
            ("pause = true", "pause"),
            ("paused = 1", "paused"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn a_section_is_read_whatever_else_the_file_holds() {
        let text = "threads = 3\n[budget]\ncpu_percent = 7\n";
        let budget = parse_budget(text, BudgetPlace::Section, &Budget::default());
        assert_eq!(budget.map(|budget| budget.cpu_percent), Ok(7));
        let none = parse_budget("threads = 3", BudgetPlace::Section, &Budget::default());
        assert_eq!(none, Ok(Budget::default()));
    }
}
