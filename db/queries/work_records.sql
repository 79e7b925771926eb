-- The records of a work and why each is there.
SELECT r.id AS record, r.source, r.source_id, r.decision, r.why, r.first_seen, r.last_seen
FROM record r WHERE r.work = :work ORDER BY r.id
