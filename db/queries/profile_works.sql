-- The works known on :as_of of a venue (:venue), or of any of the authors, institutions or subjects in these JSON lists of
-- numbers, or of a watch (:watch); what is null is not asked for.
SELECT w.id AS work, w.year, w.type
FROM work w
WHERE w.id IN (
    SELECT id FROM work WHERE venue = :venue
    UNION SELECT a.work FROM json_each(:authors) j JOIN authorship a ON a.author = j.value
    UNION SELECT a.work FROM affiliation a WHERE a.institution IN (SELECT value FROM json_each(:institutions))
    UNION SELECT s.work FROM json_each(:subjects) j JOIN work_subject s ON s.subject = j.value
    UNION SELECT r.work FROM watch_record x JOIN record r ON r.id = x.record WHERE x.watch = :watch
) AND EXISTS (SELECT 1 FROM record r WHERE r.work = w.id AND r.first_seen <= :as_of)
ORDER BY w.id
