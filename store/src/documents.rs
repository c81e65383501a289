//! Exact bytes of documents, and the feed of those that go down.

use domain::{AlertId, DocumentId, HostId, OrganisationId};
use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::columns::{count, document_id, maybe_parsed, maybe_seconds, seconds, stored_count};
use crate::store::{Change, StoreError, View};

/// A document with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDocument {
    /// Its id.
    pub id: DocumentId,
    /// Its kind, as documents name it.
    pub kind: String,
    /// The exact bytes that were received.
    pub envelope: Vec<u8>,
}

/// The two lanes of the feed. What is read of the first comes before what is read of the second, so that a catalogue is
/// there before the alert that it lists, also for a newcomer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Roots and catalogues.
    Authority,
    /// Alerts and decisions.
    Alert,
}

impl Lane {
    const fn number(self) -> i64 {
        match self {
            Self::Authority => 0,
            Self::Alert => 1,
        }
    }
}

/// Who reads the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedAudience {
    /// A host of this organisation: also gets the organisation's decisions.
    Host(OrganisationId),
    /// This child's node: also gets what is meant for it alone.
    Node(OrganisationId),
}

/// What enters the feed.
#[derive(Clone, Copy, Debug)]
pub struct FeedEntry<'a> {
    /// The document, which is stored already.
    pub document: DocumentId,
    /// Its queue.
    pub lane: Lane,
    /// The only organisation whose hosts get it; nothing: everybody.
    pub organisation: Option<&'a OrganisationId>,
    /// From then on it is no longer handed out.
    pub expires_at: Option<Timestamp>,
    /// When it enters. Numbers follow the clock, so that a database that was restored from an old copy goes on above
    /// the positions that readers already have.
    pub entered_at: Timestamp,
}

/// A part of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedPage {
    /// The exact bytes, in the order in which they must be taken.
    pub documents: Vec<Vec<u8>>,
    /// Where the next page begins.
    pub next: u64,
}

