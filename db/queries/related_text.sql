-- The works nearest to a query by BM25 over title and abstract, the title counting twice; bare: without an abstract.
SELECT found.work, found.score, w.abstract IS NULL AS bare
FROM (
    SELECT rowid AS work, -bm25(work_text, 2.0, 1.0) AS score
    FROM work_text
    WHERE work_text MATCH :match
    ORDER BY score DESC, work
    LIMIT :most
) found JOIN work w ON w.id = found.work
ORDER BY found.score DESC, found.work
