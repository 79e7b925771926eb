-- The works that share an author with a work (sure), or only an author's surname and initial. Of a very long list of
-- authors the first hundred are read, and a name that more than 200 authorships bear says nothing.
WITH mine AS MATERIALIZED (
    SELECT DISTINCT a.id, a.name_key
    FROM authorship s JOIN author a ON a.id = s.author
    WHERE s.work = :work AND s.position < 100
), names AS MATERIALIZED (
    SELECT name_key
    FROM (SELECT DISTINCT name_key FROM mine WHERE name_key IS NOT NULL) n
    WHERE (
        SELECT count(*)
        FROM (SELECT 1 FROM author a JOIN authorship s ON s.author = a.id WHERE a.name_key = n.name_key LIMIT 201)
    ) <= 200
)
SELECT s.work, a.name, 'author ' || a.id AS who, 1 AS sure
FROM mine JOIN author a ON a.id = mine.id JOIN authorship s ON s.author = a.id
UNION
SELECT s.work, a.name, 'name ' || a.name_key, 0
FROM names JOIN author a ON a.name_key = names.name_key JOIN authorship s ON s.author = a.id
WHERE a.id NOT IN (SELECT id FROM mine)
ORDER BY 1, 3, 2
