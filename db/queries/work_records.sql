-- The records of a work and why each is there; since when its id is gone and the record that answers in its place, with that
-- one's work where it is another.
SELECT r.id AS record, r.source, r.source_id, r.decision, r.why, r.first_seen, r.last_seen,
       r.gone_on, (SELECT s.source_id FROM record s WHERE s.id = r.successor) AS successor,
       (SELECT nullif(s.work, r.work) FROM record s WHERE s.id = r.successor) AS successor_work
FROM record r
WHERE r.work = :work ORDER BY r.id
