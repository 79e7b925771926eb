-- The DOIs of retracted articles that watched works cite, known to be so since :from or later, of which :source has not been asked
-- since.
SELECT DISTINCT v.retracted_doi AS doi
FROM retractions v
WHERE v.kind = 'cites_retracted' AND v.since >= :from AND v.retracted_doi IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM record r WHERE r.work = v.retracted_work AND r.source = :source AND r.last_seen >= v.since)
ORDER BY v.retracted_doi
