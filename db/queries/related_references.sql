-- The references of these works, each with the works of these that have it and the held works that have it too: of each of its
-- records at most :most works that cite it, the newest in the database first. A reference not held stands under its record's
-- number, negative.
WITH mine AS MATERIALIZED (
    SELECT DISTINCT s.work AS seed, ifnull(r.work, -r.id) AS thing
    FROM json_each(:works) j JOIN record s ON s.work = j.value
        JOIN citation c ON c.citing = s.id AND c.last_seen IS NULL JOIN record r ON r.id = c.cited
    WHERE r.work IS NOT s.work
), thing AS MATERIALIZED (
    SELECT thing, json_group_array(seed) AS seeds FROM (SELECT * FROM mine ORDER BY thing, seed) GROUP BY thing
), member AS (
    SELECT thing, seeds, r.id AS record FROM thing JOIN record r ON r.work = thing
    UNION ALL
    SELECT thing, seeds, -thing FROM thing WHERE thing < 0
)
SELECT thing, seeds, (
    SELECT json_group_array(work)
    FROM (
        SELECT r.work
        FROM citation c JOIN record r ON r.id = c.citing
        WHERE c.cited = member.record AND c.last_seen IS NULL AND r.work IS NOT NULL
        ORDER BY c.citing DESC
        LIMIT :most
    )
) AS works
FROM member
ORDER BY thing, record
