-- The works watched by :watch, or of venue :venue (null: whatever).
SELECT w.id AS work, w.doi, w.title, w.year, v.name AS venue
FROM work w
LEFT JOIN venue v ON v.id = w.venue
WHERE (:venue IS NULL OR w.venue = :venue)
  AND (:watch IS NULL OR w.id IN (SELECT m.work FROM watch_record wr JOIN record m ON m.id = wr.record WHERE wr.watch = :watch))
ORDER BY w.id
