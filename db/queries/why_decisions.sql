-- What people decided about a work, its records and the works that became part of it, the oldest first.
SELECT v.* FROM decisions v JOIN decision d ON d.id = v.decision
WHERE EXISTS (
    SELECT 1 FROM json_each(d.works) j WHERE j.value = :work OR j.value IN (SELECT f.id FROM former_work f WHERE f.work = :work)
) OR EXISTS (SELECT 1 FROM json_each(d.records) j JOIN record r ON r.id = j.value WHERE r.work = :work)
ORDER BY v.decision
