-- What happened to a work, to its records and to the works that became part of it, the oldest first. Where records moved,
-- `after` names them.
SELECT
    e.on_day AS "on", e.kind, e.source, r.source || ':' || r.source_id AS record, e.before,
    CASE WHEN e.kind IN ('joined', 'undone') AND e.work IS NOT NULL
         THEN (SELECT group_concat(name, ', ') FROM (
                   SELECT m.source || ':' || m.source_id AS name
                   FROM json_each('[' || e.after || ']') j JOIN record m ON m.id = j.value ORDER BY j.key))
         ELSE e.after END AS after,
    e.why, e.decision
FROM event e LEFT JOIN record r ON r.id = e.record
WHERE r.work = :work OR e.work = :work OR e.work IN (SELECT f.id FROM former_work f WHERE f.work = :work)
ORDER BY e.id
