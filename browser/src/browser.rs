//! A browser that can be started, and one opening of one page in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use url::Url;
use visit::{Names, Permission};

use crate::devtools::{Conversation, Fault, Request, Told};
use crate::limits::Limits;
use crate::looking::{Sight, look};
use crate::platform::user_of_browsers;
use crate::profiles;
use crate::proxy::{Proxy, Reached, Refused, Rules};
use crate::starting::{Running, Start};

/// Where Debian and others put a Chromium. The program itself comes before the script that adds extensions to it.
const PLACES: [&str; 4] = [
    "/usr/lib/chromium/chromium",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
];
/// How often the memory of a browser is looked at. A page can take some 300 MB in that time.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// At every so many of these looks its files are counted too.
const LOOKS_A_COUNT: u32 = 10;
/// How long an opening waits until another browser has ended.
const TURN_TIME: Duration = Duration::from_mins(2);
/// Hosts whose openings are remembered.
const HOSTS_MAX: usize = 10_000;
const HOUR: Duration = Duration::from_hours(1);

/// Whether the browser's own processes are fenced off from the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sandbox {
    /// As they come. It needs user namespaces or Debian's `chromium-sandbox`.
    #[default]
    With,
    /// Not at all: in a container that permits nothing of the kind, and is itself the fence.
    Without,
}

/// There is no browser at this place.
#[derive(Debug, Error)]
#[error("find a browser at '{place}'", place = place.display())]
pub struct NoBrowser {
    place: PathBuf,
}

/// Starts browsers, a new one for each page.
#[derive(Debug)]
pub struct Browser {
    program: PathBuf,
    sandbox: Sandbox,
    limits: Limits,
    turns: Arc<Semaphore>,
    opened: Mutex<HashMap<String, Vec<Instant>>>,
    starts: AtomicUsize,
    is_cleared: AtomicBool,
}

/// A page that is to be opened, and how.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'o> {
    /// Its address.
    pub url: &'o str,
    /// Who the browser says that it is.
    pub agent: &'o str,
    /// Names and addresses at which they were seen a moment ago: the browser comes to the same server. Lower case.
    pub pins: &'o BTreeMap<String, IpAddr>,
    /// Public keys that were seen a moment ago, as SHA-256 in hexadecimal: the browser believes them whoever signed them.
    pub keys: &'o BTreeSet<String>,
    /// Where it may go beside public addresses.
    pub permission: &'o Permission,
}

/// What a page showed and loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// The window's content as PNG. Not written out: whoever keeps it knows where.
    #[serde(skip)]
    pub picture: Vec<u8>,
    /// Where the browser was at last.
    pub final_url: String,
    /// The title then.
    pub title: String,
    /// The page as scripts had made it, with its markup.
    #[serde(skip)]
    pub markup: String,
    /// Everything that was asked for, in order.
    pub requests: Vec<Request>,
    /// Every place that was connected with: also what a page does not tell of itself.
    pub reached: Vec<Reached>,
    /// Every place that was not.
    pub refused: Vec<Refused>,
    /// What the page asked or told its visitor in windows that wait for an answer.
    pub questions: Vec<String>,
    /// Whether everything had come before there was no more time.
    pub is_complete: bool,
    /// Bytes that were passed on.
    pub bytes: u64,
    /// How long it took, from the start to the end of all processes.
    pub took: Duration,
}

/// Why a page could not be opened in a browser.
#[derive(Debug, Error)]
pub enum BrowserError {
    /// Others are being opened.
    #[error("have a browser: others are in use")]
    Busy,
    /// The page's process has gone.
    #[error("show the page: it crashed")]
    Crashed,
    /// It stored more than it may.
    #[error("show the page: it stored too much")]
    Disk,
    /// Pages of its host were opened often enough.
    #[error("open another page of the host within the hour")]
    Enough,
    /// The browser has ended, or could not do something.
    #[error("{0}")]
    Fault(String),
    /// The page did not come.
    #[error("load the page: {0}")]
    Load(String),
    /// It needed more than it may have.
    #[error("show the page: it needed {megabytes} MB in {processes} processes")]
    Memory {
        /// Memory.
        megabytes: u64,
        /// Processes.
        processes: usize,
    },
    /// The browser or the way to it cannot be set up.
    #[error("start the browser")]
    Start(#[source] std::io::Error),
    /// An answer that makes no sense.
    #[error("understand the browser: {0}")]
    Strange(String),
    /// It took too long.
    #[error("wait any longer for the page to {0}")]
    Time(&'static str),
    /// Not an address of the web.
    #[error("open '{0}': no address of the web")]
    Url(String),
}

impl From<Fault> for BrowserError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault.to_string())
    }
}

impl BrowserError {
    /// Tells whether a browser was started before it came to this.
    pub fn was_started(&self) -> bool {
        !matches!(
            self,
            Self::Busy | Self::Enough | Self::Start(_) | Self::Url(_)
        )
    }
}

impl Browser {
    /// Looks for one where Linux distributions put it.
    pub fn find() -> Option<Self> {
        PLACES
            .iter()
            .find_map(|place| Self::at(Path::new(place)).ok())
    }

