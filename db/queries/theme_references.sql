-- The references of :works (JSON list) that stand, at most :most of each record. One that is not held stands under its record's
-- number, negative. CROSS: from the list, not through all citations.
SELECT j.value AS work, s.id AS record, ifnull(r.work, -r.id) AS thing
FROM json_each(:works) j CROSS JOIN record s ON s.work = j.value
    CROSS JOIN record r ON r.id IN (
        SELECT c.cited FROM citation c WHERE c.citing = s.id AND c.last_seen IS NULL ORDER BY c.cited LIMIT :most)
WHERE r.work IS NOT s.work
