-- What a source lists as related to its records of these works, and what they cite, by its own ids: only what it has not sent yet,
-- the related ones first, by their places; then what most of these works cite.
WITH seed AS MATERIALIZED (
    SELECT r.id FROM json_each(:works) w CROSS JOIN record r ON r.work = w.value AND r.source = :source
), named AS (
    SELECT j.value AS source_id, 0 AS kind, min(j.key) AS place
    FROM seed CROSS JOIN suggestion g ON g.record = seed.id
        AND g.first_seen = (SELECT max(x.first_seen) FROM suggestion x WHERE x.record = seed.id)
        CROSS JOIN json_each(g.listed) j
    GROUP BY j.value
    UNION ALL
    SELECT r.source_id, 1, -count(*)
    FROM seed CROSS JOIN citation c ON c.citing = seed.id AND c.last_seen IS NULL CROSS JOIN record r ON r.id = c.cited
    GROUP BY r.id
)
SELECT n.source_id
FROM named n
WHERE NOT EXISTS (
    SELECT 1 FROM record r WHERE r.source = :source AND r.source_id = n.source_id AND r.first_seen IS NOT NULL
)
GROUP BY n.source_id
ORDER BY min(n.kind), min(n.place), n.source_id
