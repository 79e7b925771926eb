-- The :most works nearest to the FTS5 query :match by BM25 over title and abstract, a word in the title weighing twice; of the years
-- from :from_year to :to_year (null: any). n: how many match.
WITH found AS MATERIALIZED (
    SELECT rowid AS work, -bm25(work_text, 2.0, 1.0) AS score
    FROM work_text
    WHERE work_text MATCH :match AND (:from_year IS NULL AND :to_year IS NULL OR EXISTS (
        SELECT 1 FROM work w WHERE w.id = work_text.rowid AND w.year BETWEEN ifnull(:from_year, w.year) AND ifnull(:to_year, w.year)))
)
SELECT work, score, (SELECT count(*) FROM found) AS n FROM found ORDER BY score DESC, work LIMIT :most
