//! A visit: name, address, connection, request, redirect, and so on until a page comes or nothing more.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use domain::digest::to_hex;
use http::header::{CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION};
use http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::asking::{Question, Reply, ask, kept_headers};
use crate::certificates::{Certificate, Inspector};
use crate::limits::Limits;
use crate::names::{Answers, NameError, Names};
use crate::permission::Permission;
use crate::politeness::{Manners, Turn, Turns};
use crate::robots::RobotsKept;
use crate::visitors::{Visitor, Wanted};

/// Headers that do what markup can do.
const WORKING: [&str; 4] = ["content-disposition", "link", "refresh", "x-robots-tag"];
/// Headers of one name that are kept.
const WORKING_MAX: usize = 20;

/// How visits are made.
#[derive(Clone, Debug)]
pub struct VisitSettings {
    /// Where sites that are visited can ask about it: an address of mail or of a page.
    pub contact: String,
    /// What one visit may cost.
    pub limits: Limits,
    /// How servers are treated.
    pub manners: Manners,
    /// Where visits may go.
    pub permission: Permission,
    /// Certificates of further authorities that are believed, as PEM.
    pub authorities: Vec<String>,
}

/// Why visits cannot be made at all.
#[derive(Debug, Error)]
#[error("set up visits: {message}")]
pub struct VisitError {
    message: String,
}

/// Makes visits.
pub struct Web {
    names: Names,
    inspector: Inspector,
    turns: Turns,
    robots: RobotsKept,
    settings: VisitSettings,
}

/// What is remembered of a page so that it need not be sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The header `ETag`.
    pub etag: Option<String>,
    /// The header `Last-Modified`.
    pub last_modified: Option<String>,
}

/// Something that a page loads.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'r> {
    /// Its address.
    pub url: &'r str,
    /// What it is for.
    pub wanted: Wanted,
    /// The page that names it. Its server is told, as browsers do: many give pictures to nobody who does not come from their pages.
    pub named_by: &'r str,
}

/// One visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Where it was to go.
    pub url: String,
    /// As whom.
    pub visitor: Visitor,
    /// Every request in turn.
    pub hops: Vec<Hop>,
    /// What came of it.
    pub outcome: Outcome,
    /// How long it took, waiting for its turn left out.
    pub took: Duration,
    /// The page as far as it came, where the visit failed in the midst of it. Browsers show so much.
    #[serde(skip)]
    pub unfinished: Option<Page>,
}

/// One request and what came back, without the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The address that was asked for.
    pub url: String,
    /// What the name stands for.
    pub answers: Option<Answers>,
    /// Which of the addresses was asked.
    pub address: Option<SocketAddr>,
    /// The certificate, over TLS.
    pub certificate: Option<Certificate>,
    /// The status, where an answer came.
    pub status: Option<u16>,
    /// The headers, bounded, values of cookies left out.
    pub headers: Vec<(String, String)>,
}

/// What came of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing that could be looked at.
    Failed(Failure),
    /// The page, whatever its status.
    Page(Page),
    /// The page is as it was.
    Unchanged,
}

/// A page as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Where it was found at last.
    pub url: String,
    /// Its status.
    pub status: u16,
    /// What it says it is.
    pub content_type: Option<String>,
    /// What to say when asking for it again.
    pub known: Known,
    /// SHA-256 of the body, in hexadecimal.
    pub digest: String,
    /// The body, decompressed.
    #[serde(skip)]
    pub body: Vec<u8>,
    /// Whether it went on after a limit.
    pub is_cut: bool,
    /// Headers that do what markup can do: `refresh`, `link`, `x-robots-tag`, `content-disposition`. Names in lower case, bounded.
    #[serde(default)]
    pub working_headers: Vec<(String, String)>,
}

/// Why nothing came.
#[derive(Clone, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// The address cannot be understood, or is not of the web.
    #[error("understand the address: {0}")]
    Address(String),
    /// What came cannot be decompressed.
    #[error("read the body: {0}")]
    Body(String),
    /// Nobody is there.
    #[error("connect: {0}")]
    Connection(String),
    /// The name leads into a network that may not be visited.
    #[error("visit {0}: not a public address, and not allowed by name")]
    Forbidden(String),
    /// The name has no address.
    #[error("find the name {0}")]
    NoName(String),
    /// What came is not HTTP.
    #[error("speak HTTP: {0}")]
    Protocol(String),
    /// One redirect after the other.
    #[error("follow redirects: there are too many")]
    Redirects,
    /// It took too long.
    #[error("wait any longer")]
    Time,
    /// No secure connection.
    #[error("speak TLS: {0}")]
    Tls(String),
    /// Whoever knows names did not answer.
    #[error("ask for the name: {0}")]
    Unanswered(String),
}

