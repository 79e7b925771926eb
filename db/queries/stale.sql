-- The sources whose counts stand still while those of others move: since when, the day it was noticed, and why they are called so.
SELECT f.source, f.stale_since, e.on_day AS noticed, e.why
FROM freshness f
JOIN event e ON e.source = f.source AND e.kind = 'source_stale' AND e.before = f.stale_since
ORDER BY f.stale_since, f.source
