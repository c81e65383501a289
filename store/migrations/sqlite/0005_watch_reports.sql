-- What watches of web sites say: the newest of each watcher, by whom this node has it. Replaced by newer revisions.
CREATE TABLE watch_reports (
    via         TEXT NOT NULL, -- this node's own organisation, a child, or the parent
    side        TEXT NOT NULL CHECK (side IN ('above', 'below', 'own')),
    watcher     TEXT NOT NULL,
    name        TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    as_of       INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    health      TEXT NOT NULL CHECK (health IN ('broken', 'running', 'silent')),
    evidence    TEXT,             -- JSON; NULL: there is none yet
    doubted_at  INTEGER,          -- when its evidence contradicted what had been said of it before
    envelope    BLOB NOT NULL,    -- as it was signed; empty for our own
    PRIMARY KEY (via, watcher)
) STRICT, WITHOUT ROWID;
CREATE TABLE watch_rows (
    via          TEXT NOT NULL,
    watcher      TEXT NOT NULL,
    organisation TEXT NOT NULL,
    sites        TEXT NOT NULL,
    PRIMARY KEY (via, watcher, organisation),
    FOREIGN KEY (via, watcher) REFERENCES watch_reports (via, watcher)
) STRICT, WITHOUT ROWID;
CREATE INDEX watch_rows_of_organisation ON watch_rows (organisation);

-- What is meant for the node of one child only, and what it says, so that the same is not told twice.
ALTER TABLE feed ADD COLUMN child TEXT;
CREATE TABLE watch_told (
    child    TEXT NOT NULL,
    watcher  TEXT NOT NULL,
    document BLOB NOT NULL REFERENCES documents (id),
    content  BLOB NOT NULL, -- a digest of what it says, without the instant
    told_at  INTEGER NOT NULL,
    PRIMARY KEY (child, watcher)
) STRICT, WITHOUT ROWID;
