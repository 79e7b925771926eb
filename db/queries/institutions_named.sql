-- Institutions by key (ror:..., id:I1, name:...) or name. `numbers`: JSON list of one.
SELECT json_array(i.id) AS numbers, i.name, i.ror, i.country, i.key AS id,
       (SELECT count(DISTINCT a.work) FROM affiliation a WHERE a.institution = i.id) AS works
FROM institution i
WHERE i.key = :key OR i.name = :name COLLATE NOCASE
ORDER BY works DESC, i.key
