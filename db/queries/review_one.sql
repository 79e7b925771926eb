-- One question, open or answered, with the number of its record.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue, q.id AS review, q.state, r.source, r.source_id,
    q.work AS candidate, q.why, q.on_day AS "on", r.id AS record
FROM review q
JOIN record r ON r.id = q.record
LEFT JOIN work w ON w.id = r.work
LEFT JOIN venue v ON v.id = w.venue
WHERE q.id = :review
