-- One row a work, source and day: the count on every day this source was read, from the first to the last day a value was
-- seen. Where a source holds a work as several records, the highest of their counts; where a record is gone and another
-- answers in its place, from that day on only the other counts.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue, r.source, d.value AS day, max(o.count) AS count
FROM record r
JOIN observation o ON o.record = r.id
JOIN standing n ON n.record = r.id
-- A list for each value, and no union of all: so SQLite reads only the records of the work that is asked for.
JOIN json_each((
    SELECT json_group_array(day)
    FROM (
        SELECT o.first_seen AS day
        UNION
        SELECT ifnull(o.last_seen, n.last_seen)
        UNION
        SELECT y.day FROM observed_day y
        WHERE y.source = r.source AND y.day > o.first_seen AND y.day < ifnull(o.last_seen, n.last_seen)
    )
)) d
LEFT JOIN record s ON s.id = r.successor AND s.work = r.work
JOIN work w ON w.id = r.work
LEFT JOIN venue v ON v.id = w.venue
WHERE s.id IS NULL OR d.value < r.gone_on
GROUP BY r.work, r.source, d.value
