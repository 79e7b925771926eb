-- A work's authors in order, with what is known of each.
SELECT s.position, s.name, a.orcid, s.corresponding, s.affiliation,
       (SELECT json_group_array(json_object('name', i.name, 'ror', i.ror, 'country', i.country))
        FROM (SELECT n.* FROM affiliation f JOIN institution n ON n.id = f.institution
              WHERE f.work = s.work AND f.position = s.position ORDER BY n.id) i) AS institutions
FROM authorship s JOIN author a ON a.id = s.author
WHERE s.work = :work ORDER BY s.position
