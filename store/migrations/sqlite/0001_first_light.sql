-- Instants are whole seconds since 1970, UTC. Ids of documents, alerts (32 bytes) and hosts (16 bytes) are blobs.
-- Organisations are texts. What is only ever read as a whole is JSON.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Exact bytes, as received or as made here. Never changed.
CREATE TABLE documents (
    id          BLOB PRIMARY KEY CHECK (length(id) = 32),
    kind        TEXT NOT NULL,
    envelope    BLOB NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;

-- What goes down. A number is never used twice, so that a reader's position stays true whatever is withdrawn.
CREATE TABLE feed (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    document     BLOB NOT NULL REFERENCES documents (id),
    lane         INTEGER NOT NULL CHECK (lane IN (0, 1)),
    organisation TEXT, -- the hosts it is meant for; NULL: everybody below
    expires_at   INTEGER,
    current      INTEGER NOT NULL CHECK (current IN (0, 1))
) STRICT;
CREATE INDEX feed_of_lane ON feed (lane, seq) WHERE current = 1;
CREATE INDEX feed_of_document ON feed (document) WHERE current = 1;

-- Every accepted version: one that was trusted once must be findable when the next is checked.
CREATE TABLE roots (
    authority   TEXT NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    document    BLOB NOT NULL REFERENCES documents (id),
    accepted_at INTEGER NOT NULL,
    PRIMARY KEY (authority, version)
) STRICT, WITHOUT ROWID;

-- The newest only. Version and expiry are repeated from inside.
CREATE TABLE catalogues (
    authority  TEXT PRIMARY KEY,
    version    INTEGER NOT NULL CHECK (version > 0),
    document   BLOB NOT NULL REFERENCES documents (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE alerts (
    id          BLOB PRIMARY KEY REFERENCES documents (id),
    authority   TEXT NOT NULL,
    number      TEXT NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    supersedes  BLOB,
    issued_at   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    in_force    INTEGER NOT NULL CHECK (in_force IN (0, 1)),
    head        TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX alerts_of_number ON alerts (authority, number, version);

CREATE TABLE acknowledgements (
    alert           BLOB NOT NULL REFERENCES alerts (id),
    organisation    TEXT NOT NULL,
    officer         TEXT NOT NULL,
    acknowledged_at INTEGER NOT NULL,
    PRIMARY KEY (alert, organisation)
) STRICT, WITHOUT ROWID;

-- The answer that holds. What held before is in the decisions, which are signed and kept.
CREATE TABLE answers (
    alert        BLOB NOT NULL REFERENCES alerts (id),
    organisation TEXT NOT NULL,
    verb         TEXT NOT NULL,
    answer       TEXT NOT NULL CHECK (answer IN ('pending', 'permit', 'refuse')),
    officer      TEXT, -- NULL: the policy answered
    decided_at   INTEGER NOT NULL,
    PRIMARY KEY (alert, organisation, verb)
) STRICT, WITHOUT ROWID;

CREATE TABLE decisions (
    alert        BLOB NOT NULL REFERENCES alerts (id),
    organisation TEXT NOT NULL,
    revision     INTEGER NOT NULL CHECK (revision > 0),
    document     BLOB NOT NULL REFERENCES documents (id),
    PRIMARY KEY (alert, organisation)
) STRICT, WITHOUT ROWID;

-- Directly below this node.
CREATE TABLE organisations (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    relation      TEXT NOT NULL CHECK (relation IN ('child', 'hosted')),
    public_key    BLOB,        -- of a child's node, once enrolled
    form_hash     BLOB UNIQUE, -- of a hosted organisation's secret
    registered_at INTEGER NOT NULL,
    enrolled_at   INTEGER,
    last_seen_at  INTEGER,
    removed_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX organisations_of_key ON organisations (public_key);

-- Further below, as each child last told. Lets a new alert show who has not been heard of.
CREATE TABLE descendants (
    organisation TEXT PRIMARY KEY,
    child        TEXT NOT NULL REFERENCES organisations (id),
    name         TEXT NOT NULL,
    parent       TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    hash         BLOB PRIMARY KEY CHECK (length(hash) = 32),
    purpose      TEXT NOT NULL CHECK (purpose IN ('host', 'organisation')),
    organisation TEXT NOT NULL,
    name         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER,
    bound_key    BLOB, -- who used it: the same key may ask again, when the answer was lost
    host         BLOB  -- what came of it, for a host
) STRICT, WITHOUT ROWID;

CREATE TABLE hosts (
    id           BLOB PRIMARY KEY CHECK (length(id) = 16),
    organisation TEXT NOT NULL,
    name         TEXT NOT NULL,
    public_key   BLOB NOT NULL UNIQUE,
    enrolled_at  INTEGER NOT NULL,
    last_seen_at INTEGER,
    removed_at   INTEGER
) STRICT;
CREATE INDEX hosts_of_organisation ON hosts (organisation);

-- What is known of each subject (a host with an agent, or one that a report was handed in for) and each alert.
-- Replaced by newer revisions, never added to.
CREATE TABLE answers_of_hosts (
    alert        BLOB NOT NULL REFERENCES alerts (id),
    subject      TEXT NOT NULL, -- 'host:…' or 'name:ORGANISATION:…'
    organisation TEXT NOT NULL,
    host         BLOB REFERENCES hosts (id),
    host_name    TEXT NOT NULL,
    received_at  INTEGER,
    revision     INTEGER NOT NULL,
    answered_at  INTEGER,
    outcome      TEXT CHECK (outcome IN ('clean', 'clean-incomplete', 'found', 'found-incomplete')),
    confirmed    INTEGER NOT NULL,
    suspicious   INTEGER NOT NULL,
    context      INTEGER NOT NULL,
    isolated     INTEGER NOT NULL,
    not_examined INTEGER NOT NULL,
    PRIMARY KEY (alert, subject)
) STRICT, WITHOUT ROWID;

-- What an organisation without a node counted by hand.
CREATE TABLE counted_hosts (
    alert        BLOB NOT NULL REFERENCES alerts (id),
    organisation TEXT NOT NULL,
    hosts        TEXT NOT NULL,
    hosts_found  INTEGER NOT NULL,
    counted_at   INTEGER NOT NULL,
    PRIMARY KEY (alert, organisation)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    alert        BLOB NOT NULL REFERENCES alerts (id),
    subject      TEXT NOT NULL, -- as in answers_of_hosts, or 'shared:ORGANISATION:NAME'
    item         TEXT NOT NULL,
    organisation TEXT NOT NULL,
    host         BLOB,
    host_name    TEXT NOT NULL,
    via          TEXT, -- the child that shared it
    judgement    INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    finding      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX findings_of_subject ON findings (alert, subject, item);
CREATE INDEX findings_by_judgement ON findings (judgement, id);

CREATE TABLE not_examined (
    alert        BLOB NOT NULL REFERENCES alerts (id),
    subject      TEXT NOT NULL,
    reason       TEXT NOT NULL,
    organisation TEXT NOT NULL,
    host         BLOB,
    host_name    TEXT NOT NULL,
    count        INTEGER NOT NULL,
    examples     TEXT NOT NULL,
    PRIMARY KEY (alert, subject, reason)
) STRICT, WITHOUT ROWID;

-- The newest roll-up of each child for each alert, with its signed bytes, and its rows.
CREATE TABLE roll_ups (
    alert       BLOB NOT NULL REFERENCES alerts (id),
    child       TEXT NOT NULL REFERENCES organisations (id),
    revision    INTEGER NOT NULL,
    envelope    BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (alert, child)
) STRICT, WITHOUT ROWID;
CREATE TABLE roll_up_rows (
    alert        BLOB NOT NULL REFERENCES alerts (id),
    organisation TEXT NOT NULL,
    child        TEXT NOT NULL REFERENCES organisations (id),
    status       TEXT NOT NULL,
    PRIMARY KEY (alert, organisation)
) STRICT, WITHOUT ROWID;
CREATE INDEX roll_up_rows_of_child ON roll_up_rows (child, alert);

-- Alerts whose picture has changed since the last roll-up was made. Set in the transaction of the change.
CREATE TABLE roll_ups_due (
    alert BLOB PRIMARY KEY REFERENCES alerts (id)
) STRICT, WITHOUT ROWID;
CREATE TABLE roll_ups_made (
    alert    BLOB PRIMARY KEY REFERENCES alerts (id),
    revision INTEGER NOT NULL,
    made_at  INTEGER NOT NULL,
    content  BLOB NOT NULL -- a digest of what it said, without the instant
) STRICT, WITHOUT ROWID;

-- What goes up. Emptied as the parent confirms.
CREATE TABLE outbox (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    slot      TEXT UNIQUE, -- a newer document of the same slot takes the place of the older
    document  BLOB NOT NULL,
    envelope  BLOB NOT NULL,
    queued_at INTEGER NOT NULL
) STRICT;

-- The newest few, for people.
CREATE TABLE refusals (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    refused_at INTEGER NOT NULL,
    sender     TEXT NOT NULL,
    kind       TEXT,
    document   BLOB,
    reason     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX refusals_of_document ON refusals (sender, document, reason);

CREATE TABLE sessions (
    hash       BLOB PRIMARY KEY CHECK (length(hash) = 32),
    officer    TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
