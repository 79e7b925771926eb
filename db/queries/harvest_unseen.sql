-- The records of :source, of works that watches stand for, which it has sent before and not on :on: each by the source's own
-- name for it, the one seen longest ago first. One that another answers for is not asked again.
SELECT i.scheme, i.value
FROM record r
JOIN identifier i ON i.record = r.id AND i.value = r.source_id AND NOT i.alias
WHERE r.source = :source AND r.last_seen < :on AND r.successor IS NULL AND r.work IN (
    SELECT m.work FROM watch x JOIN watch_record wr ON wr.watch = x.id JOIN record m ON m.id = wr.record
    WHERE m.work IS NOT NULL AND (x.sources IS NULL OR :source IN (SELECT value FROM json_each(x.sources)))
    UNION
    SELECT m.work FROM watch x
    JOIN identifier n ON n.scheme = substr(x.value, 1, instr(x.value, ':') - 1)
        AND n.value = substr(x.value, instr(x.value, ':') + 1)
    JOIN record m ON m.id = n.record WHERE x.kind = 'work' AND m.work IS NOT NULL
        AND (x.sources IS NULL OR :source IN (SELECT value FROM json_each(x.sources)))
)
ORDER BY r.last_seen, r.id
