-- Those of these works that no source had been seen to hold by a day.
SELECT j.value AS work
FROM json_each(:works) j
WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.work = j.value AND r.first_seen <= :as_of)
