-- What people decide about identity. Their word comes before any automatic decision, and each can be undone exactly.

-- One decision: who said what, when and why, and the rows it changed, as they were before and after.
CREATE TABLE decision (
    id        INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL,            -- accept, refuse, join, split; undo, and redo: an undoing undone
    on_day    TEXT NOT NULL,
    at        TEXT NOT NULL,            -- the time of day
    who       TEXT NOT NULL,
    why       TEXT,
    question  INTEGER,                  -- the number in review that it answers
    works     TEXT NOT NULL,            -- JSON: the numbers of the works concerned
    records   TEXT NOT NULL,            -- JSON: the numbers of the records it moves or speaks of
    opened    INTEGER,                  -- the number of the work a split opened: never given to another
    changes   TEXT NOT NULL,            -- JSON of store.picture.Changes: what undoes it
    undoes    INTEGER REFERENCES decision (id),
    undone_by INTEGER REFERENCES decision (id) -- NULL: it stands
) STRICT;
CREATE INDEX decision_opened ON decision (opened) WHERE opened IS NOT NULL;

-- What a person has said of two records, as it holds now: they are the same article, or they are not. On records, since
-- works are only names. The decision it belongs to is the latest that speaks of the two.
CREATE TABLE verdict (
    record   INTEGER NOT NULL REFERENCES record (id),
    other    INTEGER NOT NULL REFERENCES record (id),
    same     INTEGER NOT NULL CHECK (same IN (0, 1)),
    decision INTEGER NOT NULL REFERENCES decision (id),
    PRIMARY KEY (record, other),
    CHECK (record < other)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdict_other ON verdict (other);

-- The decision an event belongs to. Two works may be joined, taken apart and joined again on one day.
ALTER TABLE event ADD COLUMN decision INTEGER REFERENCES decision (id);
DROP INDEX event_once;
CREATE UNIQUE INDEX event_once
    ON event (on_day, kind, ifnull(record, 0), ifnull(work, 0), ifnull(after, ''), ifnull(decision, 0));
