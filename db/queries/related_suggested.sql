-- What sources list as related to each of these works: the held work, who lists it and at which place, from 0. (CROSS JOIN: from the
-- works, and not through all records of a source.)
SELECT s.work AS seed, s.source, j.key AS place, r.work
FROM json_each(:works) w CROSS JOIN record s ON s.work = w.value
    CROSS JOIN suggestion g ON g.record = s.id AND g.first_seen = (SELECT max(x.first_seen) FROM suggestion x WHERE x.record = s.id)
    CROSS JOIN json_each(g.listed) j CROSS JOIN record r ON r.source = s.source AND r.source_id = j.value
WHERE r.work IS NOT NULL
ORDER BY 1, 2, 3, 4
