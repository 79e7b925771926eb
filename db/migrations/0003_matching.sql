-- Works by what their titles look like: a number (of titles.blocks) for all letters, the main title, the beginning and the
-- end. Finds candidates where no identifier is shared, and joins nothing by itself.
-- A record that was placed on evidence alone has the decision "match" (record.decision).
CREATE TABLE title_block (
    hash INTEGER NOT NULL,
    work INTEGER NOT NULL REFERENCES work (id),
    PRIMARY KEY (hash, work)
) STRICT, WITHOUT ROWID;
CREATE INDEX title_block_work ON title_block (work);
INSERT OR IGNORE INTO title_block (hash, work)
SELECT j.value, w.id FROM work w, json_each(title_blocks(w.title)) j;
DROP INDEX work_title_hash;
ALTER TABLE work DROP COLUMN title_hash;

-- title_key and name_key fold more letters than they did (ø, ł, đ, ı, æ, œ, þ ...).
UPDATE venue SET name_key = title_key(name) WHERE name_key IS NOT title_key(name);
UPDATE author SET name_key = name_key(name) WHERE name_key IS NOT name_key(name);
UPDATE OR IGNORE author SET key = 'name:' || title_key(name) WHERE key LIKE 'name:%' AND title_key(name) IS NOT NULL;
UPDATE OR IGNORE institution SET key = 'name:' || title_key(name) WHERE key LIKE 'name:%' AND title_key(name) IS NOT NULL;
