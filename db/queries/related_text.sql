-- The works nearest to a query by BM25 over title and abstract, the title counting twice.
SELECT rowid AS work, -bm25(work_text, 2.0, 1.0) AS score
FROM work_text
WHERE work_text MATCH :match
ORDER BY score DESC, work
LIMIT :most
