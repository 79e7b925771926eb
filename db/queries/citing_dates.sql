-- When the works citing those in :works (JSON list) appeared, as known on :as_of: a row an edge held then; :source null for all.
-- `date`: as far as known (2025, 2025-05 or 2025-05-19): stated with the citation, else that of the citing work; null where neither.
SELECT r.work, r.source, coalesce(e.created, w.date, CAST(w.year AS TEXT)) AS date, e.first_seen
FROM json_each(:works) j
CROSS JOIN record r ON r.work = j.value
CROSS JOIN citation e ON e.cited = r.id
JOIN record c ON c.id = e.citing
LEFT JOIN work w ON w.id = c.work
WHERE (:source IS NULL OR r.source = :source)
  AND e.first_seen <= :as_of AND (e.last_seen IS NULL OR e.last_seen >= :as_of)
ORDER BY r.work, r.source, date
