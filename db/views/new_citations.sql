-- One row a citation and source: who cites a work, and since when. `is_new`: it appeared after the first complete reading
-- of the works citing it, so it is news rather than history found late. `citing_work` is null where only the source's id
-- is known.
SELECT
    cited.work, w.doi, w.title, w.year, v.name AS venue,
    cited.source,
    citing.work AS citing_work,
    cw.doi AS citing_doi,
    cw.title AS citing_title,
    cw.year AS citing_year,
    cw.date AS citing_date,
    citing.source_id AS citing_id,
    c.first_seen,
    c.last_seen AS gone_since,
    c.influential,
    cited.citing_from IS NOT NULL AND c.first_seen > cited.citing_from AS is_new
FROM citation c
JOIN record cited ON cited.id = c.cited
JOIN work w ON w.id = cited.work
LEFT JOIN venue v ON v.id = w.venue
JOIN record citing ON citing.id = c.citing
LEFT JOIN work cw ON cw.id = citing.work
WHERE citing.work IS NOT cited.work
