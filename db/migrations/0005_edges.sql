-- What a source says of a citation itself, beside who cites whom.
ALTER TABLE citation ADD COLUMN created TEXT;         -- the citing work's date of publication, as far as stated: 2025, 2025-05 or 2025-05-19
ALTER TABLE citation ADD COLUMN author_self INTEGER;  -- 1: citing and cited work have an author in common; NULL: not said
ALTER TABLE citation ADD COLUMN venue_self INTEGER;   -- 1: they appeared in the same venue; NULL: not said
