-- Works whose title or abstract match the FTS5 query :match, best first; a word in the title weighs four times as much.
SELECT
    w.id AS work, w.doi, w.title, w.year, v.name AS venue,
    (SELECT r.source_id FROM record r WHERE r.work = w.id AND r.source = 'openalex'
     ORDER BY r.gone_on IS NOT NULL, r.id LIMIT 1) AS openalex,
    round(-m.score, 3) AS score,
    m.excerpt
FROM (
    SELECT rowid, bm25(work_text, 4.0, 1.0) AS score, snippet(work_text, 1, '', '', '…', 16) AS excerpt
    FROM work_text
    WHERE work_text MATCH :match
      AND EXISTS (SELECT 1 FROM record r WHERE r.work = work_text.rowid AND r.first_seen <= :as_of)
    ORDER BY score, rowid LIMIT :limit
) m
JOIN work w ON w.id = m.rowid
LEFT JOIN venue v ON v.id = w.venue
ORDER BY m.score, w.id