    /// Uses this one.
    pub fn at(place: &Path) -> Result<Self, NoBrowser> {
        let missing = || NoBrowser {
            place: place.to_owned(),
        };
        let metadata = fs_err::metadata(place).map_err(|_| missing())?;
        if !metadata.is_file() {
            return Err(missing());
        }
        let limits = Limits::default();
        Ok(Self {
            program: place.to_owned(),
            sandbox: Sandbox::default(),
            limits,
            turns: Arc::new(Semaphore::new(limits.beside.max(1))),
            opened: Mutex::default(),
            starts: AtomicUsize::new(0),
            is_cleared: AtomicBool::new(false),
        })
    }

    /// With these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.turns = Arc::new(Semaphore::new(limits.beside.max(1)));
        self.limits = limits;
        self
    }

    /// With or without the fence of its own.
    #[must_use]
    pub fn with_sandbox(mut self, sandbox: Sandbox) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Returns how many were started.
    pub fn starts(&self) -> usize {
        self.starts.load(Ordering::Relaxed)
    }

    /// Opens a page in a new browser, and returns when nothing of that browser is left. Where the future is dropped, the browser
    /// ends as well.
    pub async fn open(
        &self,
        names: &Names,
        opening: &Opening<'_>,
    ) -> Result<Rendered, BrowserError> {
        let url = Url::parse(opening.url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
            .ok_or_else(|| BrowserError::Url(opening.url.chars().take(200).collect()))?;
        self.count_opening(url.host_str().unwrap_or_default())?;
        let turn = timeout(TURN_TIME, self.turns.acquire()).await;
        let _turn = turn.map_err(|_| BrowserError::Busy)?;
        let started = Instant::now();
        let rules = Rules {
            names: names.clone(),
            permission: opening.permission.clone(),
            pins: opening.pins.clone(),
            port: url.port_or_known_default().unwrap_or(443),
            bytes_max: self.limits.network_bytes,
            connections_max: self.limits.connections,
        };
        let proxy = Proxy::open(rules, user_of_browsers()).await;
        let proxy = proxy.map_err(BrowserError::Start)?;
        self.clear_once().await;
        let start = Start {
            program: &self.program,
            sandbox: self.sandbox,
            proxy: proxy.at(),
            agent: opening.agent,
            keys: opening
                .keys
                .iter()
                .filter_map(|key| in_base64(key))
                .collect(),
        };
        self.starts.fetch_add(1, Ordering::Relaxed);
        let (running, to, from) =
            Running::start(&start, &self.limits).map_err(BrowserError::Start)?;
        proxy.serve(running.kin());
        let mut conversation = Conversation::new(from, to, Told::new(self.limits.requests));
        let sight = tokio::select! {
            sight = look(&mut conversation, url.as_str(), &self.limits) => sight,
            excess = self.watch(&running) => Err(excess),
        };
        running.end().await;
        let account = proxy.account();
        let Sight {
            url: final_url,
            title,
            markup,
            picture,
            is_complete,
        } = sight?;
        Ok(Rendered {
            picture,
            final_url,
            title,
            markup,
            requests: conversation.told.requests,
            reached: account.reached.into_iter().collect(),
            refused: account.refused.into_iter().collect(),
            questions: conversation.told.questions,
            is_complete: is_complete && account.bytes <= self.limits.network_bytes,
            bytes: account.bytes,
            took: started.elapsed(),
        })
    }

    /// Removes once what browsers of watches left behind that were killed.
    async fn clear_once(&self) {
        if !self.is_cleared.swap(true, Ordering::Relaxed) {
            let clear = || profiles::clear_left_behind(&std::env::temp_dir());
            let _ = tokio::task::spawn_blocking(clear).await;
        }
    }

    /// Looks at what a browser needs until that is too much.
    async fn watch(&self, running: &Running) -> BrowserError {
        let mut moments = interval(LOOK_EVERY);
        moments.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looks = 0_u32;
        loop {
            moments.tick().await;
            looks = looks.wrapping_add(1);
            if looks.is_multiple_of(LOOKS_A_COUNT) && running.disk_bytes() > self.limits.disk_bytes
            {
                return BrowserError::Disk;
            }
            let usage = running.usage();
            if usage.memory_bytes > self.limits.memory_bytes
                || usage.processes > self.limits.processes
            {
                return BrowserError::Memory {
                    megabytes: usage.memory_bytes / 1024 / 1024,
                    processes: usage.processes,
                };
            }
        }
    }

    /// Counts an opening of a page of this host, unless there were enough.
    fn count_opening(&self, host: &str) -> Result<(), BrowserError> {
        let now = Instant::now();
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= HOSTS_MAX {
            opened.retain(|_, times| times.last().is_some_and(|last| now - *last < HOUR));
        }
        if opened.len() >= HOSTS_MAX {
            return Err(BrowserError::Enough);
        }
        let times = opened.entry(host.to_owned()).or_default();
        times.retain(|time| now - *time < HOUR);
        if times.len() >= self.limits.openings_an_hour {
            return Err(BrowserError::Enough);
        }
        times.push(now);
        Ok(())
    }
}

/// Returns a digest in base64 that was written in hexadecimal.
fn in_base64(hexadecimal: &str) -> Option<String> {
    domain::digest::parse_hex::<32>(hexadecimal).map(|digest| STANDARD.encode(digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_the_browser_reads_it_or_not_at_all() {
        let zeros = in_base64(&"00".repeat(32)).unwrap();
        assert_eq!(zeros, format!("{}=", "A".repeat(43)));
        // Whatever else stood there would become further arguments of ours.
        assert_eq!(in_base64("x,y"), None);
        assert_eq!(in_base64(&"zz".repeat(32)), None);
    }
}
