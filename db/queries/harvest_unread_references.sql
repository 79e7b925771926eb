-- The records of :source, seen on :on, of works whose cited works a watch follows, which were never fetched themselves.
SELECT r.source_id
FROM watch_record wr
JOIN watch x ON x.id = wr.watch AND instr(x.depth, 'references')
    AND (x.sources IS NULL OR :source IN (SELECT value FROM json_each(x.sources)))
JOIN record r ON r.id = wr.record
WHERE r.source = :source AND r.last_seen = :on AND r.cited_on IS NULL
GROUP BY r.id ORDER BY r.id
