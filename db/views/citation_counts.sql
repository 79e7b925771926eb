-- One row a work, source and day: the count on every day this source was read, from the first to the last day a value was
-- seen. Where a source holds a work as several records, the highest of their counts.
SELECT
    d.work, w.doi, w.title, w.year, v.name AS venue, d.source, d.day, max(d.count) AS count
FROM (
    SELECT r.work, r.source, o.first_seen AS day, o.count
    FROM observation o JOIN record r ON r.id = o.record
    UNION ALL
    SELECT r.work, r.source, o.last_seen, o.count
    FROM observation o JOIN record r ON r.id = o.record WHERE o.last_seen > o.first_seen
    UNION ALL
    SELECT r.work, r.source, s.day, o.count
    FROM observation o JOIN record r ON r.id = o.record
    JOIN observed_day s ON s.source = r.source AND s.day > o.first_seen AND s.day < o.last_seen
) d
JOIN work w ON w.id = d.work
LEFT JOIN venue v ON v.id = w.venue
GROUP BY d.work, d.source, d.day
