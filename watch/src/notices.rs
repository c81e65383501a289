//! Signed notices: a change that a site's publisher announced is silent, and one that was not is louder where everything usually is.
//!
//! A notice speaks of what stands on pages, never of who answers for them: other addresses, certificates and redirects stay what
//! they are, and so do words of intruders and origins that the notice does not name.

use std::collections::BTreeMap;

use documents::{ChangeNotice, Envelope, EnvelopeError, PublicKey, VerifyError, verify_from};
use domain::digest::to_hex;
use jiff::Timestamp;
use pages::{UseKind, find_terms};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::checking::Check;
use crate::keeping::host_of;
use crate::memory::{Approver, SiteMemory};
use crate::site::registrable;
use crate::verdict::{Reason, Verdict};
use crate::wording::count_mixed_words;

/// Notices that are remembered at one time, of all sites.
const NOTICES_MAX: usize = 20_000;
/// Those of one host: nobody fills the board so that others cannot announce anything.
const NOTICES_OF_HOST_MAX: usize = 200;
/// Announced changes, and none that was not, from which a site is known to announce everything.
const ALWAYS_FROM: u32 = 3;

/// Why a notice is not believed.
#[derive(Debug, Error)]
pub enum NoticeError {
    /// It is over.
    #[error("believe the notice: it ended at {until}")]
    Expired {
        /// When it ended.
        until: Timestamp,
    },
    /// It is not an envelope with a notice in it.
    #[error("read the notice")]
    Format(#[from] EnvelopeError),
    /// There are too many.
    #[error("take the notice: more than {NOTICES_MAX} are in force")]
    TooMany,
    /// One host has too many.
    #[error("take the notice: more than {NOTICES_OF_HOST_MAX} of '{host}' are in force")]
    TooManyOfHost {
        /// The host.
        host: String,
    },
    /// A notice with this number is there already.
    #[error("believe the notice: its number {number} was used already")]
    Replayed {
        /// Its number.
        number: u64,
    },
    /// Its signature or its contents are not right.
    #[error("believe the notice")]
    Unproven(#[from] VerifyError),
    /// Nobody may announce changes of this host.
    #[error("believe the notice: no page of '{host}' was added with --publisher")]
    WrongHost {
        /// The host.
        host: String,
    },
    /// It was signed by somebody else.
    #[error("believe the notice: no publisher of '{host}' has signed it")]
    WrongKey {
        /// The host.
        host: String,
    },
}

/// A notice that was proved to be of a publisher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The digest of what was signed.
    pub id: String,
    /// Who signed it.
    pub publisher: PublicKey,
    /// What it says.
    pub says: ChangeNotice,
}

/// A change that a notice had announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The notice.
    pub id: String,
    /// Who signed it, and why: the change counts as approved by them.
    pub approver: Approver,
}

/// Notices in force, and who announces everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeBoard {
    in_force: Vec<Notice>,
    hosts: BTreeMap<String, Announcing>,
}

/// How a site's publisher announces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Announcing {
    announced: u32,
    not_announced: u32,
}

impl NoticeBoard {
    /// Takes in a notice, if a key that is trusted for its host has signed it. `publishers` tells which those are.
    pub fn take(
        &mut self,
        bytes: &[u8],
        publishers: impl Fn(&str) -> Vec<PublicKey>,
        now: Timestamp,
    ) -> Result<&Notice, NoticeError> {
        let envelope = Envelope::parse(bytes)?;
        // Read only to find out whose word it would be.
        let host = envelope.read_unverified::<ChangeNotice>()?.host;
        let trusted = publishers(&host);
        if trusted.is_empty() {
            return Err(NoticeError::WrongHost { host });
        }
        let Some(publisher) = envelope.signers().find(|signer| trusted.contains(signer)) else {
            return Err(NoticeError::WrongKey { host });
        };
        let verified = verify_from::<ChangeNotice>(bytes, &publisher)?;
        let says = verified.value().clone();
        if now >= says.until {
            return Err(NoticeError::Expired { until: says.until });
        }
        // Those that are over need not be remembered: they are refused for that.
        self.in_force.retain(|notice| notice.says.until > now);
        let is_same = |one: &Notice| one.says.host == host && one.says.number == says.number;
        if self.in_force.iter().any(is_same) {
            let number = says.number;
            return Err(NoticeError::Replayed { number });
        }
        if self.in_force.len() >= NOTICES_MAX {
            return Err(NoticeError::TooMany);
        }
        let of_host = self.in_force.iter().filter(|one| one.says.host == host);
        if of_host.count() >= NOTICES_OF_HOST_MAX {
            return Err(NoticeError::TooManyOfHost { host });
        }
        self.in_force.push(Notice {
            id: verified.id().to_string(),
            publisher,
            says,
        });
        Ok(&self.in_force[self.in_force.len() - 1])
    }

