-- The works that cite any of the works in :seeds (JSON list) as well as :other, the newest first. One that is not held is its
-- record, and has no work.
WITH theirs AS MATERIALIZED (
    SELECT DISTINCT r.work AS cited, ifnull(s.work, -s.id) AS thing
    FROM record r JOIN citation c ON c.cited = r.id JOIN record s ON s.id = c.citing
    WHERE (r.work = :other OR r.work IN (SELECT value FROM json_each(:seeds))) AND c.last_seen IS NULL
), shared AS (
    SELECT thing FROM theirs WHERE cited <> :other
    INTERSECT
    SELECT thing FROM theirs WHERE cited = :other
)
SELECT w.id AS work, w.doi, w.title, w.year, v.name AS venue, r.source || ' ' || r.source_id AS name
FROM shared LEFT JOIN work w ON w.id = thing LEFT JOIN venue v ON v.id = w.venue LEFT JOIN record r ON r.id = -thing
ORDER BY w.year DESC, thing DESC
