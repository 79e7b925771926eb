-- Why counts changed.

-- What a change of a count is made of, as it was known on a day; the newest of these accounts holds. What its parts leave of the
-- difference is unexplained: a change that is wholly so has no row, unless an earlier account had said otherwise.
CREATE TABLE change_part (
    record   INTEGER NOT NULL REFERENCES record (id),
    on_day   TEXT NOT NULL,             -- the day of the change: first_seen of its observation
    known_on TEXT NOT NULL,
    part     TEXT NOT NULL,             -- new, late, returned, vanished, merged, versions, reindexed, unexplained
    n        INTEGER NOT NULL,
    detail   TEXT NOT NULL,             -- JSON: the citing works by the source's own ids, with what is known of each
    PRIMARY KEY (record, on_day, known_on, part)
) STRICT, WITHOUT ROWID;

-- The records whose counts or lists of citing works have moved since they were last accounted for, and the first day of that.
CREATE TABLE unaccounted (
    record INTEGER PRIMARY KEY REFERENCES record (id),
    since  TEXT NOT NULL
) STRICT;

CREATE INDEX event_day ON event (on_day);
