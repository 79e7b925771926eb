-- The retractions, corrections and expressions of concern now stated of the works in :works (JSON list), by their own records or
-- by the notice's, the oldest first. is_news: stated after the record that states it was first seen, or younger than the
-- article's own first day here. record: the article's, which states it or is named in it.
SELECT DISTINCT n.*, n.first_seen > n.since OR ifnull(n.on_day, '') > (
    SELECT min(m.first_seen) FROM record m WHERE m.work = n.work) AS is_news
FROM (
    SELECT r.work, r.id AS record,
           CASE x.kind WHEN 'retracted_by' THEN 'retracted' WHEN 'corrected_by' THEN 'corrected' ELSE 'concern' END AS kind,
           nullif(x.value, '') AS notice, x.origin, r.source, x.on_day, x.first_seen, r.first_seen AS since
    FROM json_each(:works) j
    JOIN record r ON r.work = j.value
    JOIN relation x ON x.record = r.id AND x.last_seen IS NULL AND x.kind IN ('retracted_by', 'corrected_by', 'concern_by')
    UNION ALL
    SELECT r.work, r.id,
           CASE x.kind WHEN 'retraction_of' THEN 'retracted' WHEN 'correction_of' THEN 'corrected' ELSE 'concern' END,
           ifnull(w.doi, n.source_id), x.origin, n.source, ifnull(x.on_day, w.date), x.first_seen, n.first_seen
    FROM json_each(:works) j
    JOIN record r ON r.work = j.value
    JOIN identifier i ON i.record = r.id
    JOIN relation x ON x.scheme = i.scheme AND x.value = i.value AND x.last_seen IS NULL
        AND x.kind IN ('retraction_of', 'correction_of', 'concern_of')
    JOIN record n ON n.id = x.record AND n.work IS NOT r.work
    LEFT JOIN work w ON w.id = n.work
) n
ORDER BY n.work, n.notice IS NULL, n.first_seen, n.origin, n.source, n.notice, n.record
