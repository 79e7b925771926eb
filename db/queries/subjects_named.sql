-- Subjects of this name, in scheme :scheme (topic, keyword, concept, field) or in any (null). `numbers`: JSON list of one.
SELECT json_array(s.id) AS numbers, s.name, s.scheme, s.scheme || ':' || s.name AS id,
       (SELECT count(*) FROM work_subject x WHERE x.subject = s.id) AS works
FROM subject s
WHERE s.name = :name COLLATE NOCASE AND (:scheme IS NULL OR s.scheme = :scheme)
ORDER BY works DESC, s.scheme, s.name
