//! What watches of web sites say: this node's own, those that children report, those that the parent tells of.

use domain::{DocumentId, EvidenceHead, OrganisationId, OrganisationSites, WatchHealth};
use jiff::Timestamp;
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use crate::columns::{
    count, document_id, from_word, instant, json, maybe_instant, maybe_seconds, parsed, seconds,
    stored_count, to_json, word,
};
use crate::store::{Change, StoreError, View};

/// From which side a watch report came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The parent told of it.
    Above,
    /// A child reported it.
    Below,
    /// This node's own watch.
    Own,
}

/// The newest report of one watcher, without what it says of each organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchHead {
    /// Who told this node.
    pub via: OrganisationId,
    /// From which side.
    pub side: Side,
    /// Whose watch has looked.
    pub watcher: OrganisationId,
    /// The watcher's name for people.
    pub name: String,
    /// Its revision.
    pub revision: u64,
    /// When it was true, by the watcher's clock.
    pub as_of: Timestamp,
    /// When it arrived.
    pub received_at: Timestamp,
    /// Whether the watch looks, as it says.
    pub health: WatchHealth,
    /// How far its evidence goes.
    pub evidence: Option<EvidenceHead>,
    /// When its evidence contradicted what had been said of it before.
    pub doubted_at: Option<Timestamp>,
}

/// What one watch says of one organisation's sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchRow {
    /// Who told this node.
    pub via: OrganisationId,
    /// Whose watch has looked.
    pub watcher: OrganisationId,
    /// What it says.
    pub sites: OrganisationSites,
}

/// What a child was told last of one watcher's sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldWatch {
    /// The document.
    pub document: DocumentId,
    /// A digest of what it says, without the instant.
    pub content: [u8; 32],
    /// When it was made.
    pub told_at: Timestamp,
}

/// What one child has told, all watchers together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WatchLoad {
    /// How many watchers.
    pub watchers: u64,
    /// How many bytes.
    pub bytes: u64,
}

fn head(row: &Row<'_>) -> rusqlite::Result<WatchHead> {
    let evidence: Option<String> = row.get("evidence")?;
    Ok(WatchHead {
        via: parsed(row, "via")?,
        side: from_word(row, "side")?,
        watcher: parsed(row, "watcher")?,
        name: row.get("name")?,
        revision: count(row, "revision")?,
        as_of: instant(row, "as_of")?,
        received_at: instant(row, "received_at")?,
        health: from_word(row, "health")?,
        evidence: match evidence {
            Some(_) => Some(json(row, "evidence")?),
            None => None,
        },
        doubted_at: maybe_instant(row, "doubted_at")?,
    })
}

fn sites(row: &Row<'_>) -> rusqlite::Result<WatchRow> {
    Ok(WatchRow {
        via: parsed(row, "via")?,
        watcher: parsed(row, "watcher")?,
        sites: json(row, "sites")?,
    })
}

impl View<'_> {
    /// Lists the newest report of each watcher.
    pub fn list_watch_heads(&self) -> Result<Vec<WatchHead>, StoreError> {
        self.list(
            "SELECT * FROM watch_reports ORDER BY watcher, via",
            (),
            head,
        )
    }

    /// Returns the newest report of one watcher that came by `via`.
    pub fn find_watch_head(
        &self,
        via: &OrganisationId,
        watcher: &OrganisationId,
    ) -> Result<Option<WatchHead>, StoreError> {
        self.find(
            "SELECT * FROM watch_reports WHERE via = ?1 AND watcher = ?2",
            [via.as_str(), watcher.as_str()],
            head,
        )
    }

    /// Lists what all watches say, by organisation.
    pub fn list_watch_rows(&self) -> Result<Vec<WatchRow>, StoreError> {
        self.list(
            "SELECT via, watcher, sites FROM watch_rows ORDER BY organisation, watcher, via",
            (),
            sites,
        )
    }

    /// Lists what one watch says, by organisation.
    pub fn list_watch_rows_by(
        &self,
        via: &OrganisationId,
        watcher: &OrganisationId,
    ) -> Result<Vec<WatchRow>, StoreError> {
        self.list(
            "SELECT via, watcher, sites FROM watch_rows WHERE via = ?1 AND watcher = ?2
             ORDER BY organisation",
            [via.as_str(), watcher.as_str()],
            sites,
        )
    }

    /// Lists what all watches say of one organisation.
    pub fn list_watch_rows_of(
        &self,
        organisation: &OrganisationId,
    ) -> Result<Vec<WatchRow>, StoreError> {
        self.list(
            "SELECT via, watcher, sites FROM watch_rows WHERE organisation = ?1
             ORDER BY watcher, via",
            [organisation.as_str()],
            sites,
        )
    }

    /// Lists for whom children have spoken, as whose sites or as watchers, and which child.
    pub fn list_watch_claims(&self) -> Result<Vec<(OrganisationId, OrganisationId)>, StoreError> {
        self.list(
            "SELECT DISTINCT watch_rows.organisation AS spoken_for, watch_rows.via AS via
             FROM watch_rows JOIN watch_reports USING (via, watcher) WHERE side = 'below'
             UNION SELECT watcher, via FROM watch_reports WHERE side = 'below'",
            (),
            |row| Ok((parsed(row, "spoken_for")?, parsed(row, "via")?)),
        )
    }

    /// Returns how much is kept of what `via` has told of other watchers than `but`.
    pub fn watch_load(
        &self,
        via: &OrganisationId,
        but: &OrganisationId,
    ) -> Result<WatchLoad, StoreError> {
        let load = self.find(
            "SELECT count(*) AS watchers, coalesce(sum(length(envelope)), 0) AS bytes
             FROM watch_reports WHERE via = ?1 AND watcher <> ?2",
            [via.as_str(), but.as_str()],
            |row| {
                Ok(WatchLoad {
                    watchers: count(row, "watchers")?,
                    bytes: count(row, "bytes")?,
                })
            },
        )?;
        Ok(load.unwrap_or_default())
    }

    /// Returns what a child was told last of a watcher's sites.
    pub fn find_told_watch(
        &self,
        child: &OrganisationId,
        watcher: &OrganisationId,
    ) -> Result<Option<ToldWatch>, StoreError> {
        self.find(
            "SELECT document, content, told_at FROM watch_told WHERE child = ?1 AND watcher = ?2",
            [child.as_str(), watcher.as_str()],
            |row| {
                Ok(ToldWatch {
                    document: document_id(row, "document")?,
                    content: row.get("content")?,
                    told_at: instant(row, "told_at")?,
                })
            },
        )
    }
}

