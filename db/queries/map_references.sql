-- What each of these works cites. What is not held stands under its record's number, negative; the same edge from two sources
-- is one.
SELECT DISTINCT s.work, ifnull(r.work, -r.id) AS thing
FROM json_each(:works) j JOIN record s ON s.work = j.value
    JOIN citation c ON c.citing = s.id AND c.last_seen IS NULL JOIN record r ON r.id = c.cited
WHERE r.work IS NOT s.work
ORDER BY 1, 2
