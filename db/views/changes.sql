-- What changed, and why as far as it is known: counts gained and lost, works joined, names that turned out to be aliases, ids
-- that are gone, have moved or returned, retractions, corrections, expressions of concern.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue,
    o.first_seen AS "on",
    CASE WHEN o.gained > 0 THEN 'gained' ELSE 'lost' END AS kind,
    r.source,
    CAST(o.count - o.gained AS TEXT) AS before,
    CAST(o.count AS TEXT) AS after,
    r.source || ' changed its count by ' || printf('%+d', o.gained) AS why
FROM observation o
JOIN record r ON r.id = o.record
JOIN work w ON w.id = r.work
LEFT JOIN venue v ON v.id = w.venue
WHERE o.gained <> 0
UNION ALL
SELECT
    w.id, w.doi, w.title, w.year, v.name, e.on_day, e.kind, e.source, e.before, e.after, e.why
FROM event e
LEFT JOIN record r ON r.id = e.record
LEFT JOIN former_work f ON f.id = e.work
LEFT JOIN work w ON w.id = ifnull(r.work, ifnull(f.work, e.work))
LEFT JOIN venue v ON v.id = w.venue
