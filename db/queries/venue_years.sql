-- A venue's works by year, with the citations of those works as known on :as_of (highest count of any source).
SELECT w.year, count(*) AS works, sum(c.count) AS citations, round(avg(c.count), 2) AS citations_per_work,
       max(c.count) AS most_cited
FROM work w
LEFT JOIN (
    SELECT r.work, max(o.count) AS count
    FROM record r JOIN observation o ON o.record = r.id
    WHERE r.work IN (SELECT id FROM work WHERE venue = :venue)
      AND o.first_seen = (SELECT max(l.first_seen) FROM observation l WHERE l.record = r.id AND l.first_seen <= :as_of)
    GROUP BY r.work
) c ON c.work = w.id
WHERE w.venue = :venue AND EXISTS (SELECT 1 FROM record r WHERE r.work = w.id AND r.first_seen <= :as_of)
GROUP BY w.year ORDER BY w.year DESC
