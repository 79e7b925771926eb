-- What cites a work, the newest in the database first, at most :most; what is not held stands under its record's number,
-- negative.
SELECT DISTINCT ifnull(s.work, -s.id) AS thing
FROM (
    SELECT c.citing
    FROM record r JOIN citation c ON c.cited = r.id
    WHERE r.work = :work AND c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)
    ORDER BY c.citing DESC
    LIMIT :most
) found JOIN record s ON s.id = found.citing
WHERE s.work IS NOT :work
ORDER BY 1
