-- What people make of works that are found to be related to another: kept or dismissed for it. The next list learns from it.

-- One word about one work, for one seed; of all that were said of the two the last holds. It hangs on records, the first of each
-- work: as works are joined and taken apart, marks go with them.
CREATE TABLE mark (
    id     INTEGER PRIMARY KEY,
    seed   INTEGER NOT NULL REFERENCES record (id), -- of the work asked about
    marked INTEGER NOT NULL REFERENCES record (id), -- of the work that was found to be related to it
    state  TEXT NOT NULL,               -- kept, dismissed, cleared
    on_day TEXT NOT NULL,
    at     TEXT NOT NULL,               -- the time of day
    who    TEXT NOT NULL,
    note   TEXT
) STRICT;
CREATE INDEX mark_seed ON mark (seed);
CREATE INDEX mark_pair ON mark (marked, seed);
