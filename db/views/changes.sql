-- What changed, and why as far as it is known: counts gained and lost, works joined, names that turned out to be aliases,
-- retractions, open access opened and closed, licences changed, abstracts removed or withheld.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue,
    o.first_seen AS "on",
    CASE WHEN o.gained > 0 THEN 'gained' ELSE 'lost' END AS kind,
    r.source,
    CAST(o.count - o.gained AS TEXT) AS before,
    CAST(o.count AS TEXT) AS after,
    r.source || ' changed its count by ' || printf('%+d', o.gained) AS why
FROM observation o
JOIN record r ON r.id = o.record
JOIN work w ON w.id = r.work
LEFT JOIN venue v ON v.id = w.venue
WHERE o.gained <> 0
UNION ALL
SELECT
    r.work, w.doi, w.title, w.year, v.name, f.first_seen,
    CASE f.field
        WHEN 'license' THEN 'license_changed'
        WHEN 'is_retracted' THEN 'retraction_taken_back'
        WHEN 'abstract_status' THEN
            CASE f.value WHEN 'present' THEN 'abstract_added' WHEN 'withheld' THEN 'abstract_withheld' ELSE 'abstract_removed' END
        ELSE CASE 'closed' WHEN f.value THEN 'oa_closed' WHEN f.before THEN 'oa_opened' ELSE 'oa_changed' END
    END,
    r.source, f.before, f.value,
    r.source || ' says ' || f.value || ' where it said ' || f.before
        || CASE f.reason WHEN 'removed' THEN '; the text it had is kept here'
                         WHEN 'withheld' THEN '; the text it had may not be shown' ELSE '' END
FROM field_value f
JOIN record r ON r.id = f.record
JOIN work w ON w.id = r.work
LEFT JOIN venue v ON v.id = w.venue
-- No news: what has no value (told with what closed it), a retraction (an event of the work), that an open article is gold
-- where it was only known to be open, and that there is none of an abstract that was withheld before.
WHERE f.before IS NOT NULL AND f.value IS NOT NULL AND NOT (f.field = 'is_retracted' AND f.value = 'true')
  AND NOT (f.field = 'oa_status' AND 'open' IN (f.before, f.value) AND 'closed' NOT IN (f.before, f.value))
  AND NOT (f.before = 'withheld' AND f.value = 'absent')
UNION ALL
SELECT
    w.id, w.doi, w.title, w.year, v.name, e.on_day, e.kind, e.source, e.before, e.after, e.why
FROM event e
LEFT JOIN record r ON r.id = e.record
LEFT JOIN former_work f ON f.id = e.work
LEFT JOIN work w ON w.id = ifnull(r.work, ifnull(f.work, e.work))
LEFT JOIN venue v ON v.id = w.venue
