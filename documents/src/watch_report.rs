//! What a watch of web sites says, all of it anew each time. It goes up as roll-ups do, and down to whose sites they are.

use std::collections::BTreeSet;

use domain::{EvidenceHead, OrganisationId, OrganisationSites, WatchHealth};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kind::{Document, Kind, check_line, check_schema};
use crate::reports::ROLL_UP_ORGANISATIONS_MAX;

/// Findings of all organisations together. 14,000 sites of a country can be under attack at once.
pub const WATCH_FINDINGS_MAX: usize = 20_000;
/// Marks of pages of all organisations together: those of a country several times over.
pub const WATCH_MARKS_MAX: usize = 100_000;
/// Characters of an organisation's name.
const NAME_CHARS_MAX: usize = 200;

/// Where the sites under one organisation's watch stand. Signed by the node that says it, which is the watcher's own or one
/// that passes on what it was told; a newer revision replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchReport {
    /// Always [`crate::SCHEMA`].
    pub schema: u32,
    /// Who says it: the organisation of the node that signs.
    pub sender: OrganisationId,
    /// To whom: what is said to one is not repeated to another.
    pub to: OrganisationId,
    /// Whose watch has looked.
    pub watcher: OrganisationId,
    /// The watcher's name for people.
    pub watcher_name: String,
    /// The sender's count for this watcher: 1, then greater each time. The greatest counts.
    pub revision: u64,
    /// When it was true, by the watcher's clock.
    pub as_of: Timestamp,
    /// Whether the watch looks.
    pub health: WatchHealth,
    /// How far its evidence goes; absent where there is none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceHead>,
    /// Whose sites they are, each organisation once.
    pub organisations: Vec<OrganisationSites>,
}

impl Document for WatchReport {
    const KIND: Kind = Kind::WatchReport;

    fn check(&self) -> Result<(), String> {
        check_schema(self.schema)?;
        check_line(&self.watcher_name, NAME_CHARS_MAX, "the watcher's name")?;
        if self.revision == 0 {
            return Err("revisions begin at 1".to_owned());
        }
        if self.sender == self.to {
            return Err("an organisation says it to itself".to_owned());
        }
        if self.organisations.len() > ROLL_UP_ORGANISATIONS_MAX {
            return Err(format!(
                "it lists more than {ROLL_UP_ORGANISATIONS_MAX} organisations"
            ));
        }
        let mut seen = BTreeSet::new();
        let (mut finding_count, mut mark_count) = (0usize, 0usize);
        for sites in &self.organisations {
            sites.check()?;
            if !seen.insert(&sites.organisation) {
                return Err(format!("it lists '{}' twice", sites.organisation));
            }
            let knows_nothing = sites.pages == sites.pages.unwatched()
                && sites
                    .marks
                    .values()
                    .all(|state| *state == state.unwatched());
            if self.health != WatchHealth::Running && !knows_nothing {
                return Err("it calls pages fine that nobody looks at".to_owned());
            }
            finding_count = finding_count.saturating_add(sites.findings.len());
            mark_count = mark_count.saturating_add(sites.marks.len());
        }
        if mark_count > WATCH_MARKS_MAX {
            return Err(format!("it marks more than {WATCH_MARKS_MAX} pages"));
        }
        if finding_count > WATCH_FINDINGS_MAX {
            return Err(format!("it lists more than {WATCH_FINDINGS_MAX} findings"));
        }
        Ok(())
    }
}
