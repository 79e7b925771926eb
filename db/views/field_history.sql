-- One row a work, source, field and value: what a source said of open access, licence, abstract and retraction, on which days.
-- `reason` tells why there is no value, or why an abstract is gone.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue, r.source, f.field, f.value, f.first_seen, f.last_seen, f.reason
FROM field_value f
JOIN record r ON r.id = f.record
JOIN work w ON w.id = r.work
LEFT JOIN venue v ON v.id = w.venue
