-- Citations by year as each source states them, as known on :as_of.
SELECT r.source, y.year, y.count, max(y.first_seen) AS first_seen
FROM record r JOIN count_by_year y ON y.record = r.id
WHERE r.work = :work AND y.first_seen <= :as_of
GROUP BY r.id, y.year ORDER BY r.source, y.year, r.id
