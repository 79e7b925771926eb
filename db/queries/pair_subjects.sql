-- What :other and any of the works in :seeds (JSON list) are both about, each with how many works are: the rarest first.
SELECT s.scheme, s.name, (SELECT count(*) FROM work_subject w WHERE w.subject = s.id) AS works
FROM work_subject o JOIN subject s ON s.id = o.subject
WHERE o.work = :other
    AND EXISTS (SELECT 1 FROM json_each(:seeds) j JOIN work_subject m ON m.work = j.value AND m.subject = o.subject)
ORDER BY works, s.scheme, s.name
