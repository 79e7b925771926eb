-- One row a work and source: the count when it was first seen, now, and what it gained between. Where a record is gone and
-- another answers in its place, the two are one series.
WITH spliced AS (
    SELECT r.work, r.source, min(o.first_seen) AS start
    FROM record g -- CROSS: the few that moved come first, not every record there is
    CROSS JOIN record s ON s.id = g.successor AND s.work = g.work AND EXISTS (SELECT 1 FROM standing n WHERE n.record = s.id)
    CROSS JOIN record r ON r.work = g.work AND r.source = g.source
    CROSS JOIN observation o ON o.record = r.id
    WHERE g.successor IS NOT NULL
    GROUP BY r.work, r.source
), piece AS MATERIALIZED (
    SELECT r.id AS record, p.work, p.source, p.start, r.successor IS NULL AS living, max(n.last_seen) AS to_date,
           sum(ifnull(o.gained, o.count)) AS last,
           sum(CASE WHEN o.first_seen <= p.start THEN ifnull(o.gained, o.count) END) AS first
    FROM spliced p
    CROSS JOIN record r ON r.work = p.work AND r.source = p.source
    CROSS JOIN observation o ON o.record = r.id
    CROSS JOIN standing n ON n.record = r.id
    GROUP BY r.id
)
SELECT
    g.work, w.doi, w.title, w.year, v.name AS venue, g.source, g.count, g.gained, g.from_date, g.to_date,
    CASE WHEN g.to_date > g.from_date
         THEN round(30.0 * g.gained / (julianday(g.to_date) - julianday(g.from_date)), 2) END AS gained_per_30_days
FROM (
    SELECT r.work, r.source, max(n.count) AS count, n.count - o.count AS gained, o.first_seen AS from_date,
           n.last_seen AS to_date
    FROM record r
    JOIN standing n ON n.record = r.id
    JOIN observation o ON o.record = r.id AND o.gained IS NULL -- the first
    WHERE r.work IS NOT NULL AND r.id NOT IN (SELECT record FROM piece)
    GROUP BY r.work, r.source -- here, so that SQLite reads only the work that is asked for
    UNION ALL
    SELECT work, source, ifnull(max(last) FILTER (WHERE living), max(last)),
           ifnull(max(last) FILTER (WHERE living), max(last)) - max(first), start, max(to_date)
    FROM piece GROUP BY work, source
) g
JOIN work w ON w.id = g.work
LEFT JOIN venue v ON v.id = w.venue