    /// Notes that a change was announced.
    pub fn note_announced(&mut self, host: &str) {
        let announcing = self.hosts.entry(host.to_owned()).or_default();
        announcing.announced = announcing.announced.saturating_add(1);
    }

    /// Notes that a person approved a change that was not.
    pub fn note_not_announced(&mut self, host: &str) {
        let announcing = self.hosts.entry(host.to_owned()).or_default();
        announcing.not_announced = announcing.not_announced.saturating_add(1);
    }

    /// Returns the notices of a host that are in force.
    pub fn of_host(&self, host: &str, now: Timestamp) -> Vec<Notice> {
        let is_meant =
            |one: &&Notice| one.says.host == host && one.says.from <= now && now < one.says.until;
        self.in_force.iter().filter(is_meant).cloned().collect()
    }

    /// Returns how many changes of a host were announced, if all of them were.
    pub fn announces_always(&self, host: &str) -> Option<u32> {
        let announcing = self.hosts.get(host)?;
        let always = announcing.announced >= ALWAYS_FROM && announcing.not_announced == 0;
        always.then_some(announcing.announced)
    }
}

/// Says that a change was announced, where a notice covers everything that differs. Whoever gets an answer approves the check in
/// the name of the publisher.
pub fn apply_notices(
    check: &mut Check,
    memory: &SiteMemory,
    notices: &[Notice],
    now: Timestamp,
) -> Option<Applied> {
    let host = host_of(&check.url);
    let is_meant = |notice: &&Notice| {
        notice.says.host == host
            && (notice.says.from..notice.says.until).contains(&now)
            && notice.says.pages.iter().any(|page| page.means(&check.url))
    };
    let notice = notices
        .iter()
        .filter(is_meant)
        .find(|notice| covers(&notice.says, check, memory))?;
    check.judgement.verdict = Verdict::Announced;
    let note = &notice.says.note;
    Some(Applied {
        id: notice.id.clone(),
        approver: Approver {
            by: format!("publisher {}", notice.publisher),
            at: now.as_second(),
            note: format!("notice {}: {note}", notice.says.number),
        },
    })
}

/// Says of an unexplained change that this site's publisher announces all of them, and not this one.
pub fn say_unannounced(check: &mut Check, announced: u32) {
    if check.judgement.verdict == Verdict::Unexplained {
        let reason = Reason::NotAnnounced { announced };
        check.judgement.reasons.insert(0, reason);
    }
}

/// Tells whether a notice covers everything that speaks against a page.
fn covers(says: &ChangeNotice, check: &Check, memory: &SiteMemory) -> bool {
    match check.judgement.verdict {
        Verdict::FaultPage | Verdict::Outage => return says.may_be_down,
        // What reads or looks like somebody else is announced word for word, or not at all.
        Verdict::Defacement
            if says.texts.is_empty()
                && says.sha256.is_none()
                && check.judgement.reasons.iter().any(is_seen) =>
        {
            return false;
        }
        Verdict::Unexplained | Verdict::Defacement | Verdict::Injection => {}
        // What is in order needs no notice, and who answers, and whom others are shown, is nothing that one can announce.
        _ => return false,
    }
    let is_known = memory.pages.contains_key(&check.url);
    let reasons = &check.judgement.reasons;
    if !is_known || reasons.is_empty() || !is_promised(says, check) {
        return false;
    }
    reasons
        .iter()
        .all(|reason| covers_reason(says, reason, memory))
}

