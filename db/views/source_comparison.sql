-- One row a work: the count each source gives it now, side by side, and how far they are apart. `highest`: the source with the
-- highest count; `next_highest`: the highest count of all others, null where no other states one.
SELECT
    c.work, w.doi, w.title, w.year, v.name AS venue,
    max(CASE WHEN c.source = 'openalex' THEN c.count END) AS openalex,
    max(CASE WHEN c.source = 'semantic_scholar' THEN c.count END) AS semantic_scholar,
    max(CASE WHEN c.source = 'crossref' THEN c.count END) AS crossref,
    max(CASE WHEN c.source = 'opencitations' THEN c.count END) AS opencitations,
    max(CASE WHEN c.source = 'datacite' THEN c.count END) AS datacite,
    max(CASE WHEN c.source = 'aggregator' THEN c.count END) AS aggregator,
    count(DISTINCT c.source) AS sources,
    max(c.count) - min(c.count) AS gap,
    max(CASE WHEN c.nth = 1 THEN c.source END) AS highest,
    max(CASE WHEN c.nth = 2 THEN c.count END) AS next_highest
FROM (
    SELECT r.work, r.source, max(o.count) AS count,
           row_number() OVER (PARTITION BY r.work ORDER BY max(o.count) DESC, r.source) AS nth
    FROM record r JOIN standing o ON o.record = r.id
    WHERE r.work IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM record s JOIN standing n ON n.record = s.id
                      WHERE s.id = r.successor AND s.work = r.work)
    GROUP BY r.work, r.source
) c
JOIN work w ON w.id = c.work
LEFT JOIN venue v ON v.id = w.venue
GROUP BY c.work
