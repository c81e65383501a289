//! Introduces the folder of a watch to its node: another process writes it, this one reads what it proves and hands it over.
//! Nothing that a site has sent is opened here, and a folder that cannot be read never stops the node.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use domain::{
    EvidenceHead, OrganisationId, SiteFinding, SiteFindingState, SiteReason, SiteVerdict,
    WatchHealth, chain,
};
use node::{Node, Watched, WatchedPage};
use watch::Verdict;
use watch::keeping::Proof;
use watch::reading::{FolderReader, Health, PageFinding, PageReading, Reading};

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Characters of a name that are reported.
const NAME_CHARS_MAX: usize = 200;

/// Ends the reading when it is dropped.
pub struct Follows {
    _stop: Sender<()>,
}

/// Follows the folder that the node's settings name, until what is returned is dropped. Without one, what was said of an earlier
/// watch is taken back.
pub fn follow(node: &Node) -> anyhow::Result<Option<Follows>> {
    let Some(setup) = node.config().watch.clone() else {
        node.end_watch()?;
        return Ok(None);
    };
    let known = known_evidence(node)?;
    let mut follower = Follower {
        node: node.clone(),
        reader: FolderReader::new(&setup.folder, known.map(proof_of)),
        silent_after: setup.silent_after,
        known,
        health: WatchHealth::Running,
    };
    let (stop, stopped) = channel();
    thread::Builder::new()
        .name("websites".to_owned())
        .spawn(move || follower.live(&stopped))?;
    Ok(Some(Follows { _stop: stop }))
}

struct Follower {
    node: Node,
    reader: FolderReader,
    silent_after: Duration,
    /// How far the evidence was whole.
    known: Option<EvidenceHead>,
    health: WatchHealth,
}

impl Follower {
    fn live(&mut self, stopped: &Receiver<()>) {
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(LOOK_EVERY) {
            let reading = self.reader.read(self.node.clock().now(), self.silent_after);
            let watched = self.watched(reading);
            if let Err(error) = self.node.say_of_websites(&watched) {
                tracing::error!(error = chain(&error), "could not say how web sites stand");
            }
        }
    }

    fn watched(&mut self, reading: Reading) -> Watched {
        let health = match &reading.health {
            Health::Broken { .. } => WatchHealth::Broken,
            Health::Running => WatchHealth::Running,
            Health::Silent => WatchHealth::Silent,
        };
        if health != self.health {
            self.health = health;
            match &reading.health {
                Health::Broken { what } => {
                    tracing::error!(what, "the watch of web sites is not to be believed");
                }
                Health::Running => tracing::info!("the watch of web sites looks"),
                Health::Silent => tracing::error!("the watch of web sites gives no sign of life"),
            }
        }
        // While it is broken, what was proved before is still what others must hold it to.
        self.known = reading.proof.as_ref().and_then(head_of).or(self.known);
        Watched {
            health,
            evidence: self.known,
            pages: reading.pages.into_iter().map(watched_page).collect(),
        }
    }
}

/// Returns how far the evidence went when this node last said so.
fn known_evidence(node: &Node) -> anyhow::Result<Option<EvidenceHead>> {
    let own: &OrganisationId = node.organisation();
    let watchers = node.sites()?.watchers;
    let ours = watchers
        .iter()
        .find(|watcher| watcher.side == node::Side::Own && watcher.organisation == *own);
    Ok(ours.and_then(|watcher| watcher.evidence))
}

fn proof_of(head: EvidenceHead) -> Proof {
    Proof {
        lines: head.lines,
        last: head.last.to_string(),
    }
}

fn head_of(proof: &Proof) -> Option<EvidenceHead> {
    Some(EvidenceHead {
        lines: proof.lines,
        last: proof.last.parse().ok()?,
    })
}

fn watched_page(mut page: PageReading) -> WatchedPage {
    let findings = std::mem::take(&mut page.findings);
    WatchedPage {
        verdict: verdict(page.verdict),
        url: page.url.clone(),
        findings: findings
            .into_iter()
            .filter_map(|finding| site_finding(&page, finding))
            .collect(),
        organisation: page.organisation,
    }
}

/// Returns nothing where the lines have no digests.
fn site_finding(page: &PageReading, finding: PageFinding) -> Option<SiteFinding> {
    let by = finding.end.as_ref().and_then(|end| end.by.as_deref());
    let state = match (&finding.end, by) {
        (None, _) => SiteFindingState::Open,
        (Some(_), Some(_)) => SiteFindingState::Approved,
        (Some(_), None) => SiteFindingState::Closed,
    };
    let by = by.map(|by| name(by).unwrap_or_else(|| "?".to_owned()));
    let reasons = finding.reasons.into_iter().map(|reason| SiteReason {
        kind: reason.kind,
        values: reason.values,
    });
    Some(SiteFinding {
        id: finding.first.parse().ok()?,
        newest: finding.newest.parse().ok()?,
        page: page.url.clone(),
        verdict: verdict(finding.verdict),
        state,
        opened_at: finding.opened_at,
        changed_at: finding.changed_at,
        ended_at: finding.end.map(|end| end.at),
        by,
        supplier: name(&page.supplier),
        contact: name(&page.contact),
        reasons: reasons.collect(),
        reasons_left_out: finding.reasons_left_out,
    })
}

/// Makes a name fit for a report: one line, cut.
fn name(text: &str) -> Option<String> {
    let line: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_CHARS_MAX)
        .collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

const fn verdict(verdict: Verdict) -> SiteVerdict {
    match verdict {
        Verdict::Unchanged => SiteVerdict::Unchanged,
        Verdict::Ordinary => SiteVerdict::Ordinary,
        Verdict::Announced => SiteVerdict::Announced,
        Verdict::Nothing => SiteVerdict::Nothing,
        Verdict::FaultPage => SiteVerdict::FaultPage,
        Verdict::Outage => SiteVerdict::Outage,
        Verdict::Unexplained => SiteVerdict::Unexplained,
        Verdict::Defacement => SiteVerdict::Defacement,
        Verdict::Injection => SiteVerdict::Injection,
        Verdict::Cloaking => SiteVerdict::Cloaking,
        Verdict::Takeover => SiteVerdict::Takeover,
    }
}
