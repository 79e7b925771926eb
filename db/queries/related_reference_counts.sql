-- How many references each of these works has, by the source that lists most.
SELECT work, max(n) AS n
FROM (
    SELECT r.work, count(*) AS n
    FROM json_each(:works) j JOIN record r ON r.work = j.value JOIN citation c ON c.citing = r.id
    WHERE c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)
    GROUP BY r.id
)
GROUP BY work
