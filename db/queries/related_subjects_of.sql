-- All subjects of these works.
SELECT s.work, s.subject, ifnull(s.score, 0.5) AS score
FROM json_each(:works) j JOIN work_subject s ON s.work = j.value
ORDER BY 1, 2
