-- Which of the works in :works (JSON list) are left out by what is wanted of a work itself: a row a work and filter. A filter that
-- is null, 0 or an empty list leaves none out; what is not known of a work is not what was wanted. :about is an FTS5 query.
WITH candidate AS MATERIALIZED (
    SELECT w.id, w.year, w.type, w.venue, w.is_oa FROM json_each(:works) j CROSS JOIN work w ON w.id = j.value
), matching AS MATERIALIZED ( -- +: the index is read once for all of them, not once for each
    SELECT t.rowid AS id FROM work_text t WHERE t.work_text MATCH :about AND +t.rowid IN (SELECT id FROM candidate)
)
SELECT id AS work, 'from_year' AS filter FROM candidate WHERE :from_year IS NOT NULL AND ifnull(year < :from_year, 1)
UNION ALL
SELECT id, 'to_year' FROM candidate WHERE :to_year IS NOT NULL AND ifnull(year > :to_year, 1)
UNION ALL
SELECT id, 'type' FROM candidate
WHERE json_array_length(:type) AND ifnull(type NOT IN (SELECT value FROM json_each(:type)), 1)
UNION ALL
SELECT id, 'venue' FROM candidate WHERE :venue IS NOT NULL AND venue IS NOT :venue
UNION ALL
SELECT id, 'open_access' FROM candidate WHERE :open_access AND is_oa IS NOT 1
UNION ALL
SELECT id, 'about' FROM candidate WHERE :about IS NOT NULL AND id NOT IN (SELECT id FROM matching)
