-- The works between: those that a work in :seeds (JSON list, "it") cites and that cite :other, and the other way round.
WITH edge AS MATERIALIZED (
    -- from one of the two ends, outwards and inwards
    SELECT DISTINCT s.work AS a, r.work AS b, 1 AS outwards
    FROM record s JOIN citation c ON c.citing = s.id JOIN record r ON r.id = c.cited
    WHERE (s.work = :other OR s.work IN (SELECT value FROM json_each(:seeds)))
        AND r.work IS NOT NULL AND c.last_seen IS NULL
    UNION ALL
    SELECT DISTINCT s.work, r.work, 0
    FROM record r JOIN citation c ON c.cited = r.id JOIN record s ON s.id = c.citing
    WHERE (r.work = :other OR r.work IN (SELECT value FROM json_each(:seeds)))
        AND s.work IS NOT NULL AND c.last_seen IS NULL
)
SELECT w.id AS work, w.doi, w.title, w.year, v.name AS venue, p.how
FROM (
    SELECT DISTINCT f.b AS middle, CASE WHEN g.b = :other THEN 'cited by it, cites the other'
        ELSE 'cites it, cited by the other' END AS how
    FROM edge f JOIN edge g ON g.a = f.b AND g.outwards = 0
    WHERE f.outwards = 1 AND (f.a = :other) <> (g.b = :other)
) p JOIN work w ON w.id = p.middle LEFT JOIN venue v ON v.id = w.venue
WHERE w.id <> :other AND w.id NOT IN (SELECT value FROM json_each(:seeds))
ORDER BY p.how, w.year DESC, w.id
