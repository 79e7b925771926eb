-- The authors of :other who are authors of a work in :seeds (JSON list): the same person (same), or one of the same surname and
-- initial.
SELECT o.name, max(a.id = b.id) AS same, count(DISTINCT s.work) AS seeds
FROM authorship o JOIN author a ON a.id = o.author
    JOIN json_each(:seeds) j JOIN authorship s ON s.work = j.value
    JOIN author b ON b.id = s.author AND (b.id = a.id OR b.name_key = a.name_key)
WHERE o.work = :other
GROUP BY o.position ORDER BY o.position
