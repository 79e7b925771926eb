-- The first columns of every row about a work, for the works in :works (JSON list).
SELECT w.id AS work, w.doi, w.title, w.year, v.name AS venue,
       (SELECT r.source_id FROM record r WHERE r.work = w.id AND r.source = 'openalex'
        ORDER BY r.gone_on IS NOT NULL, r.id LIMIT 1) AS openalex
FROM json_each(:works) j JOIN work w ON w.id = j.value LEFT JOIN venue v ON v.id = w.venue
