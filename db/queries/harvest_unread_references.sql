-- The records of :source, seen on :on, of watched works, whose cited works were never fetched themselves.
SELECT r.source_id
FROM watch_record wr JOIN watch x ON x.id = wr.watch AND x.kind = 'work' JOIN record r ON r.id = wr.record
WHERE r.source = :source AND r.last_seen = :on AND r.cited_on IS NULL
GROUP BY r.id ORDER BY r.id
