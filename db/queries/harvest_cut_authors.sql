-- The records of :source, seen on :on, of works that watches stand for, whose authors its lists cut off and nobody tells in full.
SELECT DISTINCT r.source_id
FROM watch_record wr
JOIN record r ON r.id = wr.record
JOIN work w ON w.id = r.work
WHERE r.source = :source AND r.last_seen = :on AND w.authors_truncated AND w.origin ->> 'authors' = :source
ORDER BY r.id
