-- All changes on day :on, the weightiest first, as db/queries/changes_found.sql finds and orders them; :source, :kind, :watch and
-- :unexplained as there.
SELECT * FROM changes
WHERE "on" = :on
  AND (:source IS NULL OR source = :source) AND (:kind IS NULL OR kind = :kind)
  AND (NOT :unexplained OR unexplained <> 0)
  AND (:watch IS NULL OR work IN (
      SELECT m.work FROM watch_record wr JOIN record m ON m.id = wr.record WHERE wr.watch = :watch))
ORDER BY ifnull(abs(gained), 1000000000) DESC, work, source, kind
LIMIT :limit
