-- Those of the works in :works (JSON list) that share an author with a work in :seeds (JSON list): one person by id or ORCID, or a
-- surname and initial where no ids tell the two apart. A name that more than 200 authorships bear says nothing. Of a very long list
-- of authors the first hundred are read.
WITH mine AS MATERIALIZED (
    SELECT DISTINCT a.id, a.orcid, a.name_key, substr(a.key, 1, instr(a.key, ':')) AS scheme
    FROM json_each(:seeds) j CROSS JOIN authorship s ON s.work = j.value JOIN author a ON a.id = s.author
    WHERE s.position < 100
), named AS MATERIALIZED (
    SELECT m.name_key, m.orcid, m.scheme
    FROM mine m
    WHERE m.name_key IS NOT NULL AND (
        SELECT count(*)
        FROM (SELECT 1 FROM author a JOIN authorship s ON s.author = a.id WHERE a.name_key = m.name_key LIMIT 201)
    ) <= 200
)
SELECT DISTINCT j.value AS work
FROM json_each(:works) j CROSS JOIN authorship s ON s.work = j.value AND s.position < 100 JOIN author a ON a.id = s.author
WHERE a.id IN (SELECT id FROM mine)
   OR a.orcid IN (SELECT orcid FROM mine)
   OR EXISTS (
       SELECT 1 FROM named n
       WHERE n.name_key = a.name_key AND ifnull(n.orcid = a.orcid, 1)
         AND (n.scheme = 'name:' OR n.scheme <> substr(a.key, 1, instr(a.key, ':'))))
