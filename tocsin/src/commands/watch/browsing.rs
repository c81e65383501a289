//! The browser in which pages are opened that nothing else explains.

use std::path::PathBuf;

use browser::{Browser, Sandbox};
use clap::Args;

/// Which browser.
#[derive(Args)]
pub struct Browsing {
    /// The Chromium in which pages are opened that nothing else explains, instead of the one that is installed.
    #[arg(long, value_name = "PROGRAM")]
    browser: Option<PathBuf>,
    /// Open no page in a browser.
    #[arg(long, conflicts_with = "browser")]
    no_browser: bool,
    /// Start it without its own sandbox: in a container that permits none, and is itself one.
    #[arg(long, conflicts_with = "no_browser")]
    browser_without_sandbox: bool,
}

impl Browsing {
    /// Returns the browser; nothing where there is none and none was named.
    pub fn browser(&self) -> anyhow::Result<Option<Browser>> {
        if self.no_browser {
            return Ok(None);
        }
        let browser = match &self.browser {
            Some(program) => Some(Browser::at(program)?),
            None => Browser::find(),
        };
        let sandbox = if self.browser_without_sandbox {
            Sandbox::Without
        } else {
            Sandbox::With
        };
        Ok(browser.map(|browser| browser.with_sandbox(sandbox)))
    }
}
