-- One row a citation and source: who cites a work, and since when. `is_new`: it appeared after the first complete reading
-- of the works citing it, so it is news rather than history found late. `citing_work` is null where only the source's id
-- is known. `created` is the citing work's date as the source states it with the citation; `self_citation`: the two works
-- have an author in common, `same_venue`: they appeared in one venue (null: not said).
SELECT
    cited.work, w.doi, w.title, w.year, v.name AS venue,
    cited.source,
    c.citing_work,
    ifnull(cw.doi, CASE WHEN c.citing_id LIKE '10.%/%' THEN c.citing_id END) AS citing_doi,
    cw.title AS citing_title,
    ifnull(cw.year, CAST(substr(c.created, 1, 4) AS INTEGER)) AS citing_year,
    ifnull(cw.date, c.created) AS citing_date,
    c.citing_id,
    c.first_seen,
    c.last_seen AS gone_since,
    c.influential,
    cited.citing_from IS NOT NULL AND c.first_seen > cited.citing_from AS is_new,
    c.created,
    c.author_self AS self_citation,
    c.venue_self AS same_venue
FROM (
    SELECT
        e.*,
        citing.source_id AS citing_id,
        -- a source that names works by their DOI names one that others have sent
        ifnull(citing.work, (SELECT min(m.work) FROM identifier i JOIN record m ON m.id = i.record
                             WHERE i.scheme = 'doi' AND i.value = citing.source_id AND NOT i.alias)) AS citing_work
    FROM citation e JOIN record citing ON citing.id = e.citing
) c
JOIN record cited ON cited.id = c.cited
JOIN work w ON w.id = cited.work
LEFT JOIN venue v ON v.id = w.venue
LEFT JOIN work cw ON cw.id = c.citing_work
WHERE c.citing_work IS NOT cited.work
