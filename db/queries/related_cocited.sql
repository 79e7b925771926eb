-- The works that cite any of these works, each with those of them that it cites, its year, and all that it cites. Of each record
-- at most :most are read, the newest in the database first; a citing work that is not held stands under its record's number,
-- negative.
WITH listed AS MATERIALIZED (
    SELECT p.work AS probe, k.value AS record
    FROM json_each(:works) j JOIN record p ON p.work = j.value, json_each((
        SELECT json_group_array(citing)
        FROM (
            SELECT c.citing FROM citation c WHERE c.cited = p.id AND c.last_seen IS NULL ORDER BY c.citing DESC LIMIT :most
        )
    )) k
), citing AS MATERIALIZED (
    SELECT thing, json_group_array(probe) AS probes
    FROM (
        SELECT DISTINCT ifnull(s.work, -s.id) AS thing, probe
        FROM listed JOIN record s ON s.id = listed.record
        WHERE s.work IS NOT probe
        ORDER BY 1, 2
    )
    GROUP BY thing
)
SELECT thing, probes, (SELECT w.year FROM work w WHERE w.id = thing) AS year, (
    SELECT json_group_array(DISTINCT r.work)
    FROM (SELECT id FROM record WHERE work = thing UNION ALL SELECT -thing WHERE thing < 0) m
        JOIN citation c ON c.citing = m.id AND c.last_seen IS NULL JOIN record r ON r.id = c.cited
    WHERE r.work <> thing
) AS works
FROM citing
ORDER BY thing
