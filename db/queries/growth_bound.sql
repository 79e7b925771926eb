-- What the records that ever rose most gained between :from and :to (days; :from null: since first seen): the :limit-th best of
-- ten times as many. As good as certainly, the :limit best of all have gained as much. :works narrows it (JSON list), null for
-- all; :source does not, so that the bound may be too high.
SELECT (SELECT sum(o.gained) FROM observation o
        WHERE o.record = s.record AND o.first_seen > ifnull(:from, '') AND o.first_seen <= :to) AS gained
FROM (
    SELECT record FROM standing
    WHERE since > ifnull(:from, '') AND rises > 0
      AND (:works IS NULL OR record IN (SELECT m.id FROM json_each(:works) j CROSS JOIN record m ON m.work = j.value))
    ORDER BY rises DESC
    LIMIT 10 * :limit
) s
ORDER BY gained DESC
LIMIT 1 OFFSET :limit - 1
