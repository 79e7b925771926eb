-- Those of these works that appeared in the venue of a work. (CROSS JOIN: from the list, not through the whole venue.)
SELECT w.id AS work, v.name
FROM json_each(:works) j CROSS JOIN work w ON w.id = j.value
    JOIN work seed ON seed.id = :work AND seed.venue = w.venue JOIN venue v ON v.id = w.venue
ORDER BY w.id
