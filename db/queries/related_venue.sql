-- Those of these works that appeared in the venue of one of the works asked about. (CROSS JOIN: from the list, not through the
-- whole venue.)
SELECT w.id AS work, v.name
FROM json_each(:works) j CROSS JOIN work w ON w.id = j.value JOIN venue v ON v.id = w.venue
WHERE w.venue IN (SELECT s.venue FROM json_each(:seeds) k JOIN work s ON s.id = k.value)
ORDER BY w.id
