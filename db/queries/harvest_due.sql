-- The works that watches stand for which :source is to be asked about and has not sent on :on, the one it sent longest ago (or
-- never) first, each with its own identifiers as JSON.
SELECT r.work,
       (SELECT json_group_array(json_array(i.scheme, i.value))
        FROM (SELECT DISTINCT i.scheme, i.value FROM record m JOIN identifier i ON i.record = m.id
              WHERE m.work = r.work AND NOT i.alias AND m.successor IS NULL ORDER BY i.scheme, i.value) i) AS identifiers
FROM (
    SELECT DISTINCT m.work FROM watch x JOIN watch_record wr ON wr.watch = x.id JOIN record m ON m.id = wr.record
    WHERE m.work IS NOT NULL AND (x.sources IS NULL OR :source IN (SELECT value FROM json_each(x.sources)))
    UNION
    SELECT m.work FROM watch x
    JOIN identifier i ON i.scheme = substr(x.value, 1, instr(x.value, ':') - 1)
        AND i.value = substr(x.value, instr(x.value, ':') + 1)
    JOIN record m ON m.id = i.record WHERE x.kind = 'work' AND m.work IS NOT NULL
        AND (x.sources IS NULL OR :source IN (SELECT value FROM json_each(x.sources)))
) r
LEFT JOIN record s ON s.work = r.work AND s.source = :source
GROUP BY r.work
HAVING ifnull(max(s.last_seen), '') < :on
ORDER BY ifnull(max(s.last_seen), ''), r.work
