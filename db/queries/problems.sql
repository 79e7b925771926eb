-- What a person should look at but counts held and sources standing still, which are shown by themselves: what touches all of a source first, what somebody merely does not know last; at most :limit.
SELECT kind, "on", source, work, subject, why, review
FROM problems
WHERE kind NOT IN ('held', 'stale')
ORDER BY CASE kind WHEN 'key' THEN 0 WHEN 'drift' THEN 1 WHEN 'failed' THEN 2 WHEN 'short' THEN 3 WHEN 'capped' THEN 4
                   WHEN 'quarantine' THEN 5 WHEN 'doubt' THEN 6 WHEN 'absent' THEN 9 ELSE 7 END, "on" DESC, source, subject, why
LIMIT :limit
