-- The spine. Tables carry singular names and are private: read db/views instead.
-- Days are ISO text (2026-11-23). Every table is STRICT; whatever is only a key is WITHOUT ROWID.

-- The article itself: no more than a name for a group of records, with the fields merged from them.
CREATE TABLE work (
    id           INTEGER PRIMARY KEY,
    title        TEXT,
    title_hash   INTEGER,               -- of normal.title_key(title): finds look-alikes, joins nothing by itself
    abstract     TEXT,
    year         INTEGER,
    date         TEXT,                  -- as far as known: 2025, 2025-05 or 2025-05-19
    type         TEXT,
    language     TEXT,
    venue        INTEGER REFERENCES venue (id),
    volume       TEXT,
    issue        TEXT,
    first_page   TEXT,
    last_page    TEXT,
    doi          TEXT,
    is_oa        INTEGER,
    oa_status    TEXT,
    oa_url       TEXT,
    url          TEXT,
    is_retracted INTEGER,
    authors_truncated INTEGER NOT NULL DEFAULT 0,
    origin       TEXT NOT NULL          -- JSON: field -> source it was taken from
) STRICT;
CREATE INDEX work_title_hash ON work (title_hash) WHERE title_hash IS NOT NULL;
CREATE INDEX work_venue ON work (venue) WHERE venue IS NOT NULL;

-- A work's number that was given up when it was joined to another: old numbers keep answering.
CREATE TABLE former_work (
    id     INTEGER PRIMARY KEY,
    work   INTEGER NOT NULL REFERENCES work (id),
    on_day TEXT NOT NULL,
    why    TEXT NOT NULL
) STRICT;

-- One source's word about one article. `work` NULL: only named in somebody's references, or read but not yet placed.
CREATE TABLE record (
    id            INTEGER PRIMARY KEY,
    source        TEXT NOT NULL,
    source_id     TEXT NOT NULL,
    work          INTEGER REFERENCES work (id),
    decision      TEXT,                 -- new, join, doubt: how it came to its work ...
    why           TEXT,                 -- ... and why
    first_seen    TEXT,
    last_seen     TEXT,
    references_on TEXT,                 -- day its own list of references was last read
    citing_on     TEXT,                 -- day the list of works citing it was last read to its end
    citing_from   TEXT,                 -- day that was first done: edges since then are news
    citing_count  INTEGER,              -- the source's count on citing_on: unchanged, so no need to ask again
    cited_on      TEXT,                 -- day the works it cites were last fetched themselves
    UNIQUE (source, source_id)
) STRICT;
CREATE INDEX record_work ON record (work) WHERE work IS NOT NULL;

-- The exact bytes a source sent, zstd-compressed. The newest, and older ones that still tell what it does not.
CREATE TABLE payload (
    id      INTEGER PRIMARY KEY,
    record  INTEGER NOT NULL REFERENCES record (id),
    hash    BLOB NOT NULL,
    body    BLOB NOT NULL,
    seen_on TEXT NOT NULL
) STRICT;
CREATE INDEX payload_record ON payload (record);

