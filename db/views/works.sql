-- One row a work: its merged fields, the ids it goes by, and the highest count any source gives it now. Of several ids of one
-- source the one that still answers.
SELECT
    w.id AS work,
    w.doi,
    w.title,
    w.year,
    v.name AS venue,
    (SELECT r.source_id FROM record r WHERE r.work = w.id AND r.source = 'openalex'
     ORDER BY r.gone_on IS NOT NULL, r.id LIMIT 1) AS openalex,
    (SELECT r.source_id FROM record r WHERE r.work = w.id AND r.source = 'semantic_scholar'
     ORDER BY r.gone_on IS NOT NULL, r.id LIMIT 1) AS semantic_scholar,
    w.date,
    w.type,
    w.language,
    v.issn_l,
    w.volume,
    w.issue,
    w.first_page,
    w.last_page,
    w.is_oa,
    w.oa_status,
    w.oa_url,
    w.url,
    w.is_retracted,
    (SELECT group_concat(name, '; ') FROM (SELECT a.name FROM authorship a WHERE a.work = w.id ORDER BY a.position))
        AS authors,
    (SELECT max(o.count) FROM record r JOIN standing o ON o.record = r.id
     WHERE r.work = w.id
       AND NOT EXISTS (SELECT 1 FROM record s JOIN standing n ON n.record = s.id
                       WHERE s.id = r.successor AND s.work = r.work)) AS citation_count,
    (SELECT group_concat(source, ',')
     FROM (SELECT DISTINCT r.source FROM record r WHERE r.work = w.id ORDER BY r.source)) AS sources,
    (SELECT min(r.first_seen) FROM record r WHERE r.work = w.id) AS first_seen,
    (SELECT max(r.last_seen) FROM record r WHERE r.work = w.id) AS last_seen,
    w.abstract,
    w.abstract_status,
    w.license
FROM work w LEFT JOIN venue v ON v.id = w.venue
