-- The works that share an author with one of these works (sure), or only an author's surname and initial; weight: of the works
-- asked about that have this author. Of a very long list of authors the first hundred are read, of an author at most :most works,
-- the newest in the database first; a name that more than 200 authorships bear says nothing.
WITH mine AS MATERIALIZED (
    SELECT a.id, a.name_key, a.name, sum(weight) AS weight
    FROM (
        SELECT DISTINCT s.author, j.value ->> 0 AS seed, j.value ->> 1 AS weight
        FROM json_each(:seeds) j JOIN authorship s ON s.work = j.value ->> 0 WHERE s.position < 100
    ) JOIN author a ON a.id = author
    GROUP BY a.id
), names AS MATERIALIZED (
    SELECT name_key, weight
    FROM (SELECT name_key, sum(weight) AS weight FROM mine WHERE name_key IS NOT NULL GROUP BY name_key) n
    WHERE (
        SELECT count(*)
        FROM (SELECT 1 FROM author a JOIN authorship s ON s.author = a.id WHERE a.name_key = n.name_key LIMIT 201)
    ) <= 200
)
SELECT k.value AS work, mine.name, 'author ' || mine.id AS who, mine.weight, 1 AS sure
FROM mine, json_each((
    SELECT json_group_array(work) FROM (SELECT work FROM authorship WHERE author = mine.id ORDER BY work DESC LIMIT :most)
)) k
UNION
SELECT s.work, a.name, 'name ' || a.name_key, names.weight, 0
FROM names JOIN author a ON a.name_key = names.name_key JOIN authorship s ON s.author = a.id
WHERE a.id NOT IN (SELECT id FROM mine)
ORDER BY 1, 3, 2
