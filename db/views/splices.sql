-- Where a record is gone and another of its source goes on in its place: there the series of the work changes its level, from the
-- last count of the one to the first that counts of the other. Where the other had the higher count before, the series was its
-- already; where both count the same, nothing is to be told.
SELECT
    g.work, w.doi, w.title, w.year, v.name AS venue, g."on", g.source, g.gone, g.successor, g.before, g.after,
    g.after - g.before AS gained
FROM (
    SELECT
        d.work, d.source, d.source_id AS gone, h.source_id AS successor, n.count AS before, a.count AS after,
        max(d.gone_on, a.first_seen) AS "on",
        (SELECT b.count FROM observation b WHERE b.record = h.id AND b.first_seen < d.gone_on ORDER BY b.first_seen DESC LIMIT 1)
            AS held
    FROM record d
    CROSS JOIN record h ON h.id = d.successor AND h.work = d.work
    CROSS JOIN standing n ON n.record = d.id
    CROSS JOIN observation a ON a.record = h.id AND a.first_seen = ifnull(
        (SELECT max(b.first_seen) FROM observation b WHERE b.record = h.id AND b.first_seen <= d.gone_on),
        (SELECT min(b.first_seen) FROM observation b WHERE b.record = h.id))
    WHERE d.successor IS NOT NULL
) g
JOIN work w ON w.id = g.work
LEFT JOIN venue v ON v.id = w.venue
WHERE g.after <> g.before AND (g.held IS NULL OR g.held < g.before)
