-- What a bibliography says of the works in :works (JSON list), in that order. ids: the names that anybody can look up. (CROSS
-- JOIN: from the work's records, not through all identifiers of a scheme.)
SELECT
    w.id AS work, w.title, w.abstract, w.type, w.year, w.date, w.language, w.volume, w.issue, w.first_page, w.last_page,
    w.doi, w.url, w.is_retracted, w.authors_truncated, v.name AS venue, v.type AS venue_type, v.publisher,
    (SELECT json_group_array(a.name)
     FROM (SELECT s.name FROM authorship s WHERE s.work = w.id ORDER BY s.position) a) AS authors,
    (SELECT json_group_array(i.value)
     FROM (SELECT i.value, i.value IS v.issn_l AS linking FROM venue_identifier i WHERE i.venue = v.id AND i.scheme = 'issn'
           ORDER BY linking DESC, i.value) i) AS issns,
    (SELECT json_group_array(s.name)
     FROM (SELECT s.name FROM work_subject ws JOIN subject s ON s.id = ws.subject
           WHERE ws.work = w.id AND s.scheme = 'keyword' ORDER BY ws.score DESC, s.name) s) AS keywords,
    (SELECT json_group_object(i.scheme, i.value)
     FROM (SELECT n.scheme, min(n.value) AS value FROM record r CROSS JOIN identifier n ON n.record = r.id
           WHERE r.work = w.id AND n.scheme IN ('arxiv', 'isbn', 'pmcid', 'pmid') AND NOT n.alias AND n.outdated_on IS NULL
           GROUP BY n.scheme) i) AS ids
FROM json_each(:works) j JOIN work w ON w.id = j.value LEFT JOIN venue v ON v.id = w.venue
ORDER BY j.key
