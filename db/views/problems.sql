-- What a person should look at: records set aside, doubts about identity, asks that did not come to their end, identifiers
-- that could not be asked, keys refused, counts that fell and are not believed yet, sources that stand still, fields of
-- unexpected shape or missing from most of what a source sent last. A doubt is answered by its number (`review`).
SELECT 'quarantine' AS kind, q.on_day AS "on", q.source, NULL AS work, q.origin AS subject, q.reason AS why,
       NULL AS review
FROM quarantine q
UNION ALL
SELECT 'doubt', d."on", d.source, d.work, d.source_id,
       d.why || CASE WHEN d.candidate IS NULL THEN '' ELSE ' (work ' || d.candidate || ')' END, d.review
FROM doubts d
UNION ALL
SELECT t.status, n.on_day, t.source, NULL, t.stage || ' ' || substr(t.ask, 1, 120), t.why, NULL
FROM task t JOIN run n ON n.id = t.run
WHERE t.status <> 'done' AND n.status <> 'running' AND n.id = (SELECT max(id) FROM run WHERE kind = n.kind)
UNION ALL
SELECT u.answer, n.on_day, u.source, NULL, u.scheme || ':' || u.value, ifnull(u.why, u.source || ' does not know it'), NULL
FROM unanswered u JOIN run n ON n.id = u.run WHERE n.id = (SELECT max(id) FROM run WHERE kind = n.kind)
UNION ALL
SELECT 'key', date(b.key_refused_at, 'unixepoch'), b.source, NULL, 'the key',
       b.source || ' refuses the key; it was asked without. A key that is long unused is disabled: ask for a new one', NULL
FROM budget b WHERE b.key_refused_at IS NOT NULL
UNION ALL
SELECT 'drift', d.last_seen, d.source, NULL, d.path,
       CASE d.kind WHEN 'retyped' THEN 'unexpected shape in ' || d.records || ' records; left out'
                   ELSE 'missing from ' || min(d.of_day, d.read) || ' of ' || d.read || ' records read that day' END, NULL
FROM drift d
-- One record without a field is nothing; a service that drops one drops it from all. A record may be read twice a day.
WHERE d.kind = 'retyped' OR (d.kind = 'missing' AND min(d.of_day, d.read) >= 2 AND 2 * d.of_day >= d.read)
UNION ALL
SELECT 'held', h.first_day, h.source, h.work, h.source_id,
       'says ' || h.count || ' where ' || h.before || ' stood, since ' || h.first_day || ': ' || h.why, NULL
FROM held_counts h WHERE h.state = 'held' OR h.class = 'outage' AND h.ended_on IS NULL
UNION ALL
SELECT 'stale', e.on_day, f.source, NULL, 'its counts', e.why, NULL
FROM freshness f JOIN event e ON e.source = f.source AND e.kind = 'source_stale' AND e.before = f.stale_since
WHERE f.stale_since IS NOT NULL
