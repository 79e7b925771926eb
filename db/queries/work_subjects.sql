-- What a work is about.
SELECT s.scheme, s.name, ws.score FROM work_subject ws JOIN subject s ON s.id = ws.subject
WHERE ws.work = :work ORDER BY s.scheme DESC, ws.score DESC, s.name
