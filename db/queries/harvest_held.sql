-- The records of :source whose counts fell on :on too far to be believed and were not asked for again yet, the deepest falls
-- first, at most :most.
SELECT r.source_id
FROM held_count h
JOIN record r ON r.id = h.record AND r.source = :source
WHERE (h.settled_on IS NULL OR h.ended_on IS NULL) AND h.settled_on IS NULL AND h.ended_on IS NULL AND h.last_day = :on
  AND h.again_on IS NULL
ORDER BY h.before - h.count DESC, r.id
LIMIT :most
