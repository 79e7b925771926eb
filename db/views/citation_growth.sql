-- One row a work and source: the count when it was first seen, now, and what it gained between.
SELECT
    g.work, w.doi, w.title, w.year, v.name AS venue, g.source,
    max(g.count) AS count, g.gained, g.from_date, g.to_date,
    CASE WHEN g.to_date > g.from_date
         THEN round(30.0 * g.gained / (julianday(g.to_date) - julianday(g.from_date)), 2) END AS gained_per_30_days
FROM (
    SELECT r.work, r.source, sum(ifnull(o.gained, o.count)) AS count, ifnull(sum(o.gained), 0) AS gained,
           min(o.first_seen) AS from_date, max(o.last_seen) AS to_date
    FROM observation o JOIN record r ON r.id = o.record
    GROUP BY o.record
) g
JOIN work w ON w.id = g.work
LEFT JOIN venue v ON v.id = w.venue
GROUP BY g.work, g.source
