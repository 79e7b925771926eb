-- What counts changed after :since (null: ever) up to :on, by work and source, those that changed most first; of the works watched
-- by :watch (null: all). `why` is the JSON list of what is told of each change, the latest first.
SELECT
    c.work, c.doi, c.title, c.year, c.venue, c.source,
    sum(c.gained) AS changed,
    json_group_array(c."on" || ': ' || c.why) AS why
FROM (
    SELECT * FROM changes
    WHERE kind IN ('gained', 'lost') AND (:since IS NULL OR "on" > :since) AND "on" <= :on
      AND (:watch IS NULL OR work IN (
          SELECT m.work FROM watch_record wr JOIN record m ON m.id = wr.record WHERE wr.watch = :watch))
    ORDER BY work, source, "on" DESC
) c
GROUP BY c.work, c.source
ORDER BY abs(changed) DESC, c.work, c.source
LIMIT :limit
