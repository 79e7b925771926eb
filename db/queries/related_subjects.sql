-- The subjects of these works, and in how many works each occurs, counted up to :most.
SELECT s.work, s.subject, ifnull(s.score, 0.5) AS score, (
    SELECT count(*) FROM (SELECT 1 FROM work_subject o WHERE o.subject = s.subject LIMIT :most)
) AS n, (SELECT max(id) FROM work) AS works, b.name
FROM json_each(:works) j JOIN work_subject s ON s.work = j.value JOIN subject b ON b.id = s.subject
ORDER BY 1, 2
