-- The citations held of the works in :works (JSON list) as known on :as_of, by source and the citing work's year (null: not
-- known), each citing work once.
SELECT work, source, citing_year AS year, count(DISTINCT citing) AS count
FROM (
    SELECT
        cited.work, cited.source, ifnull(w.year, CAST(substr(c.created, 1, 4) AS INTEGER)) AS citing_year,
        ifnull(w.id, -c.citing) AS citing
    FROM json_each(:works) j
    CROSS JOIN record cited ON cited.work = j.value
    CROSS JOIN citation c ON c.cited = cited.id
        AND c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)
    JOIN record citing ON citing.id = c.citing
    -- a source that names works by their DOI names one that others have sent
    LEFT JOIN work w ON w.id = ifnull(citing.work, (SELECT min(m.work) FROM identifier i JOIN record m ON m.id = i.record
                                                    WHERE i.scheme = 'doi' AND i.value = citing.source_id AND NOT i.alias))
    WHERE w.id IS NOT cited.work
)
GROUP BY work, source, citing_year
