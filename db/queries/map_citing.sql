-- What cites each of these works: of each of its records at most :most, the newest in the database first. What is not held
-- stands under its record's number, negative.
SELECT DISTINCT p.work, ifnull(s.work, -s.id) AS thing
FROM json_each(:works) j JOIN record p ON p.work = j.value, json_each((
        SELECT json_group_array(citing)
        FROM (
            SELECT c.citing FROM citation c WHERE c.cited = p.id AND c.last_seen IS NULL ORDER BY c.citing DESC LIMIT :most
        )
    )) k JOIN record s ON s.id = k.value
WHERE s.work IS NOT p.work
ORDER BY 1, 2
