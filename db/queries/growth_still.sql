-- The :limit records whose counts stood highest on :to, with their works. :source narrows it, null for all; so does :works (JSON
-- list).
SELECT r.work, l.count
FROM (
    SELECT
        s.record,
        CASE WHEN s.since <= :to THEN s.count ELSE
            (SELECT o.count FROM observation o WHERE o.record = s.record AND o.first_seen <= :to ORDER BY o.first_seen DESC LIMIT 1)
        END AS count
    FROM standing s
    WHERE (:works IS NULL OR s.record IN (SELECT m.id FROM json_each(:works) j CROSS JOIN record m ON m.work = j.value))
      AND (:source IS NULL OR EXISTS (SELECT 1 FROM record m WHERE m.id = s.record AND m.source = :source))
    ORDER BY count DESC
    LIMIT :limit
) l
JOIN record r ON r.id = l.record
WHERE l.count IS NOT NULL
ORDER BY l.count DESC
