-- Which documents of a host are kept as evidence, so that the oldest can make room: a host can sign any number.
CREATE TABLE evidence (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    host     BLOB NOT NULL REFERENCES hosts (id),
    alert    BLOB NOT NULL REFERENCES alerts (id),
    kind     TEXT NOT NULL,
    document BLOB NOT NULL UNIQUE REFERENCES documents (id)
) STRICT;
CREATE INDEX evidence_of_host ON evidence (host, alert, kind, seq);

-- How much one child has shared is asked for each finding that it shares.
CREATE INDEX findings_of_child ON findings (alert, via) WHERE via IS NOT NULL;
