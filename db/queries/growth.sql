-- What counts gained between :from and :to (days; :from null: since first seen), by work and source.
-- :source, :work, :watch, :venue narrow it, each null for all. Where a record was gone by :to and another of its work answered
-- in its place, the records of that source are one series: what was alive at its end less what was alive at its beginning.
WITH wanted AS NOT MATERIALIZED (
    SELECT r.id, r.work, r.source, r.gone_on
    FROM record r
    WHERE r.work IS NOT NULL
      AND (:source IS NULL OR r.source = :source)
      AND (:work IS NULL OR r.work = :work)
      AND (:watch IS NULL OR r.work IN (
          SELECT m.work FROM watch_record wr JOIN record m ON m.id = wr.record WHERE wr.watch = :watch))
      AND (:venue IS NULL OR r.work IN (SELECT id FROM work WHERE venue = :venue))
), spliced AS (
    SELECT r.work, r.source, CASE WHEN min(o.first_seen) <= :from THEN :from ELSE min(o.first_seen) END AS start
    FROM record g -- CROSS: the few that moved come first, not every record there is
    CROSS JOIN record s ON s.id = g.successor AND s.work = g.work
        AND EXISTS (SELECT 1 FROM observation n WHERE n.record = s.id AND n.first_seen <= :to)
    CROSS JOIN wanted r ON r.work = g.work AND r.source = g.source
    CROSS JOIN observation o ON o.record = r.id
    WHERE g.successor IS NOT NULL AND g.gone_on <= :to
    GROUP BY r.work, r.source
), piece AS MATERIALIZED (
    SELECT r.id AS record, p.work, p.source, p.start,
           r.successor IS NULL OR r.gone_on > :to AS living,
           r.successor IS NULL OR r.gone_on > p.start AS lived,
           sum(ifnull(o.gained, o.count)) AS last,
           sum(CASE WHEN o.first_seen <= p.start THEN ifnull(o.gained, o.count) END) AS first,
           max(CASE WHEN o.first_seen <= p.start THEN min(ifnull(o.last_seen, n.last_seen), p.start) END) AS from_date,
           min(max(ifnull(o.last_seen, n.last_seen)), :to) AS to_date
    FROM spliced p
    CROSS JOIN record r ON r.work = p.work AND r.source = p.source
    CROSS JOIN observation o ON o.record = r.id AND o.first_seen <= :to
    CROSS JOIN standing n ON n.record = r.id
    GROUP BY r.id
)
SELECT
    g.work, w.doi, w.title, w.year, v.name AS venue, g.source,
    max(g.count) AS count, g.gained, g.from_date, g.to_date
FROM (
    SELECT
        r.work, r.source,
        sum(ifnull(o.gained, o.count)) AS count,
        ifnull(sum(CASE WHEN :from IS NULL OR o.first_seen > :from THEN o.gained END), 0) AS gained,
        ifnull(max(CASE WHEN o.first_seen <= :from THEN min(ifnull(o.last_seen, n.last_seen), :from, :to) END), min(o.first_seen)) AS from_date,
        min(max(ifnull(o.last_seen, n.last_seen)), :to) AS to_date
    FROM observation o JOIN wanted r ON r.id = o.record JOIN standing n ON n.record = r.id
    WHERE o.first_seen <= :to AND o.record NOT IN (SELECT record FROM piece)
    GROUP BY o.record
    UNION ALL
    SELECT work, source, ifnull(max(last) FILTER (WHERE living), max(last)),
           ifnull(max(last) FILTER (WHERE living), max(last)) - ifnull(max(first) FILTER (WHERE lived), max(first)),
           max(from_date), max(to_date)
    FROM piece GROUP BY work, source
) g
JOIN work w ON w.id = g.work
LEFT JOIN venue v ON v.id = w.venue
GROUP BY g.work, g.source
ORDER BY g.gained DESC, count DESC, g.work, g.source
LIMIT :limit
