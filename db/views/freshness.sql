-- One row a source: until when it is known in full, what is left of its budget, and since when its counts stand still while
-- those of others move (`stale_since`; null: they do not).
SELECT
    s.source,
    (SELECT count(*) FROM record r WHERE r.source = s.source AND r.first_seen IS NOT NULL) AS records,
    (SELECT max(r.last_seen) FROM record r WHERE r.source = s.source) AS last_seen,
    (SELECT max(n.on_day) FROM run n
     WHERE n.kind = 'harvest' AND n.status IN ('complete', 'partial')
       AND EXISTS (SELECT 1 FROM task t WHERE t.run = n.id AND t.source = s.source)
       AND NOT EXISTS (SELECT 1 FROM task t WHERE t.run = n.id AND t.source = s.source AND t.status <> 'done'))
        AS complete_as_of,
    b.requests,
    b.allowance,
    b.remaining,
    datetime(b.reset_at, 'unixepoch') AS resets_at,
    datetime(b.blocked_until, 'unixepoch') AS blocked_until,
    b.blocked_why,
    datetime(b.key_refused_at, 'unixepoch') AS key_refused_at,
    (SELECT CASE e.kind WHEN 'source_stale' THEN e.before END FROM event e
     WHERE e.source = s.source AND e.kind IN ('source_stale', 'source_moving')
     ORDER BY e.on_day DESC, e.id DESC LIMIT 1) AS stale_since
FROM (
    SELECT DISTINCT source FROM record WHERE first_seen IS NOT NULL UNION SELECT source FROM budget UNION SELECT source FROM task
) s
LEFT JOIN budget b ON b.source = s.source
