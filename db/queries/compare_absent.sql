-- The works in :works (JSON list) that a source was asked for, by a name that is theirs, and did not know when it was last asked, up
-- to :as_of; only where it had no record of them by then.
WITH asked AS (
    SELECT t.source, max(n.id) AS run
    FROM run n JOIN task t ON t.run = n.id
    WHERE n.kind = 'harvest' AND n.on_day <= :as_of AND t.stage = 'look-up' AND t.status = 'done'
    GROUP BY t.source
)
SELECT r.work, u.source, u.scheme || ':' || u.value AS asked, n.on_day AS "on"
FROM asked a
CROSS JOIN run n ON n.id = a.run
CROSS JOIN unanswered u ON u.run = a.run AND u.source = a.source AND u.answer = 'absent'
CROSS JOIN identifier i ON i.scheme = u.scheme AND i.value = u.value
CROSS JOIN record r ON r.id = i.record AND r.work IN (SELECT value FROM json_each(:works))
WHERE NOT EXISTS (
    SELECT 1 FROM record k WHERE k.work = r.work AND k.source = u.source AND k.first_seen <= :as_of
      AND (k.gone_on IS NULL OR k.gone_on > :as_of))
GROUP BY r.work, u.source, u.scheme, u.value
ORDER BY r.work, u.source, u.scheme, u.value