CREATE TABLE identifier (
    scheme     TEXT NOT NULL,
    value      TEXT NOT NULL,
    record     INTEGER NOT NULL REFERENCES record (id),
    first_seen TEXT NOT NULL,
    alias      INTEGER NOT NULL DEFAULT 0, -- 1: only asked for by this name
    PRIMARY KEY (scheme, value, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifier_record ON identifier (record);

-- citing -> cited as one source states it. last_seen NULL: stands in that source's latest complete list.
CREATE TABLE citation (
    citing      INTEGER NOT NULL REFERENCES record (id),
    cited       INTEGER NOT NULL REFERENCES record (id),
    first_seen  TEXT NOT NULL,
    last_seen   TEXT,
    influential INTEGER,
    read_in     INTEGER,                -- run whose list of citing works last contained it
    PRIMARY KEY (citing, cited)
) STRICT, WITHOUT ROWID;
CREATE INDEX citation_cited ON citation (cited, citing);

-- Citation counts, change-only: one row per value and the days it was first and last seen.
CREATE TABLE observation (
    record     INTEGER NOT NULL REFERENCES record (id),
    first_seen TEXT NOT NULL,
    last_seen  TEXT NOT NULL,
    count      INTEGER NOT NULL CHECK (count >= 0),
    gained     INTEGER,                 -- against the value before; NULL for the first
    PRIMARY KEY (record, first_seen)
) STRICT, WITHOUT ROWID;

-- The days on which a source was read at all.
CREATE TABLE observed_day (
    source TEXT NOT NULL,
    day    TEXT NOT NULL,
    PRIMARY KEY (source, day)
) STRICT, WITHOUT ROWID;

-- Citations by year as the source states them; never the same figure as the count or the edges held.
CREATE TABLE count_by_year (
    record INTEGER NOT NULL REFERENCES record (id),
    year   INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (record, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE venue (
    id        INTEGER PRIMARY KEY,
    name      TEXT,
    name_key  TEXT,
    issn_l    TEXT,
    type      TEXT,
    publisher TEXT
) STRICT;
CREATE INDEX venue_name ON venue (name_key);

-- How a venue is recognised: issn, or a source's own number for it.
CREATE TABLE venue_identifier (
    scheme TEXT NOT NULL,
    value  TEXT NOT NULL,
    venue  INTEGER NOT NULL REFERENCES venue (id),
    PRIMARY KEY (scheme, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX venue_identifier_venue ON venue_identifier (venue);

CREATE TABLE venue_metric (
    venue  INTEGER NOT NULL REFERENCES venue (id),
    name   TEXT NOT NULL,
    year   INTEGER NOT NULL,            -- the year stated, else the year it was seen
    source TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (venue, name, year, source)
) STRICT, WITHOUT ROWID;

-- A person where the source has an id or an ORCID for them; otherwise only a name, which claims no person.
CREATE TABLE author (
    id       INTEGER PRIMARY KEY,
    key      TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    name_key TEXT,
    orcid    TEXT
) STRICT;
CREATE INDEX author_name ON author (name_key);

CREATE TABLE authorship (
    work          INTEGER NOT NULL REFERENCES work (id),
    position      INTEGER NOT NULL,
    author        INTEGER NOT NULL REFERENCES author (id),
    name          TEXT NOT NULL,
    corresponding INTEGER,
    affiliation   TEXT,                 -- as printed
    PRIMARY KEY (work, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX authorship_author ON authorship (author, work);

CREATE TABLE institution (
    id      INTEGER PRIMARY KEY,
    key     TEXT NOT NULL UNIQUE,
    name    TEXT,
    ror     TEXT,
    country TEXT
) STRICT;

CREATE TABLE affiliation (
    work        INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    institution INTEGER NOT NULL REFERENCES institution (id),
    PRIMARY KEY (work, position, institution),
    FOREIGN KEY (work, position) REFERENCES authorship (work, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE subject (
    id     INTEGER PRIMARY KEY,
    scheme TEXT NOT NULL,               -- topic, keyword, concept, field
    name   TEXT NOT NULL,
    UNIQUE (scheme, name)
) STRICT;

CREATE TABLE work_subject (
    work    INTEGER NOT NULL REFERENCES work (id),
    subject INTEGER NOT NULL REFERENCES subject (id),
    score   REAL,
    PRIMARY KEY (work, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_subject_subject ON work_subject (subject, work);

CREATE TABLE highlight (
    work     INTEGER NOT NULL REFERENCES work (id),
    position INTEGER NOT NULL,
    title    TEXT NOT NULL,
    text     TEXT NOT NULL,
    source   TEXT NOT NULL,
    PRIMARY KEY (work, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE watch (
    id       INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL,             -- work, venue, query
    value    TEXT NOT NULL,             -- an identifier as scheme:value, an ISSN, a text
    label    TEXT,
    added_on TEXT NOT NULL,
    UNIQUE (kind, value)
) STRICT;

CREATE TABLE watch_record (
    watch  INTEGER NOT NULL REFERENCES watch (id) ON DELETE CASCADE,
    record INTEGER NOT NULL REFERENCES record (id),
    PRIMARY KEY (watch, record)
) STRICT, WITHOUT ROWID;

-- One harvest, import or reparse: what was asked, expected, received, spent, and how it ended.
CREATE TABLE run (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    on_day      TEXT NOT NULL,
    started     TEXT NOT NULL,
    finished    TEXT,
    status      TEXT NOT NULL,          -- running, complete, partial, failed
    received    INTEGER NOT NULL DEFAULT 0,
    new_works   INTEGER NOT NULL DEFAULT 0,
    changed     INTEGER NOT NULL DEFAULT 0,
    quarantined INTEGER NOT NULL DEFAULT 0,
    requests    INTEGER NOT NULL DEFAULT 0,
    note        TEXT
) STRICT;

-- The checkpoint: one ask of a run and how far it came. A page and its row here are one transaction.
CREATE TABLE task (
    run      INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    source   TEXT NOT NULL,
    stage    TEXT NOT NULL,             -- look-up, list, citing, references
    watch    INTEGER,
    ask      TEXT NOT NULL,             -- JSON of records.Ask
    cursor   TEXT,
    pages    INTEGER NOT NULL DEFAULT 0,
    expected INTEGER,                   -- as the source states it
    received INTEGER NOT NULL DEFAULT 0,
    absent   INTEGER NOT NULL DEFAULT 0,
    failed   INTEGER NOT NULL DEFAULT 0,
    status   TEXT NOT NULL DEFAULT 'open', -- open, done, short, capped, failed
    why      TEXT,
    PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

-- The identifiers a run asked for and did not find, or could not ask.
CREATE TABLE unanswered (
    run    INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    scheme TEXT NOT NULL,
    value  TEXT NOT NULL,
    answer TEXT NOT NULL,               -- absent, failed
    why    TEXT,
    PRIMARY KEY (run, source, scheme, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    id     INTEGER PRIMARY KEY,
    run    INTEGER REFERENCES run (id) ON DELETE SET NULL,
    source TEXT NOT NULL,
    origin TEXT NOT NULL,               -- file and line, or what was asked
    hash   BLOB NOT NULL,
    body   BLOB NOT NULL,
    reason TEXT NOT NULL,
    on_day TEXT NOT NULL,
    unasked INTEGER NOT NULL DEFAULT 0, -- 1: it can be read, but is not what was asked for
    UNIQUE (source, hash)
) STRICT;

-- What might be one article but is not certain: a person decides.
CREATE TABLE review (
    id     INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES record (id),
    work   INTEGER REFERENCES work (id), -- the candidate; NULL: none found
    why    TEXT NOT NULL,
    on_day TEXT NOT NULL,
    state  TEXT NOT NULL DEFAULT 'open'
) STRICT;
CREATE UNIQUE INDEX review_pair ON review (record, ifnull(work, 0));

CREATE TABLE event (
    id     INTEGER PRIMARY KEY,
    on_day TEXT NOT NULL,
    kind   TEXT NOT NULL,               -- joined, alias, retracted, ...
    source TEXT,
    record INTEGER REFERENCES record (id),
    work   INTEGER,
    before TEXT,
    after  TEXT,
    why    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_once ON event (on_day, kind, ifnull(record, 0), ifnull(work, 0), ifnull(after, ''));

CREATE TABLE drift (
    source     TEXT NOT NULL,
    path       TEXT NOT NULL,           -- of the field that had an unexpected shape
    first_seen TEXT NOT NULL,
    last_seen  TEXT NOT NULL,
    records    INTEGER NOT NULL,
    PRIMARY KEY (source, path)
) STRICT, WITHOUT ROWID;

-- Pace and budget of each service, shared by every process that uses this file. Times are UNIX seconds.
CREATE TABLE budget (
    source        TEXT PRIMARY KEY,
    next_at       REAL NOT NULL DEFAULT 0,
    allowance     INTEGER,
    remaining     INTEGER,
    reset_at      REAL,
    blocked_until REAL,
    blocked_why   TEXT,
    requests      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE work_text USING fts5 (
    title, abstract, content = 'work', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
);
-- New works are put in by the program in a statement of its own: inside a trigger FTS5 writes out after every row, which
-- takes four times as long.
CREATE TRIGGER work_text_delete AFTER DELETE ON work BEGIN
    INSERT INTO work_text (work_text, rowid, title, abstract) VALUES ('delete', old.id, old.title, old.abstract);
END;
CREATE TRIGGER work_text_update AFTER UPDATE OF title, abstract ON work
WHEN old.title IS NOT new.title OR old.abstract IS NOT new.abstract BEGIN
    INSERT INTO work_text (work_text, rowid, title, abstract) VALUES ('delete', old.id, old.title, old.abstract);
    INSERT INTO work_text (rowid, title, abstract) VALUES (new.id, new.title, new.abstract);
END;
CREATE VIRTUAL TABLE work_term USING fts5vocab (work_text, row);