/// What a visit asks with.
#[derive(Clone, Copy)]
struct Asked<'a> {
    known: Option<&'a Known>,
    wanted: Wanted,
    named_by: Option<&'a str>,
}

impl Web {
    /// Sets up visits.
    pub fn new(names: Names, settings: VisitSettings) -> Result<Self, VisitError> {
        let inspector =
            Inspector::new(&settings.authorities).map_err(|message| VisitError { message })?;
        Ok(Self {
            names,
            inspector,
            turns: Turns::default(),
            robots: RobotsKept::default(),
            settings,
        })
    }

    /// Returns who knows the names.
    pub fn names(&self) -> &Names {
        &self.names
    }

    pub(crate) fn robots_kept(&self) -> &RobotsKept {
        &self.robots
    }

    /// Returns where visits may go.
    pub fn permission(&self) -> &Permission {
        &self.settings.permission
    }

    /// Returns who a visitor says that it is.
    pub fn agent(&self, visitor: Visitor) -> String {
        visitor.agent(&self.settings.contact)
    }

    /// Waits until it is our turn to ask this host at this address, for whoever asks without a visit.
    pub async fn turn(&self, host: &str, address: IpAddr) -> Turn {
        let manners = self.settings.manners;
        self.turns.wait(host, address, manners).await
    }

    /// Visits an address. Of a page that is `known`, the site is asked whether it is still that.
    pub async fn visit(&self, url: &str, visitor: Visitor, known: Option<&Known>) -> Visit {
        let asked = Asked {
            known,
            wanted: Wanted::Page,
            named_by: None,
        };
        self.take(url, visitor, &asked).await
    }

    /// Asks as the watch for something that a page loads.
    pub async fn load(&self, resource: &Resource<'_>, known: Option<&Known>) -> Visit {
        let named_by = parse(resource.named_by).ok();
        let asked = Asked {
            known,
            wanted: resource.wanted,
            named_by: named_by.as_ref().map(Url::as_str),
        };
        self.take(resource.url, Visitor::Watch, &asked).await
    }

    async fn take(&self, url: &str, visitor: Visitor, asked: &Asked<'_>) -> Visit {
        let mut visit = Visit {
            url: url.to_owned(),
            visitor,
            hops: Vec::new(),
            outcome: Outcome::Unchanged,
            took: Duration::ZERO,
            unfinished: None,
        };
        visit.outcome = match self.follow(&mut visit, asked).await {
            Ok(outcome) => outcome,
            Err(failure) => Outcome::Failed(failure),
        };
        visit
    }

    async fn follow(&self, visit: &mut Visit, asked: &Asked<'_>) -> Result<Outcome, Failure> {
        let mut url = parse(&visit.url)?;
        let deadline = Instant::now() + self.settings.limits.visit_time;
        let port = asked.named_by.and_then(|page| parse(page).ok());
        let port = port.as_ref().unwrap_or(&url).port_or_known_default();
        for _ in 0..=self.settings.limits.redirects {
            if Instant::now() > deadline {
                return Err(Failure::Time);
            }
            visit.hops.push(Hop {
                url: url.to_string(),
                ..Hop::default()
            });
            check_port(&url, port)?;
            // What is known is known of the first address only. Who is asked without a condition cannot say "unchanged".
            let is_condition =
                |known: &&Known| known.etag.is_some() || known.last_modified.is_some();
            let known = asked.known.filter(is_condition);
            let asked = Asked {
                known: known.filter(|_| visit.hops.len() == 1),
                ..*asked
            };
            let reply = self.take_hop(visit, &url, &asked).await?;
            if reply.status.as_u16() == 304 && asked.known.is_some() {
                return Ok(Outcome::Unchanged);
            }
            if let Some(next) = next_of(&url, &reply) {
                url = next?;
                continue;
            }
            let (page, broken) = page_of(&url, reply);
            let Some(failure) = broken else {
                return Ok(Outcome::Page(page));
            };
            visit.unfinished = Some(page);
            return Err(failure);
        }
        Err(Failure::Redirects)
    }

