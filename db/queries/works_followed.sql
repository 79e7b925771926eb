-- The works to look at: those of :watch, or with :all every work that has a count, else those of any watch.
SELECT r.work FROM watch_record x JOIN record r ON r.id = x.record
WHERE r.work IS NOT NULL AND NOT :all AND (:watch IS NULL OR x.watch = :watch)
UNION
SELECT r.work FROM standing n JOIN record r ON r.id = n.record WHERE :all AND r.work IS NOT NULL
ORDER BY 1
