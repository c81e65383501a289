//! What is heard of sites under watch on the bad pages of others, from one command to the next.

use std::collections::BTreeSet;

use watch::keeping::{KeepError, WatchFolder, host_of};
use watch::{Heard, Survey, heard_as};

/// In the folder of the watch.
const FILE: &str = "heard.json";

/// What is heard, and of which sites it matters.
pub struct HeardOf {
    heard: Heard,
    /// Sites under watch, as they are heard of.
    watched: BTreeSet<String>,
    is_changed: bool,
}

impl HeardOf {
    /// Begins with what was heard before.
    pub fn begin(folder: &WatchFolder) -> Result<Self, KeepError> {
        let targets = folder.targets()?;
        let heard: Option<Heard> = folder.part(FILE)?;
        Ok(Self {
            heard: heard.unwrap_or_default(),
            watched: targets
                .iter()
                .map(|target| heard_as(&host_of(&target.url)))
                .collect(),
            is_changed: false,
        })
    }

    /// Takes in where bad pages of a site lead; returns the sites under watch of which that is news.
    pub fn take(&mut self, host: &str, leads_to: &BTreeSet<String>) -> BTreeSet<String> {
        let leads_to = leads_to.iter().map(String::as_str);
        let is_watched = |one: &str| self.watched.contains(one);
        let news = self.heard.take(host, leads_to, is_watched);
        self.is_changed |= !news.is_empty();
        news
    }

    /// Takes in a survey of a site: what was heard of it and is in order is forgotten.
    pub fn learn(&mut self, host: &str, found: &Survey) {
        self.is_changed |= !self.heard.of(host).is_empty();
        self.heard.learn(host, found);
    }

    /// Returns what was heard of a site.
    pub fn of(&self, host: &str) -> Vec<String> {
        self.heard.of(host)
    }

    /// Keeps what is heard, where that has changed.
    pub fn keep(&mut self, folder: &WatchFolder) -> Result<(), KeepError> {
        if std::mem::take(&mut self.is_changed) {
            folder.keep_part(FILE, &self.heard)?;
        }
        Ok(())
    }
}