impl View<'_> {
    /// Tells whether a document is stored.
    pub fn has_document(&self, id: DocumentId) -> Result<bool, StoreError> {
        let found = self.find(
            "SELECT 1 FROM documents WHERE id = ?1",
            [id.as_bytes()],
            |_| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// Returns a document.
    pub fn find_document(&self, id: DocumentId) -> Result<Option<StoredDocument>, StoreError> {
        self.find(
            "SELECT id, kind, envelope FROM documents WHERE id = ?1",
            [id.as_bytes()],
            |row| {
                Ok(StoredDocument {
                    id: document_id(row, "id")?,
                    kind: row.get("kind")?,
                    envelope: row.get("envelope")?,
                })
            },
        )
    }

    /// Returns what `audience` has not read yet at `now`: all roots and catalogues, then alerts and decisions, of
    /// `bytes_max` together unless the first of them is larger.
    ///
    /// A page that ends early gives the position of its last alert, so the next one repeats the roots and catalogues
    /// after that: reading one twice does nothing, and a position stays one number.
    pub fn feed_page(
        &self,
        audience: &FeedAudience,
        after: u64,
        now: Timestamp,
        bytes_max: usize,
    ) -> Result<FeedPage, StoreError> {
        let mut page = FeedPage {
            documents: Vec::new(),
            next: after,
        };
        let mut bytes = 0usize;
        let mut alerts = 0usize;
        for lane in [Lane::Authority, Lane::Alert] {
            let mut statement = self.connection.prepare_cached(
                "SELECT feed.seq, feed.organisation, feed.child, documents.envelope
                 FROM feed JOIN documents ON documents.id = feed.document
                 WHERE feed.current = 1 AND feed.lane = ?1 AND feed.seq > ?2
                   AND (feed.expires_at IS NULL OR feed.expires_at > ?3)
                 ORDER BY feed.seq",
            )?;
            let mut rows =
                statement.query(params![lane.number(), stored_count(after), seconds(now)])?;
            let mut last = after;
            while let Some(row) = rows.next()? {
                if !is_for(audience, row)? {
                    continue;
                }
                let envelope: Vec<u8> = row.get("envelope")?;
                bytes = bytes.saturating_add(envelope.len());
                if lane == Lane::Alert {
                    if alerts > 0 && bytes > bytes_max {
                        page.next = last;
                        return Ok(page);
                    }
                    alerts += 1;
                }
                last = count(row, "seq")?;
                page.documents.push(envelope);
            }
            page.next = page.next.max(last);
        }
        Ok(page)
    }
}

fn is_for(audience: &FeedAudience, row: &Row<'_>) -> rusqlite::Result<bool> {
    let of_hosts: Option<OrganisationId> = maybe_parsed(row, "organisation")?;
    let of_child: Option<OrganisationId> = maybe_parsed(row, "child")?;
    Ok(match audience {
        FeedAudience::Host(own) => of_child.is_none() && of_hosts.is_none_or(|of| of == *own),
        FeedAudience::Node(own) => of_hosts.is_none() && of_child.is_none_or(|of| of == *own),
    })
}

impl Change<'_> {
    /// Keeps a document's exact bytes. Returns false where it was there already; the bytes stay the first ones.
    pub fn insert_document(
        &self,
        id: DocumentId,
        kind: &str,
        envelope: &[u8],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let touched = self.run(
            "INSERT INTO documents (id, kind, envelope, received_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO NOTHING",
            params![id.as_bytes(), kind, envelope, seconds(now)],
        )?;
        Ok(touched == 1)
    }

    /// Keeps a document that a host signed, and only the newest `kept` of its kind from this host for this alert.
    /// Returns false where it was there already.
    pub fn insert_evidence(
        &self,
        host: HostId,
        alert: AlertId,
        document: &StoredDocument,
        kept: u32,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if !self.insert_document(document.id, &document.kind, &document.envelope, now)? {
            return Ok(false);
        }
        self.run(
            "INSERT INTO evidence (host, alert, kind, document) VALUES (?1, ?2, ?3, ?4)",
            params![
                host.as_bytes(),
                alert.as_bytes(),
                document.kind,
                document.id.as_bytes()
            ],
        )?;
        let too_old = self.list(
            "SELECT document FROM evidence WHERE host = ?1 AND alert = ?2 AND kind = ?3
             ORDER BY seq DESC LIMIT -1 OFFSET ?4",
            params![host.as_bytes(), alert.as_bytes(), document.kind, kept],
            |row| document_id(row, "document"),
        )?;
        for id in too_old {
            self.run("DELETE FROM evidence WHERE document = ?1", [id.as_bytes()])?;
            self.run("DELETE FROM documents WHERE id = ?1", [id.as_bytes()])?;
        }
        Ok(true)
    }

    /// Hands a document out to everybody, or to the hosts of one organisation. Nothing happens where it is current
    /// already.
    pub fn enter_feed(&self, entry: FeedEntry<'_>) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO feed (seq, document, lane, organisation, expires_at, current)
             SELECT max(?5, 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'feed'), 0)),
                    ?1, ?2, ?3, ?4, 1
             WHERE NOT EXISTS (SELECT 1 FROM feed WHERE document = ?1 AND current = 1)",
            params![
                entry.document.as_bytes(),
                entry.lane.number(),
                entry.organisation.map(OrganisationId::as_str),
                maybe_seconds(entry.expires_at),
                seconds(entry.entered_at),
            ],
        )?;
        Ok(())
    }

    /// Hands a document out to the node of one child, after what is in the feed already.
    pub(crate) fn enter_feed_of_child(
        &self,
        document: DocumentId,
        child: &OrganisationId,
        entered_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO feed (seq, document, lane, child, current)
             SELECT max(?4, 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'feed'), 0)),
                    ?1, ?2, ?3, 1
             WHERE NOT EXISTS (SELECT 1 FROM feed WHERE document = ?1 AND current = 1)",
            params![
                document.as_bytes(),
                Lane::Alert.number(),
                child.as_str(),
                seconds(entered_at),
            ],
        )?;
        Ok(())
    }

    /// Stops handing a document out. Who has read it has read it.
    pub fn leave_feed(&self, document: DocumentId) -> Result<(), StoreError> {
        self.run(
            "UPDATE feed SET current = 0 WHERE document = ?1 AND current = 1",
            [document.as_bytes()],
        )?;
        Ok(())
    }
}
