-- The :limit records whose counts gained most between :from and :to (days; :from null: since first seen), at least :least (1 or
-- more), with their works; of equal ones those with the higher count on :to. A record whose count stands since before :from gained
-- nothing, and none gained more than all its rises: so most are left out unread. :source narrows it, null for all; so does :works
-- (JSON list).
WITH lead AS MATERIALIZED (
    SELECT s.record, s.count, s.since, sum(o.gained) AS gained
    FROM standing s CROSS JOIN observation o
    ON o.record = s.record AND o.first_seen > ifnull(:from, '') AND o.first_seen <= :to
    WHERE s.rises >= :least AND s.since > ifnull(:from, '')
      AND (:works IS NULL OR s.record IN (SELECT m.id FROM json_each(:works) j CROSS JOIN record m ON m.work = j.value))
    GROUP BY s.record
    HAVING sum(o.gained) >= :least
       AND (:source IS NULL OR EXISTS (SELECT 1 FROM record m WHERE m.id = s.record AND m.source = :source))
)
SELECT
    r.work, l.gained,
    CASE WHEN l.since <= :to THEN l.count ELSE
        (SELECT o.count FROM observation o WHERE o.record = l.record AND o.first_seen <= :to ORDER BY o.first_seen DESC LIMIT 1)
    END AS count
FROM lead l JOIN record r ON r.id = l.record
WHERE l.gained >= ifnull((SELECT gained FROM lead ORDER BY gained DESC LIMIT 1 OFFSET :limit - 1), :least)
ORDER BY l.gained DESC, count DESC
LIMIT :limit
