-- The stems that very many works bear, and how many, when they were last counted; under the empty stem: how many works there were
-- then. Made only in a large database (store/stems.py): how rare a word is must be known before it is searched for.
CREATE TABLE common_stem (
    stem  TEXT PRIMARY KEY,
    works INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
