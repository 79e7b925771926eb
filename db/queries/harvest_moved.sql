-- The records of :source, seen on :on, of works that watches stand for and whose citing works they follow, whose count is not the
-- one they had when the list of works citing them was last read to its end. `watched_itself`: the work is watched, alone or in a
-- file, not only its venue or a query. `since`: only citing works published from that day on are wanted; null: all. `rise`: how
-- far the count has risen since that list; `years`: the years of publication whose figures have moved since, as the source
-- states them (JSON; null where it states none), and `explained` the sum of that.
SELECT
    r.source_id,
    max(x.kind IN ('work', 'file')) AS watched_itself,
    CASE WHEN count(*) = count(CASE WHEN x.kind = 'work' THEN x.since END) THEN min(x.since) END AS since,
    o.count,
    o.count - r.citing_count AS rise,
    w.year,
    CASE WHEN EXISTS (SELECT 1 FROM count_by_year y WHERE y.record = r.id) THEN (
        SELECT json_group_array(year) FROM (
            SELECT y.year FROM count_by_year y WHERE y.record = r.id AND y.first_seen > r.citing_on
            GROUP BY y.year HAVING sum(ifnull(y.gained, y.count)) <> 0 ORDER BY y.year)) END AS years,
    (SELECT sum(ifnull(y.gained, y.count)) FROM count_by_year y WHERE y.record = r.id AND y.first_seen > r.citing_on) AS explained
FROM watch_record wr
JOIN watch x ON x.id = wr.watch AND instr(x.depth, 'citing')
    AND (x.sources IS NULL OR :source IN (SELECT value FROM json_each(x.sources)))
JOIN record r ON r.id = wr.record
JOIN standing o ON o.record = r.id
LEFT JOIN work w ON w.id = r.work
WHERE r.source = :source AND r.last_seen = :on
  AND (r.citing_count IS NULL AND o.count > 0 OR r.citing_count <> o.count
       OR r.citing_count IS NULL AND x.kind IN ('work', 'file'))
GROUP BY r.id
ORDER BY r.id