    async fn take_hop(
        &self,
        visit: &mut Visit,
        url: &Url,
        asked: &Asked<'_>,
    ) -> Result<Reply, Failure> {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let answers = self.names.find(&host).await.map_err(|error| match error {
            NameError::Nothing { name } => Failure::NoName(name),
            NameError::Unanswered { message, .. } => Failure::Unanswered(message),
        })?;
        let hop = visit.hops.last_mut().expect("one was begun");
        hop.answers = Some(answers.clone());
        let port = url.port_or_known_default().unwrap_or(443);
        let mut failure = Failure::Connection("the name has no address".to_owned());
        // Whoever has several addresses is reached when one of them answers, as with a browser.
        for address in answers.addresses.iter().take(3) {
            if !self.settings.permission.allows(&host, *address) {
                failure = Failure::Forbidden(format!("{host} at {address}"));
                continue;
            }
            let address = SocketAddr::new(*address, port);
            let turn = self
                .turns
                .wait(&host, address.ip(), self.settings.manners)
                .await;
            let question = Question {
                url,
                address,
                visitor: visit.visitor,
                contact: &self.settings.contact,
                known: asked.known,
                wanted: asked.wanted,
                named_by: asked.named_by,
                may_be_ours: self.settings.permission.names(&host),
            };
            let started = Instant::now();
            let limits = &self.settings.limits;
            // Several addresses, and several redirects, share the time of the visit.
            let left = limits.visit_time.saturating_sub(visit.took);
            let answered = timeout_at(
                started + limits.request_time.min(left),
                ask(&self.inspector, &question, limits),
            )
            .await;
            drop(turn);
            visit.took += started.elapsed();
            hop.address = Some(address);
            let (certificate, reply) = answered.unwrap_or((None, Err(Failure::Time)));
            hop.certificate = certificate;
            match reply {
                Ok(reply) => {
                    hop.status = Some(reply.status.as_u16());
                    // Of a page that is as before there is nothing to tell.
                    if reply.status.as_u16() != 304 || asked.known.is_none() {
                        hop.headers = kept_headers(&reply.headers);
                    }
                    return Ok(reply);
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }
}

impl Visit {
    /// Returns the page that came.
    pub fn page(&self) -> Option<&Page> {
        match &self.outcome {
            Outcome::Page(page) => Some(page),
            Outcome::Failed(_) | Outcome::Unchanged => None,
        }
    }
}

fn parse(url: &str) -> Result<Url, Failure> {
    let url = Url::parse(url).map_err(|error| Failure::Address(error.to_string()))?;
    check(url)
}

fn check(mut url: Url) -> Result<Url, Failure> {
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        let shown: String = url.as_str().chars().take(200).collect();
        return Err(Failure::Address(format!(
            "'{shown}' is not an address of the web"
        )));
    }
    url.set_fragment(None);
    // Names and passwords in an address are never sent on.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok(url)
}

/// Refuses ports below 1024 that are neither the web's nor that of the site: mail and shells live there, and a page could have us
/// speak to them.
fn check_port(url: &Url, of_site: Option<u16>) -> Result<(), Failure> {
    let port = url.port_or_known_default();
    let is_of_web = port.is_some_and(|port| port >= 1_024 || port == 80 || port == 443);
    if is_of_web || port == of_site {
        return Ok(());
    }
    let port = port.unwrap_or_default();
    Err(Failure::Address(format!("port {port} is none of the web")))
}

/// Returns where a reply sends the visitor.
fn next_of(url: &Url, reply: &Reply) -> Option<Result<Url, Failure>> {
    if !matches!(reply.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = reply.headers.get(LOCATION)?;
    let location = String::from_utf8_lossy(location.as_bytes());
    let joined = url
        .join(&location)
        .map_err(|error| Failure::Address(error.to_string()));
    Some(joined.and_then(check))
}

/// Returns the page, and why the rest of it did not come.
fn page_of(url: &Url, reply: Reply) -> (Page, Option<Failure>) {
    let digest = Sha256::digest(&reply.body.bytes);
    let page = Page {
        url: url.to_string(),
        status: reply.status.as_u16(),
        content_type: text_of(&reply.headers, &CONTENT_TYPE),
        known: Known {
            etag: text_of(&reply.headers, &ETAG),
            last_modified: text_of(&reply.headers, &LAST_MODIFIED),
        },
        digest: to_hex(&digest),
        working_headers: working_headers(&reply.headers),
        body: reply.body.bytes,
        is_cut: reply.body.is_cut,
    };
    (page, reply.body.broken)
}

/// Returns the headers that do what markup can do.
fn working_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for name in WORKING {
        for value in headers.get_all(name).iter().take(WORKING_MAX) {
            let value = String::from_utf8_lossy(value.as_bytes());
            found.push((name.to_owned(), value.chars().take(2_048).collect()));
        }
    }
    found
}

fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (value.len() <= 1_000).then(|| value.to_owned())
}
