-- What :other and any of the works in :seeds (JSON list) are both about, the rarest first, each with how many works are, counted up
-- to :most. (CROSS JOIN: from the seeds, not through all works of a subject.)
SELECT s.scheme, s.name,
       (SELECT count(*) FROM (SELECT 1 FROM work_subject w WHERE w.subject = s.id LIMIT :most)) AS works
FROM work_subject o JOIN subject s ON s.id = o.subject
WHERE o.work = :other
    AND EXISTS (SELECT 1 FROM json_each(:seeds) j CROSS JOIN work_subject m ON m.work = j.value AND m.subject = o.subject)
ORDER BY works, s.scheme, s.name
