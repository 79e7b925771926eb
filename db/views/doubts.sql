-- One row an open question: may this record (of `work`) be about the article of another work, the candidate? `review` is the
-- number by which `harvester review` takes the answer. `work` is null for a text that is in no work yet, the candidate for
-- one that fits none; it is the record's own work where that is in doubt: where it was placed on evidence that is
-- contradicted by now.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue,
    q.id AS review,
    r.source,
    r.source_id,
    q.work AS candidate,
    c.doi AS candidate_doi,
    c.title AS candidate_title,
    c.year AS candidate_year,
    cv.name AS candidate_venue,
    q.why,
    q.on_day AS "on"
FROM review q
JOIN record r ON r.id = q.record
LEFT JOIN work w ON w.id = r.work
LEFT JOIN venue v ON v.id = w.venue
LEFT JOIN work c ON c.id = q.work
LEFT JOIN venue cv ON cv.id = c.venue
WHERE q.state = 'open' AND (r.work IS NULL OR r.work IS NOT q.work OR r.decision = 'match')
