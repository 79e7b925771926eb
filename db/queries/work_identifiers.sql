-- Every name a work goes by: since when, and the day from which none of its sources has stated it.
SELECT i.scheme, i.value, min(i.alias) AS alias, group_concat(DISTINCT i.source) AS sources, min(i.first_seen) AS first_seen,
       CASE WHEN min(i.alias) THEN max(i.outdated_on) END AS outdated_on
FROM (
    SELECT n.scheme, n.value, n.alias, n.first_seen, n.outdated_on, r.source
    FROM record r JOIN identifier n ON n.record = r.id
    WHERE r.work = :work ORDER BY n.scheme, n.value, r.source
) i
GROUP BY i.scheme, i.value ORDER BY i.scheme, alias, i.value
