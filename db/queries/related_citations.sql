-- The works that cite a work or are cited by it.
SELECT r.work, 'cited by it' AS how
FROM record s JOIN citation c ON c.citing = s.id JOIN record r ON r.id = c.cited
WHERE s.work = :work AND r.work IS NOT NULL AND r.work <> s.work
    AND c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)
UNION
SELECT r.work, 'cites it'
FROM record s JOIN citation c ON c.cited = s.id JOIN record r ON r.id = c.citing
WHERE s.work = :work AND r.work IS NOT NULL AND r.work <> s.work
    AND c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)
ORDER BY 1, 2
