-- One row a venue: its names, its ISSNs, how many works of it are held, and figures others state about it (JSON, each with
-- year and origin).
SELECT
    v.id AS venue,
    v.name,
    ifnull(v.issn_l, (SELECT min(i.value) FROM venue_identifier i WHERE i.venue = v.id AND i.scheme = 'issn')) AS issn_l,
    (SELECT group_concat(value, ',')
     FROM (SELECT i.value FROM venue_identifier i WHERE i.venue = v.id AND i.scheme = 'issn' ORDER BY i.value)) AS issns,
    v.type,
    v.publisher,
    (SELECT count(*) FROM work w WHERE w.venue = v.id) AS works,
    (SELECT min(w.year) FROM work w WHERE w.venue = v.id) AS first_year,
    (SELECT max(w.year) FROM work w WHERE w.venue = v.id) AS last_year,
    (SELECT json_group_array(json_object('name', m.name, 'value', m.value, 'year', m.year, 'source', m.source))
     FROM (SELECT x.* FROM venue_metric x WHERE x.venue = v.id ORDER BY x.name, x.year, x.source) m) AS metrics
FROM venue v
