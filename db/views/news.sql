-- What changed apart from counts: works joined, names that turned out to be aliases, ids that are gone, have moved or returned,
-- sources that indexed anew, retractions, corrections, expressions of concern, open access opened and closed, licences changed,
-- abstracts removed or withheld.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue, f.first_seen AS "on",
    CASE f.field
        WHEN 'license' THEN 'license_changed'
        WHEN 'is_retracted' THEN 'retraction_taken_back'
        WHEN 'abstract_status' THEN
            CASE f.value WHEN 'present' THEN 'abstract_added' WHEN 'withheld' THEN 'abstract_withheld' ELSE 'abstract_removed' END
        ELSE CASE 'closed' WHEN f.value THEN 'oa_closed' WHEN f.before THEN 'oa_opened' ELSE 'oa_changed' END
    END AS kind,
    r.source, f.before, f.value AS after,
    r.source || ' says ' || f.value || ' where it said ' || f.before
        || CASE f.reason WHEN 'removed' THEN '; the text it had is kept here'
                         WHEN 'withheld' THEN '; the text it had may not be shown' ELSE '' END AS why,
    r.source_id
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
    w.id, w.doi, w.title, w.year, v.name, e.on_day, e.kind, e.source, e.before, e.after, e.why,
    r.source_id
FROM event e
LEFT JOIN record r ON r.id = e.record
LEFT JOIN former_work f ON f.id = e.work
LEFT JOIN work w ON w.id = ifnull(r.work, ifnull(f.work, e.work))
LEFT JOIN venue v ON v.id = w.venue
