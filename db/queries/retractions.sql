-- Watched works that are retracted, corrected or doubted, or cite what is retracted, as known on :as_of, the newest news first.
-- :watch: of this watch alone; :cited 1: only what cites.
SELECT *
FROM retractions
WHERE since <= :as_of
  AND (NOT :cited OR kind = 'cites_retracted')
  AND (:watch IS NULL OR work IN (
      SELECT r.work FROM watch_record x JOIN record r ON r.id = x.record WHERE x.watch = :watch))
ORDER BY since DESC, work, kind, retracted_work
LIMIT :limit
