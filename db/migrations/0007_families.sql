-- What works are to one another, and what became of a source's own ids.

-- What a record says its article is of another, as records.RELATIONS names it. last_seen NULL: still stated. scheme and value
-- '': a retraction that the source states without naming a notice.
CREATE TABLE relation (
    record     INTEGER NOT NULL REFERENCES record (id),
    kind       TEXT NOT NULL,
    scheme     TEXT NOT NULL,           -- the other article's identifier, held or not
    value      TEXT NOT NULL,
    origin     TEXT NOT NULL,           -- who asserts it: the source itself, publisher, retraction-watch
    on_day     TEXT,                    -- the day the notice itself states
    first_seen TEXT NOT NULL,
    last_seen  TEXT,
    PRIMARY KEY (record, kind, scheme, value, origin)
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_other ON relation (scheme, value);

-- A work in a family; the family's number is the smallest among its versions. A version is in one family, a review or a
-- notice in that of every article it is about, and connects none of them.
CREATE TABLE family_member (
    family INTEGER NOT NULL REFERENCES work (id),
    work   INTEGER NOT NULL REFERENCES work (id),
    role   TEXT NOT NULL,               -- preprint, accepted, published, version; correction, retraction, concern, review
    why    TEXT NOT NULL,
    PRIMARY KEY (family, work)
) STRICT, WITHOUT ROWID;
CREATE INDEX family_member_work ON family_member (work);

-- The day a record's own id was first answered with "no such thing", or with another record; NULL: it answers.
ALTER TABLE record ADD COLUMN gone_on TEXT;
-- The record of the same source that answers in its place: the series of counts goes on there.
ALTER TABLE record ADD COLUMN successor INTEGER REFERENCES record (id);
CREATE INDEX record_orphan ON record (source) WHERE gone_on IS NOT NULL AND successor IS NULL;
CREATE INDEX record_successor ON record (successor) WHERE successor IS NOT NULL;

-- The day the source first stated this identifier no longer; NULL with alias 1: the article was only asked for by this name.
ALTER TABLE identifier ADD COLUMN outdated_on TEXT;

CREATE INDEX event_work ON event (work) WHERE work IS NOT NULL;
CREATE INDEX former_work_work ON former_work (work);
