-- Who cites any of the works in :cited (JSON list), as known on :as_of, newest first, without those in :own; :work is the one
-- asked about. An edge found at the first reading of the citing works counts from the citing work's own date (from the date
-- stated with the citation where that work is not held); one that appeared later from the day it was first seen. :since keeps
-- those from that day on.
SELECT
    w.id AS work, w.doi, w.title, w.year, v.name AS venue,
    e.citing_work, ifnull(cw.doi, CASE WHEN e.citing_id LIKE '10.%/%' THEN e.citing_id END) AS citing_doi,
    cw.title AS citing_title, ifnull(cw.year, CAST(substr(e.created, 1, 4) AS INTEGER)) AS citing_year,
    cv.name AS citing_venue, ifnull(cw.date, e.created) AS citing_date, e.citing_id, e.sources, e.first_seen, e.is_new,
    e.cited_works, e.created, e.self_citation, e.influential, e.intents, e.contexts
FROM (
    SELECT
        c.citing_work,
        min(c.citing_id) AS citing_id,
        group_concat(DISTINCT c.source) AS sources,
        json_group_array(DISTINCT c.cited_work) AS cited_works,
        min(c.first_seen) AS first_seen,
        -- what one source shows as news is none if another had shown it before, and stays news if another finds it later
        substr(min(c.first_seen || (c.citing_from IS NULL OR c.first_seen <= c.citing_from)), -1) = '0' AS is_new,
        max(c.created) AS created,
        max(c.author_self) AS self_citation,
        max(c.influential) AS influential,
        max(c.intents) AS intents,
        max(c.contexts) AS contexts
    FROM (
        SELECT
            e.citing, e.first_seen, e.last_seen, e.created, e.author_self, e.influential, e.intents, cited.citing_from, cited.work AS cited_work,
            (SELECT x.contexts FROM citation_context x WHERE x.citing = e.citing AND x.cited = e.cited) AS contexts,
            citing.source, citing.source_id AS citing_id,
            -- a source that names works by their DOI names one that others have sent
            ifnull(citing.work, (SELECT min(m.work) FROM identifier i JOIN record m ON m.id = i.record
                                 WHERE i.scheme = 'doi' AND i.value = citing.source_id AND NOT i.alias)) AS citing_work
        FROM json_each(:cited) j
        JOIN record cited ON cited.work = j.value
        JOIN citation e ON e.cited = cited.id
        JOIN record citing ON citing.id = e.citing
        WHERE e.first_seen <= :as_of
          AND (e.last_seen IS NULL OR e.last_seen >= :as_of)
          AND (:source IS NULL OR cited.source = :source)
    ) c
    WHERE ifnull(c.citing_work, 0) NOT IN (SELECT value FROM json_each(:own))
    GROUP BY coalesce(c.citing_work, CASE WHEN c.citing_id LIKE '10.%/%' THEN c.citing_id END, -c.citing)
) e
JOIN work w ON w.id = :work
LEFT JOIN venue v ON v.id = w.venue
LEFT JOIN work cw ON cw.id = e.citing_work
LEFT JOIN venue cv ON cv.id = cw.venue
WHERE :since IS NULL
   OR CASE WHEN e.is_new THEN e.first_seen ELSE coalesce(cw.date, e.created, CAST(cw.year AS TEXT)) END >= :since
ORDER BY CASE WHEN e.is_new THEN e.first_seen ELSE coalesce(cw.date, e.created, CAST(cw.year AS TEXT)) END DESC,
         e.citing_work, e.citing_id
LIMIT :limit
