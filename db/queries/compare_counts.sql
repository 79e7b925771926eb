-- The records of the works in :works (JSON list) as known on :as_of: count, when it was first and last seen, how many citing works
-- are held from it, and the last list of these that came to its end (`list_status` as of task; null: none was read). Of a record
-- that was gone by then only where no other of the work answered in its place.
SELECT
    r.work, r.id AS record, r.source, r.source_id, o.count, o.first_seen AS since,
    CASE WHEN o.record IS NOT NULL THEN min(ifnull(o.last_seen, n.last_seen), :as_of) END AS seen,
    CASE WHEN r.gone_on <= :as_of THEN r.gone_on END AS gone_on,
    (SELECT count(*) FROM citation c
     WHERE c.cited = r.id AND c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)) AS citing_held,
    l.on_day AS listed_on, l.status AS list_status, l.count AS list_count
FROM json_each(:works) j
JOIN record r ON r.work = j.value AND r.first_seen <= :as_of
LEFT JOIN observation o ON o.record = r.id
    AND o.first_seen = (SELECT max(x.first_seen) FROM observation x WHERE x.record = r.id AND x.first_seen <= :as_of)
LEFT JOIN standing n ON n.record = r.id
LEFT JOIN citing_list l ON l.record = r.id
    AND l.on_day = (SELECT max(x.on_day) FROM citing_list x WHERE x.record = r.id AND x.on_day <= :as_of)
WHERE NOT (ifnull(r.gone_on <= :as_of, 0) AND EXISTS (
    SELECT 1 FROM record s WHERE s.id = r.successor AND s.work = r.work AND s.first_seen <= :as_of))
ORDER BY r.work, r.source, r.id