impl Change<'_> {
    /// Puts a report in the place of the one before. Returns false, and changes nothing, where that one is not older.
    pub fn replace_watch_report(
        &self,
        head: &WatchHead,
        envelope: &[u8],
        organisations: &[OrganisationSites],
    ) -> Result<bool, StoreError> {
        let evidence = head.evidence.as_ref().map(to_json).transpose()?;
        let touched = self.run(
            "INSERT INTO watch_reports (via, side, watcher, name, revision, as_of, received_at, health,
                                        evidence, doubted_at, envelope)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (via, watcher) DO UPDATE SET
                side = excluded.side, name = excluded.name, revision = excluded.revision,
                as_of = excluded.as_of, received_at = excluded.received_at, health = excluded.health,
                evidence = excluded.evidence, doubted_at = excluded.doubted_at, envelope = excluded.envelope
             WHERE watch_reports.revision < excluded.revision",
            params![
                head.via.as_str(),
                word(&head.side)?,
                head.watcher.as_str(),
                head.name,
                stored_count(head.revision),
                seconds(head.as_of),
                seconds(head.received_at),
                word(&head.health)?,
                evidence,
                maybe_seconds(head.doubted_at),
                envelope,
            ],
        )?;
        if touched == 0 {
            return Ok(false);
        }
        self.run(
            "DELETE FROM watch_rows WHERE via = ?1 AND watcher = ?2",
            [head.via.as_str(), head.watcher.as_str()],
        )?;
        for sites in organisations {
            self.run(
                "INSERT INTO watch_rows (via, watcher, organisation, sites) VALUES (?1, ?2, ?3, ?4)",
                params![
                    head.via.as_str(),
                    head.watcher.as_str(),
                    sites.organisation.as_str(),
                    to_json(sites)?
                ],
            )?;
        }
        Ok(true)
    }

    /// Forgets what somebody told, and what he was told: a removed child, or a watch that is no more.
    pub fn remove_watch_reports(&self, via: &OrganisationId) -> Result<(), StoreError> {
        self.run("DELETE FROM watch_rows WHERE via = ?1", [via.as_str()])?;
        self.run("DELETE FROM watch_reports WHERE via = ?1", [via.as_str()])?;
        let told = self.list(
            "SELECT document FROM watch_told WHERE child = ?1",
            [via.as_str()],
            |row| document_id(row, "document"),
        )?;
        self.run("DELETE FROM watch_told WHERE child = ?1", [via.as_str()])?;
        told.into_iter()
            .try_for_each(|document| self.forget_told(document))
    }

    /// Hands a document out to the node of one child, in the place of what it was told before of the same watcher.
    pub fn tell_watch(
        &self,
        child: &OrganisationId,
        watcher: &OrganisationId,
        told: &ToldWatch,
        envelope: &[u8],
    ) -> Result<(), StoreError> {
        let before = self.find_told_watch(child, watcher)?;
        self.insert_document(told.document, "watch-report", envelope, told.told_at)?;
        self.enter_feed_of_child(told.document, child, told.told_at)?;
        self.run(
            "INSERT INTO watch_told (child, watcher, document, content, told_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (child, watcher) DO UPDATE SET
                document = excluded.document, content = excluded.content, told_at = excluded.told_at",
            params![
                child.as_str(),
                watcher.as_str(),
                told.document.as_bytes(),
                told.content,
                seconds(told.told_at)
            ],
        )?;
        match before {
            Some(before) if before.document != told.document => self.forget_told(before.document),
            _ => Ok(()),
        }
    }

    fn forget_told(&self, document: DocumentId) -> Result<(), StoreError> {
        // Whole rows: numbers of the feed are never used twice, and every few minutes there is a new one.
        self.run(
            "DELETE FROM feed WHERE document = ?1",
            [document.as_bytes()],
        )?;
        self.run("DELETE FROM documents WHERE id = ?1", [document.as_bytes()])?;
        Ok(())
    }
}
