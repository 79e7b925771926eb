-- One work's merged fields.
SELECT
    w.id AS work, w.doi, w.title, w.year, v.name AS venue, w.date, w.type, w.language, w.volume, w.issue,
    w.first_page, w.last_page, w.is_oa, w.oa_status, w.oa_url, w.url, w.is_retracted, w.abstract,
    w.authors_truncated, w.origin, w.venue AS venue_number, w.license, w.abstract_status
FROM work w LEFT JOIN venue v ON v.id = w.venue WHERE w.id = :work
