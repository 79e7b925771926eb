-- One row a work, notice and who says so: retractions, corrections and expressions of concern, stated by the article's own
-- record or by the notice's. `origin` is who asserts it (publisher, retraction-watch, or the source itself), `on_day` the day
-- the notice states, `last_seen` null while it is still stated. A retraction without a named notice has `notice` null.
SELECT
    n.work, w.doi, w.title, w.year, v.name AS venue,
    n.kind, n.notice, n.origin, n.source, n.on_day, n.first_seen, n.last_seen
FROM (
    SELECT r.work,
           CASE x.kind WHEN 'retracted_by' THEN 'retracted' WHEN 'corrected_by' THEN 'corrected' ELSE 'concern' END AS kind,
           nullif(x.value, '') AS notice, x.origin, r.source, x.on_day, x.first_seen, x.last_seen
    FROM relation x JOIN record r ON r.id = x.record
    WHERE x.kind IN ('retracted_by', 'corrected_by', 'concern_by')
    UNION
    SELECT r.work,
           CASE x.kind WHEN 'retraction_of' THEN 'retracted' WHEN 'correction_of' THEN 'corrected' ELSE 'concern' END,
           ifnull(nw.doi, n.source_id), x.origin, n.source, ifnull(x.on_day, nw.date), x.first_seen, x.last_seen
    FROM relation x
    JOIN record n ON n.id = x.record
    LEFT JOIN work nw ON nw.id = n.work
    JOIN identifier i ON i.scheme = x.scheme AND i.value = x.value
    JOIN record r ON r.id = i.record AND r.work IS NOT n.work
    WHERE x.kind IN ('retraction_of', 'correction_of', 'concern_of')
) n
JOIN work w ON w.id = n.work
LEFT JOIN venue v ON v.id = w.venue
