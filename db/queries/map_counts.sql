-- The count of each of these works that stands at each source, the highest of several records, and the day it was last seen.
SELECT r.work, r.source, max(o.count) AS count, o.last_seen
FROM json_each(:works) j JOIN record r ON r.work = j.value JOIN standing o ON o.record = r.id
WHERE o.count IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM record s JOIN standing n ON n.record = s.id WHERE s.id = r.successor AND s.work = r.work)
GROUP BY r.work, r.source
ORDER BY r.work, count DESC, r.source
