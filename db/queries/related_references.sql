-- The references of a work, each with the held works that share it. A reference not held stands under its record's
-- number, negative; the same edge from two sources is one.
WITH mine AS MATERIALIZED (
    SELECT DISTINCT ifnull(r.work, -r.id) AS thing
    FROM record s JOIN citation c ON c.citing = s.id JOIN record r ON r.id = c.cited
    WHERE s.work = :work AND r.work IS NOT s.work
        AND c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)
), member AS (
    SELECT thing, r.id AS record FROM mine JOIN record r ON r.work = thing
    UNION ALL
    SELECT thing, -thing FROM mine WHERE thing < 0
), shared AS MATERIALIZED (
    SELECT DISTINCT m.thing, r.work
    FROM member m JOIN citation c ON c.cited = m.record JOIN record r ON r.id = c.citing
    WHERE r.work IS NOT NULL AND r.work NOT IN (:work, m.thing)
        AND c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)
)
SELECT thing, json_group_array(work) AS works FROM (SELECT * FROM shared ORDER BY thing, work) GROUP BY thing ORDER BY thing
