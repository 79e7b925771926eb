-- What the tracker keeps: the count that stands apart from those before it, citations by year over time, what became of citations
-- after the first whole list of them, each such list, and the words in which an article is cited.

-- Citation counts, change-only: one row per value and the days it was first and last seen. last_seen NULL: the value stands, and
-- `standing` has the day. So a day on which nothing moved is written into few pages.
CREATE TABLE observed (
    record     INTEGER NOT NULL REFERENCES record (id),
    first_seen TEXT NOT NULL,
    last_seen  TEXT,
    count      INTEGER NOT NULL CHECK (count >= 0),
    gained     INTEGER,                 -- against the value before; NULL for the first
    PRIMARY KEY (record, first_seen)
) STRICT, WITHOUT ROWID;

-- The count of a record that was seen last.
CREATE TABLE standing (
    record    INTEGER PRIMARY KEY REFERENCES record (id),
    count     INTEGER NOT NULL,
    since     TEXT NOT NULL,            -- first_seen of its observation
    last_seen TEXT NOT NULL,
    rises     INTEGER NOT NULL          -- all that was ever gained, falls not taken off: no window has gained more
) STRICT;

INSERT INTO standing
SELECT record, count, max(first_seen), last_seen, (SELECT ifnull(sum(gained), 0) FROM observation g WHERE g.record = o.record AND g.gained > 0)
FROM observation o GROUP BY record;
INSERT INTO observed
SELECT o.record, o.first_seen, CASE WHEN s.since = o.first_seen THEN NULL ELSE o.last_seen END, o.count, o.gained
FROM observation o JOIN standing s ON s.record = o.record;
DROP TABLE observation;
ALTER TABLE observed RENAME TO observation;

-- Citations by year as the source states them, a row whenever a year's figure is another than before; never the same figure as the
-- count or the edges held.
CREATE TABLE stated_year (
    record     INTEGER NOT NULL REFERENCES record (id),
    year       INTEGER NOT NULL,
    first_seen TEXT NOT NULL,
    count      INTEGER NOT NULL,
    gained     INTEGER,                 -- against the figure before; NULL for the first
    PRIMARY KEY (record, year, first_seen)
) STRICT, WITHOUT ROWID;
INSERT INTO stated_year SELECT y.record, y.year, r.last_seen, y.count, NULL FROM count_by_year y JOIN record r ON r.id = y.record;
DROP TABLE count_by_year;
ALTER TABLE stated_year RENAME TO count_by_year;

-- What became of the citations of a record after the first list of them was read to its end. An edge in that list is no event.
CREATE TABLE citation_event (
    cited  INTEGER NOT NULL REFERENCES record (id),
    on_day TEXT NOT NULL,               -- the day it was noticed
    citing INTEGER NOT NULL REFERENCES record (id),
    kind   TEXT NOT NULL,               -- appeared, vanished, returned
    PRIMARY KEY (cited, on_day, citing)
) STRICT, WITHOUT ROWID;

-- Every list of works citing a record that came to an end, and whether that was all of it.
CREATE TABLE citing_list (
    record INTEGER NOT NULL REFERENCES record (id),
    on_day TEXT NOT NULL,
    count  INTEGER,                     -- the source's own count then
    held   INTEGER NOT NULL,            -- edges held after it
    status TEXT NOT NULL,               -- done, short, capped, as of task
    PRIMARY KEY (record, on_day)
) STRICT, WITHOUT ROWID;
INSERT INTO citing_list
SELECT r.id, r.citing_on, r.citing_count,
       (SELECT count(*) FROM citation c WHERE c.cited = r.id AND c.last_seen IS NULL), 'done'
FROM record r WHERE r.citing_on IS NOT NULL;

-- Why an article is cited, as Semantic Scholar reads it: background, methodology, result. JSON list.
ALTER TABLE citation ADD COLUMN intents TEXT;

-- The sentences in which an article is cited, as Semantic Scholar found them: theirs to show, so kept apart and never exported.
CREATE TABLE citation_context (
    citing   INTEGER NOT NULL,
    cited    INTEGER NOT NULL,
    contexts TEXT NOT NULL,             -- JSON list of texts
    PRIMARY KEY (citing, cited),
    FOREIGN KEY (citing, cited) REFERENCES citation (citing, cited)
) STRICT, WITHOUT ROWID;
