-- The changes of work :work between :since and :until, newest first; :source, :kind, :watch and :unexplained as in
-- db/queries/changes_found.sql.
SELECT * FROM changes
WHERE work = :work AND "on" BETWEEN :since AND :until
  AND (:source IS NULL OR source = :source) AND (:kind IS NULL OR kind = :kind)
  AND (NOT :unexplained OR unexplained <> 0)
  AND (:watch IS NULL OR EXISTS (
      SELECT 1 FROM watch_record wr JOIN record m ON m.id = wr.record WHERE wr.watch = :watch AND m.work = :work))
ORDER BY "on" DESC, abs(gained) DESC, source, kind
LIMIT :limit
