-- The titles and dates of :works (JSON list); a date as far as known: 2025, 2025-05 or 2025-05-19.
SELECT w.id AS work, w.title, w.year, ifnull(w.date, CAST(w.year AS TEXT)) AS date
FROM json_each(:works) j CROSS JOIN work w ON w.id = j.value
