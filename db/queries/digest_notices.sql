-- What became known after :since (null: ever) up to :on of retractions, corrections and expressions of concern, the latest first; of
-- the works watched by :watch (null: all).
SELECT work, doi, title, year, venue, "on", kind, source, before, after, why
FROM news
WHERE (kind LIKE '%retract%' OR kind IN ('corrected', 'concern'))
  AND (:since IS NULL OR "on" > :since) AND "on" <= :on
  AND (:watch IS NULL OR work IN (
      SELECT m.work FROM watch_record wr JOIN record m ON m.id = wr.record WHERE wr.watch = :watch))
ORDER BY "on" DESC, work, kind, source
LIMIT :limit
