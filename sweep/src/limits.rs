//! What a sweep may cost while others use the machine. Every limit can be changed while a sweep runs.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// Bytes of whole contents in memory, of all threads together, by default 256 MiB: the largest content that rules are
/// matched with fits once.
pub const CONTENT_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Limits that all threads look at before each file and each piece of one.
#[derive(Debug)]
pub struct Limits {
    cpu_percent: AtomicU32,
    content_bytes_max: AtomicU64,
    is_paused: AtomicBool,
    pauses_on_battery: AtomicBool,
    pauses_under_pressure: AtomicBool,
}

/// Why a sweep does nothing at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paused {
    /// Somebody asked for it.
    Asked,
    /// The machine runs on its battery.
    OnBattery,
    /// Others wait for the processor, the disk or memory.
    UnderPressure,
}

/// A sweep's limits at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The share of all processors together, 1 to 100; 100 is no limit.
    pub cpu_percent: u32,
    /// Bytes of whole contents in memory, of all threads together. A larger content is listed as too large.
    pub content_bytes_max: u64,
    /// Whether the sweep waits until this is false.
    pub is_paused: bool,
    /// Whether it waits while the machine runs on its battery.
    pub pauses_on_battery: bool,
    /// Whether it waits while others wait for the processor, the disk or memory.
    pub pauses_under_pressure: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            cpu_percent: 100,
            content_bytes_max: CONTENT_BYTES_MAX,
            is_paused: false,
            pauses_on_battery: false,
            pauses_under_pressure: false,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(&Budget::default())
    }
}

impl Limits {
    /// Makes limits that are `budget` until they are changed.
    pub fn new(budget: &Budget) -> Self {
        let limits = Self {
            cpu_percent: AtomicU32::new(0),
            content_bytes_max: AtomicU64::new(0),
            is_paused: AtomicBool::new(false),
            pauses_on_battery: AtomicBool::new(false),
            pauses_under_pressure: AtomicBool::new(false),
        };
        limits.set(budget);
        limits
    }

    /// Changes the limits; running sweeps heed them within a second.
    pub fn set(&self, budget: &Budget) {
        let cpu_percent = budget.cpu_percent.clamp(1, 100);
        self.cpu_percent.store(cpu_percent, Ordering::Relaxed);
        self.content_bytes_max
            .store(budget.content_bytes_max, Ordering::Relaxed);
        self.is_paused.store(budget.is_paused, Ordering::Relaxed);
        self.pauses_on_battery
            .store(budget.pauses_on_battery, Ordering::Relaxed);
        self.pauses_under_pressure
            .store(budget.pauses_under_pressure, Ordering::Relaxed);
    }

    /// Returns the limits as they are now.
    pub fn now(&self) -> Budget {
        Budget {
            cpu_percent: self.cpu_percent.load(Ordering::Relaxed),
            content_bytes_max: self.content_bytes_max.load(Ordering::Relaxed),
            is_paused: self.is_paused.load(Ordering::Relaxed),
            pauses_on_battery: self.pauses_on_battery.load(Ordering::Relaxed),
            pauses_under_pressure: self.pauses_under_pressure.load(Ordering::Relaxed),
        }
    }
}

impl Budget {
    /// Tells whether nothing has to be waited for.
    pub(crate) fn is_free(&self) -> bool {
        self.cpu_percent >= 100
            && !self.is_paused
            && !self.pauses_on_battery
            && !self.pauses_under_pressure
    }
}
