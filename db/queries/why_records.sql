-- The records of a work: how and why each came to it, and when it was first seen.
SELECT r.id AS number, r.source || ':' || r.source_id AS record, r.decision, r.why, r.first_seen AS "on"
FROM record r WHERE r.work = :work ORDER BY r.id
