-- Where the newest changes are between :since and :until, the weightiest of a day first: work, day, kind, source, of which
-- db/queries/changes_at.sql tells the rest; what belongs to no work is told here. :source, :kind, :watch and :unexplained (1: only
-- where a remainder is) narrow them. The counts that have stood since :since or later come first: a row of those days is of them.
SELECT f.work, f."on", f.kind, f.source, f.before, f.after, f.why
FROM (
    SELECT r.work, o.first_seen AS "on", CASE WHEN o.gained > 0 THEN 'gained' ELSE 'lost' END AS kind, r.source,
           abs(o.gained) AS weight, NULL AS before, NULL AS after, NULL AS why
    FROM standing s
    CROSS JOIN observation o ON o.record = s.record AND o.first_seen BETWEEN :since AND :until
    CROSS JOIN record r ON r.id = o.record
    WHERE s.since >= :since AND o.gained <> 0 AND r.work IS NOT NULL
      AND (NOT :unexplained OR o.gained <> (
          SELECT ifnull(sum(p.n), 0) FROM change_part p
          WHERE p.record = o.record AND p.on_day = o.first_seen AND p.part <> 'unexplained' AND p.known_on = (
              SELECT max(q.known_on) FROM change_part q WHERE q.record = o.record AND q.on_day = o.first_seen)))
    UNION ALL
    SELECT work, "on", CASE WHEN gained > 0 THEN 'gained' ELSE 'lost' END, source, abs(gained), NULL, NULL, NULL
    FROM splices WHERE "on" BETWEEN :since AND :until AND NOT :unexplained
    UNION ALL
    SELECT work, "on", kind, source, 1000000000, before, after, why
    FROM news WHERE "on" BETWEEN :since AND :until AND NOT :unexplained
) f
WHERE (:source IS NULL OR f.source = :source)
  AND (:kind IS NULL OR f.kind = :kind)
  AND (:watch IS NULL OR f.work IN (
      SELECT m.work FROM watch_record wr JOIN record m ON m.id = wr.record WHERE wr.watch = :watch))
ORDER BY f."on" DESC, f.weight DESC, f.work, f.source, f.kind
LIMIT :limit
