-- The works that cite :other as well as any of the works in :seeds (JSON list), the newest first. Of those that cite the one of the
-- two that is cited less, each is looked up, at most :most of a record, the newest in the database first. One that is not held is
-- its record, and has no work.
WITH ends AS MATERIALIZED (
    SELECT r.id, 0 AS side FROM json_each(:seeds) j JOIN record r ON r.work = j.value
    UNION ALL
    SELECT r.id, 1 FROM record r WHERE r.work = :other
), few AS MATERIALIZED (
    SELECT s.value AS side
    FROM json_each('[0, 1]') s
    ORDER BY (SELECT count(*) FROM (SELECT 1 FROM ends e JOIN citation c ON c.cited = e.id WHERE e.side = s.value LIMIT :most))
    LIMIT 1
), shared AS MATERIALIZED (
    SELECT DISTINCT ifnull(s.work, -s.id) AS thing
    FROM few JOIN ends o ON o.side = few.side, json_each((
        SELECT json_group_array(citing)
        FROM (SELECT c.citing FROM citation c WHERE c.cited = o.id AND c.last_seen IS NULL ORDER BY c.citing DESC LIMIT :most)
    )) k JOIN record s ON s.id = k.value
    WHERE EXISTS (
        SELECT 1
        FROM record m CROSS JOIN ends f CROSS JOIN citation e ON e.citing = m.id AND e.cited = f.id
        WHERE (m.id = s.id OR m.work = s.work) AND f.side <> o.side AND e.last_seen IS NULL
    )
)
SELECT w.id AS work, w.doi, w.title, w.year, v.name AS venue, r.source || ' ' || r.source_id AS name
FROM shared LEFT JOIN work w ON w.id = thing LEFT JOIN venue v ON v.id = w.venue LEFT JOIN record r ON r.id = -thing
ORDER BY w.year DESC, thing DESC
