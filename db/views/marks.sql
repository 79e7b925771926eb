-- One row a work that a person has kept or dismissed as related to another, the seed: the last word about the two, whose it is, and
-- since when it holds. What was cleared again has no row.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue,
    s.work AS seed,
    sw.doi AS seed_doi,
    sw.title AS seed_title,
    m.state,
    m.on_day AS changed_on,
    m.at,
    m.who,
    m.note
FROM mark m
JOIN record s ON s.id = m.seed
JOIN record r ON r.id = m.marked
JOIN work w ON w.id = r.work
JOIN work sw ON sw.id = s.work
LEFT JOIN venue v ON v.id = w.venue
WHERE m.state <> 'cleared'
  AND r.work <> s.work -- they were joined since
  AND NOT EXISTS (
      SELECT 1 -- CROSS: from the few records of the two works to what was said of them
      FROM record a CROSS JOIN record b CROSS JOIN mark n ON n.marked = a.id AND n.seed = b.id
      WHERE a.work = r.work AND b.work = s.work AND n.id > m.id)
