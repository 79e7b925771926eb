-- What a map shows of each of these works, in their order. Of a very long list of authors the first twenty are named.
SELECT w.id AS work, w.doi, w.title, w.year, v.name AS venue, w.is_retracted,
       (SELECT json_group_array(name) FROM (SELECT s.name FROM authorship s WHERE s.work = w.id ORDER BY s.position LIMIT 20)) AS authors,
       (SELECT count(*) FROM authorship s WHERE s.work = w.id) AS author_count
FROM json_each(:works) j JOIN work w ON w.id = j.value LEFT JOIN venue v ON v.id = w.venue
ORDER BY j.key
