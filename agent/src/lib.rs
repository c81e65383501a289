//! Life on one host: receive and verify, sweep, isolate where it is permitted, report. Begin at `life.rs`.
//!
//! An agent acts on verified documents only, and only on what its own organisation permits. It links no rule engine:
//! whoever sweeps comes in through [`Sweeper`].

mod paths;

mod disk;
mod settings;

mod budget;
mod enrolment;

mod spool;
mod sweeping;
mod trust;
mod work;

mod life;

pub use budget::{BudgetPlace, parse_budget};
pub use enrolment::{EnrolError, Enrolment, OpenError, enrol};
pub use life::{RunError, run};
pub use paths::AgentPaths;
pub use settings::{EXAMPLE, Settings, SettingsError, machine_name};
pub use sweeping::{Engines, SweepOrder, Sweeper};
pub use trust::{OpenTrustError, TakeError};
pub use work::WorkError;
