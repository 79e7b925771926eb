-- How many works match as theme_matches.sql has it.
SELECT count(*) AS n
FROM work_text
WHERE work_text MATCH :match
    AND (:from_year IS NULL AND :to_year IS NULL OR EXISTS (
        SELECT 1 FROM work w WHERE w.id = work_text.rowid AND w.year BETWEEN ifnull(:from_year, w.year) AND ifnull(:to_year, w.year)))
