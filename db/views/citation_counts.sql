-- One row a work, source and day: the count on every day this source was read, from the first to the last day a value was
-- seen. Where a source holds a work as several records, the highest of their counts; where a record is gone and another
-- answers in its place, from that day on only the other counts.
SELECT
    d.work, w.doi, w.title, w.year, v.name AS venue, d.source, d.day, max(d.count) AS count
FROM (
    SELECT r.work, r.source, o.first_seen AS day, o.count, s.id AS heir, r.gone_on
    FROM observation o JOIN record r ON r.id = o.record LEFT JOIN record s ON s.id = r.successor AND s.work = r.work
    UNION ALL
    SELECT r.work, r.source, ifnull(o.last_seen, n.last_seen), o.count, s.id, r.gone_on
    FROM observation o JOIN record r ON r.id = o.record LEFT JOIN record s ON s.id = r.successor AND s.work = r.work
    JOIN standing n ON n.record = o.record
    WHERE ifnull(o.last_seen, n.last_seen) > o.first_seen
    UNION ALL
    SELECT r.work, r.source, y.day, o.count, s.id, r.gone_on
    FROM observation o JOIN record r ON r.id = o.record LEFT JOIN record s ON s.id = r.successor AND s.work = r.work
    JOIN standing n ON n.record = o.record
    JOIN observed_day y ON y.source = r.source AND y.day > o.first_seen AND y.day < ifnull(o.last_seen, n.last_seen)
) d
JOIN work w ON w.id = d.work
LEFT JOIN venue v ON v.id = w.venue
WHERE d.heir IS NULL OR d.day < d.gone_on
GROUP BY d.work, d.source, d.day
