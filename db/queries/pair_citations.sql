-- Whether :other cites any of the works in :seeds (JSON list), or is cited by it: which way, by which sources, first seen when.
SELECT w.id AS work, w.doi, w.title, w.year, v.name AS venue, e.how, group_concat(e.source) AS sources, min(e.first_seen) AS first_seen
FROM (
    SELECT DISTINCT cited.work AS seed, 'cites it' AS how, citing.source AS source, c.first_seen
    FROM record citing JOIN citation c ON c.citing = citing.id JOIN record cited ON cited.id = c.cited
    WHERE citing.work = :other AND cited.work IN (SELECT value FROM json_each(:seeds)) AND c.last_seen IS NULL
    UNION
    SELECT DISTINCT citing.work, 'cited by it', citing.source, c.first_seen
    FROM record cited JOIN citation c ON c.cited = cited.id JOIN record citing ON citing.id = c.citing
    WHERE cited.work = :other AND citing.work IN (SELECT value FROM json_each(:seeds)) AND c.last_seen IS NULL
    ORDER BY 3
) e JOIN work w ON w.id = e.seed LEFT JOIN venue v ON v.id = w.venue
GROUP BY e.seed, e.how ORDER BY e.seed, e.how
