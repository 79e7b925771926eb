-- Whether :other cites any of the works in :seeds (JSON list), or is cited by it: which way, by which sources, first seen when.
-- (CROSS JOIN: each pair of records is looked up, not all that cite one.)
SELECT w.id AS work, w.doi, w.title, w.year, v.name AS venue, e.how, group_concat(e.source) AS sources,
       min(e.first_seen) AS first_seen
FROM (
    SELECT a.work AS seed, 'cites it' AS how, b.source, min(c.first_seen) AS first_seen
    FROM json_each(:seeds) j CROSS JOIN record a ON a.work = j.value CROSS JOIN record b ON b.work = :other
        CROSS JOIN citation c ON c.citing = b.id AND c.cited = a.id AND c.last_seen IS NULL
    GROUP BY a.work, b.source
    UNION ALL
    SELECT a.work, 'cited by it', a.source, min(c.first_seen)
    FROM json_each(:seeds) j CROSS JOIN record a ON a.work = j.value CROSS JOIN record b ON b.work = :other
        CROSS JOIN citation c ON c.citing = a.id AND c.cited = b.id AND c.last_seen IS NULL
    GROUP BY a.work, a.source
    ORDER BY 3
) e JOIN work w ON w.id = e.seed LEFT JOIN venue v ON v.id = w.venue
GROUP BY e.seed, e.how ORDER BY e.seed, e.how
