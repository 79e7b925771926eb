-- The works that all of the filters let through, of which there are :filters: :work and :venue (numbers), :watch (its number),
-- :author (an ORCID, or a name in full), :person (an author's key), :institution (a ROR, or a name), :topic (its name).
SELECT work
FROM (
    SELECT 'all' AS filter, id AS work FROM work WHERE :filters = 0
    UNION ALL
    SELECT 'work', id FROM work WHERE id = :work
    UNION ALL
    SELECT 'venue', id FROM work WHERE venue = :venue
    UNION ALL
    SELECT DISTINCT 'watch', r.work FROM watch_record w JOIN record r ON r.id = w.record WHERE w.watch = :watch
    UNION ALL
    SELECT DISTINCT 'author', s.work FROM authorship s
    WHERE s.author IN (SELECT id FROM author WHERE key = :person OR orcid = :author OR name = :author)
    UNION ALL
    SELECT DISTINCT 'institution', f.work FROM affiliation f
    WHERE f.institution IN (SELECT id FROM institution WHERE ror = :institution OR name = :institution COLLATE NOCASE)
    UNION ALL
    SELECT DISTINCT 'topic', t.work FROM work_subject t
    WHERE t.subject IN (SELECT id FROM subject WHERE scheme = 'topic' AND name = :topic COLLATE NOCASE)
)
WHERE work IS NOT NULL
GROUP BY work
HAVING count(*) >= :filters
ORDER BY work
