-- The groups (:by watch, venue, author, institution, topic) that each of :works (JSON list) belongs to, once each. An author is a
-- person known by an ORCID or a source's id; of a mere name nobody knows whose it is.
SELECT DISTINCT m.work, CAST(w.id AS TEXT) AS id, ifnull(w.label, w.value) AS name
FROM json_each(:works) j JOIN record m ON m.work = j.value JOIN watch_record x ON x.record = m.id JOIN watch w ON w.id = x.watch
WHERE :by = 'watch'
UNION ALL
SELECT w.id, ifnull(v.issn_l, 'venue ' || v.id), v.name
FROM json_each(:works) j JOIN work w ON w.id = j.value JOIN venue v ON v.id = w.venue
WHERE :by = 'venue'
UNION ALL
SELECT s.work, ifnull(a.orcid, a.key), min(a.name)
FROM json_each(:works) j JOIN authorship s ON s.work = j.value JOIN author a ON a.id = s.author
WHERE :by = 'author' AND (a.orcid IS NOT NULL OR a.key NOT LIKE 'name:%')
GROUP BY 1, 2
UNION ALL
SELECT DISTINCT f.work, ifnull(i.ror, i.key), i.name
FROM json_each(:works) j JOIN affiliation f ON f.work = j.value JOIN institution i ON i.id = f.institution
WHERE :by = 'institution'
UNION ALL
SELECT t.work, s.name, s.name
FROM json_each(:works) j JOIN work_subject t ON t.work = j.value JOIN subject s ON s.id = t.subject
WHERE :by = 'topic' AND s.scheme = 'topic'
