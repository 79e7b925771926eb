-- The references of each of the works in :works (JSON list), as numbers that are equal where the reference is: of each work the
-- first :most.
SELECT work, json_group_array(thing) AS things
FROM (
    SELECT work, thing, row_number() OVER (PARTITION BY work ORDER BY thing DESC) AS place
    FROM (
        SELECT DISTINCT s.work, ifnull(r.work, -r.id) AS thing
        FROM json_each(:works) j JOIN record s ON s.work = j.value
            JOIN citation c ON c.citing = s.id JOIN record r ON r.id = c.cited
        WHERE c.last_seen IS NULL
    )
)
WHERE place <= :most GROUP BY work
