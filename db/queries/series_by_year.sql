-- Citations by year of the works in :works (JSON list) as each record states them, known on :as_of, with the record's own count then
-- and the last day it was seen; :source null for all. `years`: a JSON object.
SELECT r.work, r.source, r.id AS record, w.year AS published, min(n.last_seen, :as_of) AS last_seen,
       (SELECT o.count FROM observation o WHERE o.record = r.id AND o.first_seen <= :as_of ORDER BY o.first_seen DESC LIMIT 1) AS count,
       (SELECT json_group_object(y.year, y.count) FROM (
           SELECT year, count, max(first_seen) FROM count_by_year WHERE record = r.id AND first_seen <= :as_of GROUP BY year) y) AS years
FROM json_each(:works) j
CROSS JOIN work w ON w.id = j.value
CROSS JOIN record r ON r.work = w.id
CROSS JOIN standing n ON n.record = r.id
WHERE (:source IS NULL OR r.source = :source)
  AND EXISTS (SELECT 1 FROM observation o WHERE o.record = r.id AND o.first_seen <= :as_of)
ORDER BY r.work, r.source, ifnull(r.gone_on <= :as_of, 0), count DESC, r.id
