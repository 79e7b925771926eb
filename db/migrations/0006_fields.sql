-- Licence, abstract status, funding; what records said of them over time; drift of schemas by its kind.

ALTER TABLE work ADD COLUMN license TEXT;
ALTER TABLE work ADD COLUMN abstract_status TEXT; -- present, absent, withheld, removed (its source has it no more, we do)

-- Who paid: a funder as a source knows it (Funder Registry DOI, ROR, the source's own id), else only a name.
CREATE TABLE funder (
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    identifier TEXT
) STRICT;

-- Every source's word stands: a funder has another id in each, so that two of them cannot be known to be one.
CREATE TABLE work_funding (
    work     INTEGER NOT NULL REFERENCES work (id),
    position INTEGER NOT NULL,
    funder   INTEGER NOT NULL REFERENCES funder (id),
    award    TEXT,                      -- one row an award; NULL: none is named
    source   TEXT NOT NULL,
    PRIMARY KEY (work, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_funding_funder ON work_funding (funder, work);

-- What a record said of the fields whose change is news, change-only: one row per value and the days it was first and last
-- seen. A value is never followed by none without a reason.
CREATE TABLE field_value (
    record     INTEGER NOT NULL REFERENCES record (id),
    field      TEXT NOT NULL,           -- oa_status (open, closed where a source says no more), license, ...
    first_seen TEXT NOT NULL,
    last_seen  TEXT NOT NULL,
    value      TEXT,
    before     TEXT,                    -- the value before; NULL for the first
    reason     TEXT,                    -- closed, withheld, removed
    PRIMARY KEY (record, field, first_seen),
    CHECK (value IS NOT NULL OR reason IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX field_value_news ON field_value (first_seen) WHERE before IS NOT NULL;

CREATE TABLE drift_by_kind (
    source     TEXT NOT NULL,
    kind       TEXT NOT NULL,           -- retyped: left out; unknown: nobody reads it; missing: every reply used to have it
    path       TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen  TEXT NOT NULL,
    records    INTEGER NOT NULL,        -- in which it was seen so
    of_day     INTEGER NOT NULL,        -- ... on the last of these days
    read       INTEGER,                 -- where one is missing: records of the source fetched on that day
    PRIMARY KEY (source, kind, path)
) STRICT, WITHOUT ROWID;
INSERT INTO drift_by_kind SELECT source, 'retyped', path, first_seen, last_seen, records, 0, NULL FROM drift;
DROP TABLE drift;
ALTER TABLE drift_by_kind RENAME TO drift;
