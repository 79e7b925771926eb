-- What sources themselves say an article is like: the works they list as related to it, and the vectors of their models.
-- Both change-only: a row holds from its day on, until the next one.

CREATE TABLE suggestion (
    record     INTEGER NOT NULL REFERENCES record (id),
    first_seen TEXT NOT NULL,
    listed     TEXT NOT NULL,           -- JSON list of ids of the record's source, the most related first; []: stated that none are
    PRIMARY KEY (record, first_seen)
) STRICT, WITHOUT ROWID;

CREATE TABLE embedding (
    record     INTEGER NOT NULL REFERENCES record (id),
    model      TEXT NOT NULL,           -- with its version: only vectors of one model can be compared
    first_seen TEXT NOT NULL,
    length     REAL NOT NULL,           -- of the vector as it is kept
    vector     BLOB NOT NULL,           -- a signed byte each dimension
    PRIMARY KEY (record, model, first_seen)
) STRICT;
