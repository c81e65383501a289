//! Other programs that watch pages, at the same zoo with the same number of requests. They say "changed" and nothing else, which
//! counts as a call for a person.

mod changedetection;

mod urlwatch;

use std::path::Path;

use anyhow::Result;

pub use self::changedetection::ChangeDetection;
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
}

/// Returns every peer that is installed in a virtual environment of Python.
pub fn installed(environment: &Path, proxy: &str, folder: &Path) -> Result<Vec<Box<dyn Peer>>> {
    let mut peers: Vec<Box<dyn Peer>> = Vec::new();
    let program = environment.join("bin").join("urlwatch");
    if program.try_exists()? {
        peers.push(Box::new(UrlWatch::new(
            &program,
            proxy,
            &folder.join("urlwatch"),
        )));
    }
    let program = environment.join("bin").join("changedetection.io");
    if program.try_exists()? {
        peers.push(Box::new(ChangeDetection::new(
            &program,
            proxy,
            &folder.join("changedetection"),
        )));
    }
    Ok(peers)
}
