-- What counts gained between :from and :to (days; :from null: since first seen), by work and source.
-- :source, :work, :watch, :venue narrow it, each null for all.
SELECT
    g.work, w.doi, w.title, w.year, v.name AS venue, g.source,
    max(g.count) AS count, g.gained, g.from_date, g.to_date
FROM (
    SELECT
        r.work, r.source,
        sum(ifnull(o.gained, o.count)) AS count,
        ifnull(sum(CASE WHEN :from IS NULL OR o.first_seen > :from THEN o.gained END), 0) AS gained,
        ifnull(max(CASE WHEN o.first_seen <= :from THEN min(o.last_seen, :from, :to) END), min(o.first_seen)) AS from_date,
        min(max(o.last_seen), :to) AS to_date
    FROM observation o JOIN record r ON r.id = o.record
    WHERE o.first_seen <= :to
      AND r.work IS NOT NULL
      AND (:source IS NULL OR r.source = :source)
      AND (:work IS NULL OR r.work = :work)
      AND (:watch IS NULL OR r.work IN (
          SELECT m.work FROM watch_record wr JOIN record m ON m.id = wr.record WHERE wr.watch = :watch))
      AND (:venue IS NULL OR r.work IN (SELECT id FROM work WHERE venue = :venue))
    GROUP BY o.record
) g
JOIN work w ON w.id = g.work
LEFT JOIN venue v ON v.id = w.venue
GROUP BY g.work, g.source
ORDER BY g.gained DESC, count DESC, g.work, g.source
LIMIT :limit
