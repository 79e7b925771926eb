-- What was known on earlier days: what tables held before it was changed, so that a Store opened as of a day can show it again.
-- Whatever has a day of its own (counts, citations, events ...) needs none of this.

-- The days on which something was written, each with the highest numbers there were before it. The last one is the present.
CREATE TABLE written_day (
    day    TEXT PRIMARY KEY,
    work   INTEGER NOT NULL,
    record INTEGER NOT NULL,
    venue  INTEGER NOT NULL,
    author INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A row of another table as it was until this day (its state at the end of the day before): the first change of a day writes it,
-- by triggers that schema.py makes. Nothing is written of what is new on that very day.
CREATE TABLE was (
    of    TEXT NOT NULL,                -- the table
    key   TEXT NOT NULL,                -- JSON list of its primary key
    until TEXT NOT NULL,
    row   TEXT,                         -- JSON list of its columns in their order; NULL: there was no such row
    PRIMARY KEY (of, key, until)
) STRICT, WITHOUT ROWID;

-- Between last_seen and until the source was read without this being seen. Other sightings need no row: what is not named here was
-- seen on each day the source was read.
CREATE TABLE unseen (
    record    INTEGER NOT NULL REFERENCES record (id),
    what      TEXT NOT NULL,            -- '' the record itself; count; or a field of field_value
    until     TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (record, what, until)
) STRICT, WITHOUT ROWID;
