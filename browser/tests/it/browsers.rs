//! A browser as tests use it, and the names that lead to a test's own servers.
#![expect(
    clippy::unwrap_used,
    reason = "a test whose browser cannot be set up has failed"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use browser::{Browser, BrowserError, Limits, Opening, Rendered};
use visit::{Names, Permission};

/// The names that lead to this machine, and are allowed to.
pub const NAMES: [&str; 3] = ["site.test", "other.test", "gone.test"];

/// Opens a page as `agent`, and makes sure that nothing of the browser is left.
pub async fn open(
    browser: &Browser,
    url: &str,
    agent: &str,
    keys: &BTreeSet<String>,
) -> Result<Rendered, BrowserError> {
    let nobody = Names::of_servers(&["127.0.0.1:1".parse().unwrap()]).unwrap();
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let pins: BTreeMap<String, IpAddr> = NAMES.map(|name| (name.to_owned(), here)).into();
    let permission = Permission {
        hosts: NAMES.map(str::to_owned).into(),
    };
    let opening = Opening {
        url,
        agent,
        pins: &pins,
        keys,
        permission: &permission,
    };
    let rendered = browser.open(&nobody, &opening).await;
    assert_eq!(left_over(agent), Vec::<String>::new());
    rendered
}

/// Returns processes that live and were told of this agent.
fn left_over(agent: &str) -> Vec<String> {
    let folders = std::fs::read_dir("/proc").unwrap().map_while(Result::ok);
    let lines = folders.filter_map(|folder| {
        let path = folder.path().join("cmdline");
        let line = read_or_nothing(&path)?;
        line.contains(agent).then_some(line)
    });
    lines.collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "processes come and go, and no error is told"
)]
fn read_or_nothing(path: &std::path::Path) -> Option<String> {
    let bytes = std::fs::read(path).ok()?;
    Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
}

/// Returns a browser that waits briefly; nothing, and says so, where there is none.
pub fn browser() -> Option<Browser> {
    let browser = Browser::find();
    if browser.is_none() {
        testkit::skipping::skipped(
            "pages in a browser",
            "chromium is not installed (apt-get install chromium)",
        );
    }
    browser.map(|browser| browser.with_limits(limits()))
}

/// Limits of tests.
pub fn limits() -> Limits {
    Limits {
        linger: std::time::Duration::from_millis(1_500),
        ..Limits::default()
    }
}
