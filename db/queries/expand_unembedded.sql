-- The records of a source that have no vector yet: those of these works, what it lists as related to them, what they cite, and
-- what cites them, in this order, at most :most.
WITH seed AS MATERIALIZED (
    SELECT r.id FROM json_each(:works) w CROSS JOIN record r ON r.work = w.value AND r.source = :source
), near AS (
    SELECT id, 0 AS kind, 0 AS place FROM seed
    UNION ALL
    SELECT r.id, 1, j.key
    FROM seed CROSS JOIN suggestion g ON g.record = seed.id
        AND g.first_seen = (SELECT max(x.first_seen) FROM suggestion x WHERE x.record = seed.id)
        CROSS JOIN json_each(g.listed) j CROSS JOIN record r ON r.source = :source AND r.source_id = j.value
    UNION ALL
    SELECT c.cited, 2, 0 FROM seed CROSS JOIN citation c ON c.citing = seed.id AND c.last_seen IS NULL
    UNION ALL
    SELECT * FROM (SELECT c.citing, 3, 0 FROM seed CROSS JOIN citation c ON c.cited = seed.id AND c.last_seen IS NULL LIMIT :most)
)
SELECT r.source_id
FROM near n CROSS JOIN record r ON r.id = n.id
WHERE r.first_seen IS NOT NULL AND r.gone_on IS NULL AND NOT EXISTS (SELECT 1 FROM embedding e WHERE e.record = r.id)
GROUP BY r.id
ORDER BY min(n.kind), min(n.place), r.id
LIMIT :most
