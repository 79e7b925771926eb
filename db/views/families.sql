-- One row a family and member: versions (preprint, accepted, published, version) and what is about them (review, correction,
-- retraction, concern), with its counts by source (JSON; never summed) and the citing works held. `union_citing`: the works
-- that cite any version, each once, without the family's own.
SELECT
    m.work, w.doi, w.title, w.year, v.name AS venue,
    m.family, m.role,
    (SELECT json_group_object(source, count) FROM (
        SELECT r.source, max(o.count) AS count
        FROM record r JOIN standing o ON o.record = r.id
        WHERE r.work = m.work
          AND NOT EXISTS (SELECT 1 FROM record s JOIN standing n ON n.record = s.id
                          WHERE s.id = r.successor AND s.work = r.work)
        GROUP BY r.source ORDER BY r.source)) AS counts,
    (SELECT count(DISTINCT ifnull(citing.work, -citing.id))
     FROM record cited JOIN citation c ON c.cited = cited.id AND c.last_seen IS NULL JOIN record citing ON citing.id = c.citing
     WHERE cited.work = m.work AND citing.work IS NOT m.work) AS citing_held,
    (SELECT count(*) FROM family_member a WHERE a.family = m.family) AS members,
    (SELECT count(DISTINCT ifnull(citing.work, -citing.id))
     FROM family_member a
     JOIN record cited ON cited.work = a.work
     JOIN citation c ON c.cited = cited.id AND c.last_seen IS NULL
     JOIN record citing ON citing.id = c.citing
     WHERE a.family = m.family AND a.role IN ('preprint', 'accepted', 'published', 'version')
       AND NOT EXISTS (SELECT 1 FROM family_member b WHERE b.family = m.family AND b.work = citing.work)) AS union_citing,
    m.why
FROM family_member m
JOIN work w ON w.id = m.work
LEFT JOIN venue v ON v.id = w.venue
