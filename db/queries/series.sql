-- The counts of the works in :works (JSON list) as known on :as_of: a row a record and value, in order of days, with the last day
-- the value was seen; :source null for all. `gone_on`: from that day on another record of the work answers in its place.
SELECT r.work, r.source, r.id AS record, o.first_seen, min(ifnull(o.last_seen, n.last_seen), :as_of) AS last_seen, o.count,
       CASE WHEN r.gone_on <= :as_of AND EXISTS (
           SELECT 1 FROM record s JOIN observation h ON h.record = s.id
           WHERE s.id = r.successor AND s.work = r.work AND h.first_seen <= :as_of) THEN r.gone_on END AS gone_on
FROM json_each(:works) j
CROSS JOIN record r ON r.work = j.value
CROSS JOIN observation o ON o.record = r.id
CROSS JOIN standing n ON n.record = r.id
WHERE o.first_seen <= :as_of AND (:source IS NULL OR r.source = :source)
ORDER BY r.work, r.source, r.id, o.first_seen
