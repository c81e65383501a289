//! What the agent has swept, and who sweeps: the program brings somebody, for the agent itself links no rule engine.
//!
//! Whoever sweeps must come back, whatever an item does to the program that matches it. `tocsin` therefore sweeps in a
//! process of its own; [`Engines`] do it in this one.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use documents::Verified;
use domain::{Alert, Clock, SweepReport};
use sweep::inventory::InventoryOptions;
use sweep::{
    Detector, Limits, LiveSystem, NotExaminedLists, Packages, Surroundings, SweepError,
    SweepOptions, Target, Unpacker,
};
use tracing::warn;

use crate::paths::AgentPaths;
use crate::settings::Settings;

/// Sweeps for an agent.
pub trait Sweeper: Send + Sync {
    /// Walks once for all alerts, and returns one report for each, in their order.
    fn sweep(&self, order: &SweepOrder<'_>) -> Result<Vec<SweepReport>, SweepError>;
}

/// One sweep.
#[derive(Clone, Copy)]
pub struct SweepOrder<'a> {
    /// What to look for.
    pub alerts: &'a [&'a Verified<Alert>],
    /// Where, and how hard.
    pub settings: &'a Settings,
    /// Where things lie.
    pub paths: &'a AgentPaths,
    /// Tells the time.
    pub clock: &'a dyn Clock,
    /// Becomes true when the agent is to stop: what is returned then is no result.
    pub cancel: &'a AtomicBool,
}

impl SweepOrder<'_> {
    /// Returns what the agent's settings say of a sweep.
    pub fn options(&self) -> SweepOptions {
        SweepOptions {
            threads: NonZeroUsize::new(self.settings.threads),
            rule_bytes_max: self.settings.rule_bytes_max,
            limits: Arc::new(Limits::new(&self.settings.budget)),
            inventory: Some(InventoryOptions::new(self.paths.inventory())),
            host: self.settings.host_name(),
            ..SweepOptions::new(self.settings.roots.clone())
        }
    }

    /// Returns where the full list of what was not examined goes, for each alert.
    pub fn not_examined_lists(&self) -> Vec<PathBuf> {
        let alerts = self.alerts.iter();
        alerts
            .map(|alert| self.paths.not_examined(alert.alert_id()))
            .collect()
    }

    /// Tells whether this host is swept as a whole, and not a disk or a folder on it.
    pub fn covers_the_system(&self) -> bool {
        let mut roots = self.settings.roots.iter();
        roots.any(|root| root == Path::new("/"))
    }
}

/// What a sweep asks beside names, sizes and digests. Whoever brings engines sweeps in this process, under no supervision.
pub trait Engines: Send + Sync {
    /// Returns what makes the checks of `alert` that are not of names, sizes and digests.
    fn detectors(&self, alert: &Alert) -> Result<Vec<Box<dyn Detector>>, String>;

    /// Returns what opens containers.
    fn unpacker(&self) -> Option<&dyn Unpacker> {
        None
    }

    /// Returns what tells of the running system.
    fn live(&self) -> Option<&dyn LiveSystem> {
        None
    }

    /// Returns what knows the system's own packages.
    fn packages(&self) -> Option<&dyn Packages> {
        None
    }
}

impl<E: Engines> Sweeper for E {
    fn sweep(&self, order: &SweepOrder<'_>) -> Result<Vec<SweepReport>, SweepError> {
        let made: Vec<_> = order
            .alerts
            .iter()
            .map(|alert| detectors_or_none(self, alert))
            .collect();
        let detectors = sweep::lend(&made);
        let targets: Vec<Target<'_>> = order
            .alerts
            .iter()
            .zip(&detectors)
            .map(|(alert, detectors)| Target {
                alert: alert.value(),
                id: Some(alert.alert_id()),
                detectors,
            })
            .collect();
        let lists = NotExaminedLists::begin(order.not_examined_lists());
        let surroundings = Surroundings {
            not_examined: Some(&lists),
            unpacker: self.unpacker(),
            live: self.live().filter(|_| order.covers_the_system()),
            packages: self.packages(),
            ..Surroundings::new(order.clock, order.cancel)
        };
        let reports = sweep::sweep(&targets, &order.options(), &surroundings)?;
        if let Err(error) = lists.finish() {
            // The report still has its counts and examples.
            warn!(%error, "the list of what was not examined could not be written");
        }
        Ok(reports)
    }
}

/// Without its detectors the alert's rules are reported as not checked: incomplete, never clean.
fn detectors_or_none(engines: &impl Engines, alert: &Alert) -> Vec<Box<dyn Detector>> {
    engines.detectors(alert).unwrap_or_else(|reason| {
        warn!(alert = %alert.number, reason, "the rules cannot be used");
        Vec::new()
    })
}
