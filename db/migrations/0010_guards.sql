-- Counts that fell and are not believed yet, and what the reading of a source came to on each day.

-- A count far below the one that stood, on the days the source said so (harvester/guard.py). A row per value and stretch of days;
-- it stays when it is settled. Of class merge, reindex or correction it became an observation from its first day; an outage never.
CREATE TABLE held_count (
    record     INTEGER NOT NULL REFERENCES record (id),
    first_day  TEXT NOT NULL,
    last_day   TEXT NOT NULL,
    count      INTEGER NOT NULL CHECK (count >= 0),
    seen       INTEGER NOT NULL,        -- on how many days
    before     INTEGER NOT NULL,        -- the count that stood
    ended_on   TEXT,                    -- the day the source said another, or this was accepted; NULL: it is what it says now
    again_on   TEXT,                    -- the day it was asked again by a second way; NULL: it was not
    again      INTEGER,                 -- the count it said then
    listed     INTEGER,                 -- the citing works it listed then
    class      TEXT,                    -- outage, merge, reindex, correction; NULL: not settled
    settled_on TEXT,
    why        TEXT,                    -- of its class
    PRIMARY KEY (record, first_day)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_count_open ON held_count (record) WHERE settled_on IS NULL OR ended_on IS NULL;

-- The reading of a source on one day, records read before only, each once.
CREATE TABLE source_day (
    source TEXT NOT NULL,
    day    TEXT NOT NULL,
    read   INTEGER NOT NULL,            -- counts read
    moved  INTEGER NOT NULL,            -- of them, other than what was said before
    high   INTEGER NOT NULL,            -- of them, where what was said before can fall by the threshold
    fell   INTEGER NOT NULL,            -- of the high ones, lower
    zeroed INTEGER NOT NULL,            -- of the high ones, nothing
    PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;

-- The last word about a source as a whole.
CREATE INDEX event_source_still ON event (source, on_day) WHERE kind IN ('source_stale', 'source_moving');
