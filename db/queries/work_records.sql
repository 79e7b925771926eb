-- The records of a work and why each is there; since when its id is gone and the record that answers in its place, with that
-- one's work where it is another.
SELECT r.id AS record, r.source, r.source_id, r.decision, r.why, r.first_seen, r.last_seen,
       r.gone_on, s.source_id AS successor, nullif(s.work, r.work) AS successor_work
FROM record r LEFT JOIN record s ON s.id = r.successor
WHERE r.work = :work ORDER BY r.id
