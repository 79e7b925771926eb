-- The families of work :work (several where it is a review or a notice), a row a member, with its counts by source as known
-- on :as_of; versions before what is about them.
SELECT
    m.work, w.doi, w.title, w.year, v.name AS venue, m.family, m.role,
    (SELECT json_group_object(source, count) FROM (
        SELECT r.source, max(o.count) AS count
        FROM record r JOIN observation o ON o.record = r.id
        WHERE r.work = m.work
          AND o.first_seen = (SELECT max(l.first_seen) FROM observation l WHERE l.record = r.id AND l.first_seen <= :as_of)
          AND NOT (ifnull(r.gone_on <= :as_of, 0) AND EXISTS (
              SELECT 1 FROM record s JOIN observation n ON n.record = s.id
              WHERE s.id = r.successor AND s.work = r.work AND n.first_seen <= :as_of))
        GROUP BY r.source ORDER BY r.source)) AS counts,
    (SELECT count(DISTINCT ifnull(citing.work, -citing.id))
     FROM record cited JOIN citation c ON c.cited = cited.id JOIN record citing ON citing.id = c.citing
     WHERE cited.work = m.work AND citing.work IS NOT m.work
       AND c.first_seen <= :as_of AND (c.last_seen IS NULL OR c.last_seen >= :as_of)) AS citing_held,
    m.why
FROM family_member own
JOIN family_member m ON m.family = own.family
JOIN work w ON w.id = m.work
LEFT JOIN venue v ON v.id = w.venue
WHERE own.work = :work
ORDER BY m.family, m.role IN ('preprint', 'accepted', 'published', 'version') DESC, w.date IS NULL, w.date, m.work
