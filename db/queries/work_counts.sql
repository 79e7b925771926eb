-- A work's count by source as known on :as_of, with the days it was first and last seen; of a record that was gone by then, only
-- where no other of the work answered in its place.
SELECT r.source, r.source_id, o.count, o.first_seen, min(ifnull(o.last_seen, n.last_seen), :as_of) AS last_seen,
       (SELECT count(*) FROM citation c WHERE c.cited = r.id AND c.first_seen <= :as_of
          AND (c.last_seen IS NULL OR c.last_seen >= :as_of)) AS citing_held
FROM record r JOIN observation o ON o.record = r.id JOIN standing n ON n.record = r.id
WHERE r.work = :work
  AND o.first_seen = (SELECT max(l.first_seen) FROM observation l WHERE l.record = r.id AND l.first_seen <= :as_of)
  AND NOT (ifnull(r.gone_on <= :as_of, 0) AND EXISTS (
      SELECT 1 FROM record s JOIN observation h ON h.record = s.id
      WHERE s.id = r.successor AND s.work = r.work AND h.first_seen <= :as_of))
ORDER BY r.source, r.id