/// Tells whether a reason is what a person reads or looks at.
fn is_seen(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::LoadedPicture { .. }
            | Reason::NewPlace { .. }
            | Reason::OddText { .. }
            | Reason::StaticText { .. }
            | Reason::Title { .. }
    )
}

/// Tells whether the page is the one that was promised, where the notice says which.
fn is_promised(says: &ChangeNotice, check: &Check) -> bool {
    if let Some(sha256) = &says.sha256 {
        let page = check.visits.first().and_then(|visit| visit.page());
        return page.is_some_and(|page| page.digest == *sha256);
    }
    let comparison = &check.judgement.comparison;
    let come = comparison.regions.iter().flat_map(|region| &region.come);
    let title = comparison.title.iter().map(|(_, title)| title);
    says.texts.is_empty() || come.chain(title).all(|text| is_among(&says.texts, text))
}

fn is_among(texts: &[String], text: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = words(text);
    texts.iter().any(|one| words(one).contains(&text))
}

fn covers_reason(says: &ChangeNotice, reason: &Reason, memory: &SiteMemory) -> bool {
    let is_allowed = |origin: &str| {
        says.origins.iter().any(|one| one == origin)
            || registrable(origin).is_some_and(|domain| memory.facts.ends_at.contains(&domain))
    };
    // Words that programs should not find are nothing that a publisher announces.
    let says_nothing = |text: &str| find_terms(text).is_empty() && count_mixed_words(text) == 0;
    match reason {
        Reason::LittleLeft { .. }
        | Reason::ForeignWriting { .. }
        | Reason::LoadedStyle { .. }
        | Reason::LoadedGone { .. }
        // Whose it is, its origin says.
        | Reason::Picture { .. } => true,
        Reason::StaticText { to, .. } | Reason::Title { to, .. } => says_nothing(to),
        Reason::NewPlace { text, .. } | Reason::OddText { text, .. } => says_nothing(text),
        Reason::Terms { words, .. } => words.iter().all(|word| is_among(&says.texts, word)),
        // Folders that anybody fills and frames that nobody sees belong to the site as well.
        Reason::Frame {
            is_hidden: true, ..
        } => false,
        Reason::Resource {
            use_kind: UseKind::Base | UseKind::Frame | UseKind::Script,
            origin,
        } => says.origins.contains(origin),
        Reason::FormTarget { origin }
        | Reason::Frame { origin, .. }
        | Reason::Link { origin }
        | Reason::Resource { origin, .. }
        | Reason::ScriptOrigin { origin } => is_allowed(origin),
        // A page that sends its visitors away is announced as nothing else than that page.
        Reason::Refresh { origin } => says.sha256.is_some() && is_allowed(origin),
        // Code that is made of text says nowhere what it does.
        Reason::InlineScript {
            redirects,
            decodes,
            origins,
            ..
        } => !redirects && !decodes && origins.iter().all(|origin| is_allowed(origin)),
        // A new design has files of its own. Code that is put behind what was there is what intruders do.
        Reason::LoadedScript {
            was_added_to,
            redirects,
            decodes,
            origins,
            ..
        } => {
            let works_on_visitors = *was_added_to || *redirects || *decodes;
            !works_on_visitors && origins.iter().all(|origin| is_allowed(origin))
        }
        // A message that looks like no picture of the site is announced by nobody.
        Reason::LoadedPicture {
            is_like_message, ..
        } => !is_like_message,
        Reason::HiddenText {
            text, link_origins, ..
        } => says_nothing(text) && link_origins.iter().all(|origin| is_allowed(origin)),
        // Everything that is not named here is not covered.
        _ => false,
    }
}

/// Names the file that a notice is put into: whoever writes the same notice twice writes one file.
pub fn notice_file_name(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let digits = to_hex(&digest[..12]);
    format!("{digits}.json")
}
