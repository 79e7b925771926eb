-- The records of :source, seen on :on, of works that watches stand for, whose count is not the one they had when the list of
-- works citing them was last read to its end. `watched_itself`: the work is watched, not only its venue or a query.
SELECT r.source_id, max(x.kind = 'work') AS watched_itself
FROM watch_record wr
JOIN watch x ON x.id = wr.watch
JOIN record r ON r.id = wr.record
JOIN observation o ON o.record = r.id
WHERE r.source = :source AND r.last_seen = :on
  AND o.first_seen = (SELECT max(l.first_seen) FROM observation l WHERE l.record = r.id)
  AND (r.citing_count IS NULL AND o.count > 0 OR r.citing_count <> o.count OR r.citing_count IS NULL AND x.kind = 'work')
GROUP BY r.id
ORDER BY r.id
