-- The references that any of the works in :seeds (JSON list) shares with :other, each with how many held works cite it, the
-- rarest first. One that is not held is its record, and has no work; the same edge from two sources is one.
WITH theirs AS MATERIALIZED (
    SELECT DISTINCT s.work AS citing, ifnull(r.work, -r.id) AS thing
    FROM record s JOIN citation c ON c.citing = s.id JOIN record r ON r.id = c.cited
    WHERE (s.work = :other OR s.work IN (SELECT value FROM json_each(:seeds))) AND c.last_seen IS NULL
), shared AS MATERIALIZED (
    SELECT DISTINCT thing FROM theirs WHERE citing <> :other
    INTERSECT
    SELECT thing FROM theirs WHERE citing = :other
), member AS (
    SELECT thing, r.id AS record FROM shared JOIN record r ON r.work = thing
    UNION ALL
    SELECT thing, -thing FROM shared WHERE thing < 0
)
SELECT w.id AS work, w.doi, w.title, w.year, v.name AS venue, g.name, g.n AS cited_by_held
FROM (
    SELECT m.thing, count(DISTINCT r.work) AS n,
           (SELECT one.source || ' ' || one.source_id FROM record one WHERE one.id = m.record) AS name
    FROM member m JOIN citation c ON c.cited = m.record JOIN record r ON r.id = c.citing
    WHERE r.work IS NOT NULL AND c.last_seen IS NULL
    GROUP BY m.thing
) g LEFT JOIN work w ON w.id = g.thing LEFT JOIN venue v ON v.id = w.venue
ORDER BY g.n, w.id IS NULL, g.thing
