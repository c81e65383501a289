//! What a worker is told to do, and what it tells: lines of JSON on its standard input and output.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use agent::BudgetPlace;
use domain::{Alert, AlertId, SweepReport};
use serde::{Deserialize, Serialize};
use sweep::{Budget, Paused, ProgressNow, Skips, SweepOptions, Thoroughness};

/// A whole sweep.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a message between two processes, read in one place"
)]
pub struct Order {
    /// What to look for.
    pub alerts: Vec<OrderedAlert>,
    /// Where.
    pub roots: Vec<OrderPath>,
    /// What to leave out.
    pub exclude: Vec<OrderPath>,
    /// How many threads.
    pub threads: Option<NonZeroUsize>,
    /// Bytes of one content that rules are matched with.
    pub rule_bytes_max: u64,
    /// After this time the sweep stops.
    pub time_limit: Option<Duration>,
    /// After this time without anything happening, an item is given up.
    pub item_time_max: Duration,
    /// Whether every file is hashed.
    pub hashes_everything: bool,
    /// The inventory's folder.
    pub inventory: Option<OrderPath>,
    /// The host's name for the report.
    pub host: String,
    /// Whether containers are opened.
    pub opens_containers: bool,
    /// Whether the running system is examined.
    pub looks_at_running: bool,
    /// Where the lists of what was not examined go, one for each alert, or none.
    pub lists: Vec<OrderPath>,
    /// Whether the reports are of use without these lists.
    pub may_lose_lists: bool,
    /// What it may cost at first.
    pub budget: Budget,
    /// What it may cost where its file says nothing.
    pub usual_budget: Budget,
    /// Where that is looked up while the sweep runs.
    pub budget_file: Option<(OrderPath, BudgetPlace)>,
    /// Whether it gives way to all other processes.
    pub gives_way: bool,
    /// What earlier attempts ended with.
    pub skips: Skips,
}

/// One alert.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderedAlert {
    /// What to look for.
    pub alert: Alert,
    /// Its id, where it is signed.
    pub id: Option<AlertId>,
    /// What to say could not be used where its rules cannot be; without it, they are reported as not checked.
    pub name: Option<String>,
}

impl Order {
    /// Makes the order of a sweep with these options, of the disk alone and with no list of what was not examined.
    pub fn new(alerts: Vec<OrderedAlert>, options: &SweepOptions) -> Self {
        let path = |path: &PathBuf| OrderPath::from(path.as_path());
        let budget = options.limits.now();
        let inventory = options.inventory.as_ref();
        Self {
            alerts,
            roots: options.roots.iter().map(path).collect(),
            exclude: options.exclude.iter().map(path).collect(),
            threads: options.threads,
            rule_bytes_max: options.rule_bytes_max,
            time_limit: options.time_limit,
            item_time_max: super::ITEM_TIME_MAX,
            hashes_everything: options.thoroughness == Thoroughness::HashEverything,
            inventory: inventory.map(|kept| path(&kept.folder)),
            host: options.host.clone(),
            opens_containers: true,
            looks_at_running: false,
            lists: Vec::new(),
            may_lose_lists: false,
            budget,
            usual_budget: budget,
            budget_file: None,
            gives_way: false,
            skips: Skips::default(),
        }
    }
}

/// A path, whatever its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderPath(Vec<u8>);

impl From<&Path> for OrderPath {
    fn from(path: &Path) -> Self {
        Self(path.as_os_str().as_bytes().to_vec())
    }
}

impl OrderPath {
    /// Returns the path.
    pub fn to_path(&self) -> PathBuf {
        PathBuf::from(OsString::from_vec(self.0.clone()))
    }
}

/// What a worker tells.
#[derive(Debug, Serialize, Deserialize)]
pub enum Message {
    /// What it may cost from now on.
    Budget(Budget),
    /// It could not begin.
    Failed(String),
    /// It waits, or goes on.
    Pause(Option<Paused>),
    /// How far it is.
    Progress(ProgressNow),
    /// It is done.
    Reports(Vec<SweepReport>),
}

/// What a worker is told after its order, as a line.
pub const STOP: &str = "stop";
