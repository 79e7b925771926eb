-- The records of :source that works cite which watches stand for and whose cited works they follow, as far as they are held and were
-- last sent before :before, each by the source's own name for it, the one seen longest ago first.
SELECT i.scheme, i.value
FROM record r
JOIN identifier i ON i.record = r.id AND i.value = r.source_id AND NOT i.alias
WHERE r.source = :source AND r.last_seen < :before AND r.gone_on IS NULL AND EXISTS (
    SELECT 1 FROM citation c
    WHERE c.cited = r.id AND c.last_seen IS NULL AND +c.citing IN ( -- +: once as a set, not each of them in the index
        SELECT wr.record FROM watch x JOIN watch_record wr ON wr.watch = x.id
        WHERE instr(x.depth, 'references') AND (x.sources IS NULL OR :source IN (SELECT value FROM json_each(x.sources)))))
ORDER BY r.last_seen, r.id
