//! Everything that a sweep asks beside names, sizes and digests: one detector for each kind of content, what opens
//! containers, what tells of the running system.

use agent::Engines;
use domain::Alert;
use sweep::{Detector, LiveSystem, Packages, Unpacker};

use super::containers::Containers;
use super::event_logs::EventLogDetector;
use super::rules::RuleDetector;
use super::running::{KnownPackages, RunningSystem};
use super::text_logs::TextLogDetector;
use super::traces::TraceDetector;

/// Makes what can be made of an alert's checks; each detector only where the alert gives it something to do.
pub fn detectors_for(alert: &Alert) -> Result<Vec<Box<dyn Detector>>, String> {
    let mut detectors: Vec<Box<dyn Detector>> = Vec::new();
    if let Some(rules) = RuleDetector::for_alert(alert)? {
        detectors.push(Box::new(rules));
    }
    if let Some(events) = EventLogDetector::for_alert(alert)? {
        detectors.push(Box::new(events));
    }
    if let Some(logs) = TextLogDetector::for_alert(alert) {
        detectors.push(Box::new(logs));
    }
    if let Some(traces) = TraceDetector::for_alert(alert) {
        detectors.push(Box::new(traces));
    }
    Ok(detectors)
}

/// The engines of a host, for the agent and for a sweep of its own.
pub struct HostEngines {
    containers: Option<Containers>,
    running: Option<RunningSystem>,
    packages: KnownPackages,
}

/// Whether containers are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenContainers {
    /// They are examined as files only.
    No,
    /// They are opened under one budget each.
    Yes,
}

/// Whether what runs is examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookAtRunning {
    /// Only disks are examined.
    No,
    /// Processes, connections and what starts by itself are examined too.
    Yes,
}

impl HostEngines {
    /// Makes the engines of this host.
    pub fn new(containers: OpenContainers, running: LookAtRunning) -> Self {
        Self {
            containers: (containers == OpenContainers::Yes).then(Containers::default),
            running: (running == LookAtRunning::Yes).then(RunningSystem::default),
            packages: KnownPackages::default(),
        }
    }
}

impl HostEngines {
    /// Leaves out the memory of one more process.
    pub fn leaving_out(mut self, pid: u32) -> Self {
        if let Some(running) = &mut self.running {
            running.leave_out(pid);
        }
        self
    }
}

impl Engines for HostEngines {
    fn detectors(&self, alert: &Alert) -> Result<Vec<Box<dyn Detector>>, String> {
        detectors_for(alert)
    }

    fn unpacker(&self) -> Option<&dyn Unpacker> {
        self.containers.as_ref().map(|one| one as &dyn Unpacker)
    }

    fn live(&self) -> Option<&dyn LiveSystem> {
        self.running.as_ref().map(|one| one as &dyn LiveSystem)
    }

    fn packages(&self) -> Option<&dyn Packages> {
        Some(&self.packages)
    }
}
