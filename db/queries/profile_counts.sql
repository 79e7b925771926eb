-- The counts of the works in :works (JSON list) as known on :as_of, a row a work and source: `count`, the day it was last seen,
-- what it was on :since (`before`; where it was first seen later, its first), and the last day on which the list of works citing
-- it had been read to its end. Of several records of a source the highest; where one is gone and another answers in its place,
-- from that day on only the other.
WITH seen AS (
    SELECT
        r.work, r.source, o.count, min(ifnull(o.last_seen, s.last_seen), :as_of) AS to_date,
        (SELECT b.count FROM observation b WHERE b.record = r.id AND b.first_seen <= :since ORDER BY b.first_seen DESC LIMIT 1) AS before,
        f.first_seen AS began, f.count AS first, min(f.first_seen) OVER (PARTITION BY r.work, r.source) AS start,
        ifnull(r.gone_on <= :as_of AND h.began <= :as_of, 0) AS gone, ifnull(r.gone_on <= :since AND h.began <= :since, 0) AS was_gone,
        (SELECT max(l.on_day) FROM citing_list l WHERE l.record = r.id AND l.status = 'done' AND l.on_day <= :as_of) AS listed_on
    FROM json_each(:works) j
    CROSS JOIN record r ON r.work = j.value
    JOIN observation o ON o.record = r.id
        AND o.first_seen = (SELECT max(l.first_seen) FROM observation l WHERE l.record = r.id AND l.first_seen <= :as_of)
    JOIN observation f ON f.record = r.id
        AND f.first_seen = (SELECT min(l.first_seen) FROM observation l WHERE l.record = r.id)
    JOIN standing s ON s.record = r.id
    LEFT JOIN (SELECT m.id, m.work, (SELECT min(l.first_seen) FROM observation l WHERE l.record = m.id) AS began
               FROM record m) h ON h.id = r.successor AND h.work = r.work
)
SELECT
    work, source, max(count) FILTER (WHERE NOT gone) AS count, max(to_date) FILTER (WHERE NOT gone) AS to_date, max(listed_on) AS listed_on,
    coalesce(max(before) FILTER (WHERE NOT was_gone), max(before), max(first) FILTER (WHERE began = start)) AS before,
    max(start, :since) AS from_date
FROM seen
GROUP BY work, source ORDER BY work, source
