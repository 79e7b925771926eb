-- Who cites any of the works in :cited (JSON list), as known on :as_of, newest first, without those in :own; :work is the one
-- asked about. An edge found at the first reading of the citing works counts from the citing work's own date; one that
-- appeared later from the day it was first seen. :since keeps those from that day on.
SELECT
    w.id AS work, w.doi, w.title, w.year, v.name AS venue,
    e.citing_work, cw.doi AS citing_doi, cw.title AS citing_title, cw.year AS citing_year, cv.name AS citing_venue,
    cw.date AS citing_date, e.citing_id, e.sources, e.first_seen, e.is_new,
    e.cited_works
FROM (
    SELECT
        citing.work AS citing_work,
        min(citing.source_id) AS citing_id,
        group_concat(DISTINCT citing.source) AS sources,
        json_group_array(DISTINCT cited.work) AS cited_works,
        min(c.first_seen) AS first_seen,
        -- what one source shows as news is none if another had shown it before, and stays news if another finds it later
        substr(min(c.first_seen || (cited.citing_from IS NULL OR c.first_seen <= cited.citing_from)), -1) = '0' AS is_new
    FROM json_each(:cited) j
    JOIN record cited ON cited.work = j.value
    JOIN citation c ON c.cited = cited.id
    JOIN record citing ON citing.id = c.citing
    WHERE ifnull(citing.work, 0) NOT IN (SELECT value FROM json_each(:own))
      AND c.first_seen <= :as_of
      AND (c.last_seen IS NULL OR c.last_seen >= :as_of)
      AND (:source IS NULL OR cited.source = :source)
    GROUP BY ifnull(citing.work, -citing.id)
) e
JOIN work w ON w.id = :work
LEFT JOIN venue v ON v.id = w.venue
LEFT JOIN work cw ON cw.id = e.citing_work
LEFT JOIN venue cv ON cv.id = cw.venue
WHERE :since IS NULL OR CASE WHEN e.is_new THEN e.first_seen ELSE ifnull(cw.date, CAST(cw.year AS TEXT)) END >= :since
ORDER BY CASE WHEN e.is_new THEN e.first_seen ELSE ifnull(cw.date, CAST(cw.year AS TEXT)) END DESC, e.citing_work, e.citing_id
LIMIT :limit
