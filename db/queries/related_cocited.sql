-- The works cited together with each of these works, and by how many. At most :most citing works are read for each,
-- the newest in the database first; one that is not held stands under its record's number, negative.
WITH citing AS MATERIALIZED (
    SELECT probe, thing
    FROM (
        SELECT probe, thing, row_number() OVER (PARTITION BY probe ORDER BY thing DESC) AS place
        FROM (
            SELECT DISTINCT r.work AS probe, ifnull(s.work, -s.id) AS thing
            FROM json_each(:works) j JOIN record r ON r.work = j.value
                JOIN citation c ON c.cited = r.id JOIN record s ON s.id = c.citing
            WHERE s.work IS NOT r.work
                AND c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)
        )
    )
    WHERE place <= :most
), member AS (
    SELECT probe, thing, r.id AS record FROM citing JOIN record r ON r.work = thing
    UNION ALL
    SELECT probe, thing, -thing FROM citing WHERE thing < 0
)
SELECT m.probe, r.work, count(DISTINCT m.thing) AS n
FROM member m JOIN citation c ON c.citing = m.record JOIN record r ON r.id = c.cited
WHERE r.work IS NOT NULL AND r.work NOT IN (m.thing, m.probe)
    AND c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)
GROUP BY m.probe, r.work
