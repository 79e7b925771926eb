-- The venue of :other, if a work in :seeds (JSON list) appeared there too.
SELECT v.name FROM work o JOIN venue v ON v.id = o.venue
WHERE o.id = :other AND EXISTS (SELECT 1 FROM json_each(:seeds) j JOIN work w ON w.id = j.value AND w.venue = o.venue)
