//! Other programs that watch pages, at the same zoo with the same number of requests. They say "changed" and nothing else, which
//! counts as a call for a person.

mod changedetection;

mod spending;

mod urlwatch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;

pub use self::changedetection::ChangeDetection;
pub use self::spending::{cpu_of_children, memory_of};
pub use self::urlwatch::UrlWatch;

/// What a peer says of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It is another.
    Changed,
    /// It could not be looked at.
    Failed,
    /// It is the same.
    Same,
}

/// A program that watches pages.
pub trait Peer {
    /// Returns its name in tables.
    fn name(&self) -> &'static str;

    /// Puts these pages under watch.
    fn add(&mut self, urls: &[String]) -> Result<()>;

    /// Looks at every page once and says of each what it says.
    fn look(&mut self) -> Result<Vec<Word>>;

    /// Returns what its processes needed so far.
    fn spent(&self) -> Spent;
}

/// What the processes of a program needed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Time of the processor.
    pub cpu: Duration,
    /// The most memory at one time, in bytes.
    pub memory: u64,
}

/// What peers are told of the zoo.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The proxy that knows its names.
    pub proxy: String,
    /// A file with the authorities that are believed.
    pub authorities: PathBuf,
    /// Where peers keep what they keep.
    pub folder: PathBuf,
}

/// The parts of the zoo's pages that honestly vary from look to look, as a person would name them who sets a watch up and knows
/// every page: clocks, counters, the weather, advertisements, banners, questions about cookies, variants, replies.
pub const VARYING: [&str; 12] = [
    ".ad-slot",
    "[class$='-clock']",
    "[class$='-count']",
    "[class$='-weather']",
    "[class$='-banner']",
    "[class$='-cookie']",
    "[class$='-hero-a']",
    "[class$='-hero-b']",
    "[class$='-most']",
    ".threads td + td",
    "script",
    "style",
];

/// Returns every peer that is installed in a virtual environment of Python.
pub fn installed(environment: &Path, around: &Surroundings) -> Result<Vec<Box<dyn Peer>>> {
    let mut peers: Vec<Box<dyn Peer>> = Vec::new();
    let program = environment.join("bin").join("urlwatch");
    if program.try_exists()? {
        peers.push(Box::new(UrlWatch::new(&program, around)));
    }
    let program = environment.join("bin").join("changedetection.io");
    if program.try_exists()? {
        peers.push(Box::new(ChangeDetection::new(&program, around)));
    }
    Ok(peers)
}
