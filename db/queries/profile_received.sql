-- What the works in :works (JSON list) received in each year as each source states it, as known on :as_of.
SELECT work, source, year, max(count) AS count
FROM (
    SELECT r.work, r.source, y.year, y.count, max(y.first_seen)
    FROM json_each(:works) j CROSS JOIN record r ON r.work = j.value
    JOIN count_by_year y ON y.record = r.id AND y.first_seen <= :as_of
    GROUP BY r.id, y.year
)
GROUP BY work, source, year
