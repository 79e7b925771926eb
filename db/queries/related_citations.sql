-- The works that these works cite, and of each record at most :most that cite them, the newest in the database first.
SELECT s.work AS seed, r.work, 'cited by it' AS how
FROM json_each(:works) j JOIN record s ON s.work = j.value
    JOIN citation c ON c.citing = s.id AND c.last_seen IS NULL JOIN record r ON r.id = c.cited
WHERE r.work <> s.work
UNION
SELECT s.work, r.work, 'cites it'
FROM json_each(:works) j JOIN record s ON s.work = j.value, json_each((
    SELECT json_group_array(citing)
    FROM (SELECT c.citing FROM citation c WHERE c.cited = s.id AND c.last_seen IS NULL ORDER BY c.citing DESC LIMIT :most)
)) k JOIN record r ON r.id = k.value
WHERE r.work <> s.work
ORDER BY 1, 2, 3
