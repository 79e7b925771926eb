-- The works between: those that a work in :seeds (JSON list, "it") cites and that cite :other, and the other way round. Of what
-- either end cites each is looked up.
WITH ends AS MATERIALIZED (
    SELECT r.id, 0 AS is_other FROM json_each(:seeds) j JOIN record r ON r.work = j.value
    UNION ALL
    SELECT r.id, 1 FROM record r WHERE r.work = :other
), step AS MATERIALIZED (
    SELECT DISTINCT e.is_other, m.work AS middle
    FROM ends e JOIN citation c ON c.citing = e.id JOIN record m ON m.id = c.cited
    WHERE c.last_seen IS NULL AND m.work <> :other AND m.work NOT IN (SELECT value FROM json_each(:seeds))
)
SELECT w.id AS work, w.doi, w.title, w.year, v.name AS venue,
       CASE WHEN s.is_other THEN 'cites it, cited by the other' ELSE 'cited by it, cites the other' END AS how
FROM step s JOIN work w ON w.id = s.middle LEFT JOIN venue v ON v.id = w.venue
WHERE EXISTS (
    SELECT 1
    FROM record m CROSS JOIN ends f CROSS JOIN citation c ON c.citing = m.id AND c.cited = f.id
    WHERE m.work = s.middle AND f.is_other <> s.is_other AND c.last_seen IS NULL
)
ORDER BY how, w.year DESC, w.id
