-- The :limit records whose counts gained most between :from and :to (days; :from null: since first seen), at least :least (1 or
-- more), with their works; of equal ones those with the higher count on :to. A record whose count stands since before :from gained
-- nothing, and none gained more than all its rises: so most are left out unread. :source narrows it, null for all; so does :works
-- (JSON list).
SELECT r.work, l.gained, l.count
FROM (
    SELECT
        g.record, g.gained,
        CASE WHEN g.since <= :to THEN g.count ELSE
            (SELECT o.count FROM observation o WHERE o.record = g.record AND o.first_seen <= :to ORDER BY o.first_seen DESC LIMIT 1)
        END AS count
    FROM (
        SELECT s.record, s.count, s.since,
               (SELECT sum(o.gained) FROM observation o
                WHERE o.record = s.record AND o.first_seen > ifnull(:from, '') AND o.first_seen <= :to) AS gained
        FROM standing s
        WHERE s.rises >= :least AND s.since > ifnull(:from, '')
          AND (:works IS NULL OR s.record IN (SELECT m.id FROM json_each(:works) j CROSS JOIN record m ON m.work = j.value))
        LIMIT -1 OFFSET 0 -- so that each sum is reckoned once
    ) g
    WHERE g.gained >= :least AND (:source IS NULL OR EXISTS (SELECT 1 FROM record m WHERE m.id = g.record AND m.source = :source))
    ORDER BY g.gained DESC, count DESC
    LIMIT :limit
) l
JOIN record r ON r.id = l.record
ORDER BY l.gained DESC, l.count DESC
