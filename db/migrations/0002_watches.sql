-- Watches of every kind, each with its own sources, depth, beginning and size; what a bibliography file lists; whose DOIs are whose.

ALTER TABLE watch ADD COLUMN sources TEXT;                          -- JSON list of the sources to ask; NULL: all that are enabled
ALTER TABLE watch ADD COLUMN depth TEXT NOT NULL DEFAULT 'itself,citing,references';
ALTER TABLE watch ADD COLUMN since TEXT;                            -- nothing published before this day
ALTER TABLE watch ADD COLUMN cap INTEGER NOT NULL DEFAULT 10000;    -- works it may stand for without a person being asked
ALTER TABLE watch ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;     -- 1: it stands in the settings file, and goes with it
UPDATE watch SET depth = 'itself,citing' WHERE kind <> 'work';

-- The entries of a watched bibliography file: since when and until when each stood in it.
CREATE TABLE watch_entry (
    watch      INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
    record     INTEGER NOT NULL REFERENCES record (id),
    added_on   TEXT NOT NULL,
    removed_on TEXT,                                                -- NULL: it stands there
    PRIMARY KEY (watch, record, added_on)
) STRICT, WITHOUT ROWID;

-- Which registration agency a DOI prefix belongs to: asked once and kept. NULL: nobody knows the prefix.
CREATE TABLE agency (
    prefix   TEXT PRIMARY KEY,
    agency   TEXT,
    asked_on TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- When a service last refused our key (UNIX seconds); NULL: it is good, or there is none.
ALTER TABLE budget ADD COLUMN key_refused_at REAL;
