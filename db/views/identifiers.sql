-- One row a work, identifier and record that bears it: since when, and whether it is its source's name for the work today.
-- `alias` 1 with `outdated_on`: stated until that day; `alias` 1 without: the work was only asked for by this name.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue,
    i.scheme, i.value, r.source, r.source_id, i.first_seen, i.alias, i.outdated_on
FROM identifier i
JOIN record r ON r.id = i.record
JOIN work w ON w.id = r.work
LEFT JOIN venue v ON v.id = w.venue
