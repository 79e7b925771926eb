-- The authors of these works, of a very long list the first hundred.
SELECT s.work, s.author
FROM json_each(:works) j JOIN authorship s ON s.work = j.value
WHERE s.position < 100
ORDER BY s.work, s.author
