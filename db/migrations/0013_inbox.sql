-- The inbox: citing works that are news, what people made of each, and the digests that carried them.

-- A citing work that appeared after the first list of those citing an article, in whichever source showed it first. It hangs on
-- the two records: as works are joined and taken apart, items meet and part with them. One item a cited and a citing work is
-- shown, the oldest; the others answer for it.
CREATE TABLE inbox_item (
    id         INTEGER PRIMARY KEY,
    cited      INTEGER NOT NULL REFERENCES record (id),
    citing     INTEGER NOT NULL REFERENCES record (id),
    since      TEXT NOT NULL,           -- the day it was noticed
    carried_on TEXT,                    -- the day a digest first carried it; NULL: none has
    UNIQUE (cited, citing)
) STRICT;
CREATE INDEX inbox_item_citing ON inbox_item (citing);

-- The watches that followed the cited article when the item came.
CREATE TABLE inbox_watch (
    item       INTEGER NOT NULL REFERENCES inbox_item (id),
    watch      INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
    carried_on TEXT,                    -- the day a digest of this watch, or of all of them, carried it
    PRIMARY KEY (item, watch)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_watch_watch ON inbox_watch (watch);

-- What people made of an item, change by change; the last one holds. None: it is new.
CREATE TABLE inbox_state (
    id     INTEGER PRIMARY KEY,
    item   INTEGER NOT NULL REFERENCES inbox_item (id),
    state  TEXT NOT NULL,               -- new (again), seen, kept, dismissed
    on_day TEXT NOT NULL,
    at     TEXT NOT NULL,               -- the time of day
    who    TEXT NOT NULL,
    note   TEXT
) STRICT;
CREATE INDEX inbox_state_item ON inbox_state (item);

-- The digests that were given out: what changed after the last one is news to the next.
CREATE TABLE digest (
    id     INTEGER PRIMARY KEY,
    on_day TEXT NOT NULL,
    at     TEXT NOT NULL,
    watch  INTEGER REFERENCES watch (id) ON DELETE CASCADE, -- NULL: of all watches
    items  INTEGER NOT NULL
) STRICT;

CREATE INDEX citation_event_appeared ON citation_event (on_day) WHERE kind = 'appeared';
CREATE INDEX watch_record_record ON watch_record (record);
