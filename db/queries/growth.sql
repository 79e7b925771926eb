-- What counts of :works (JSON list) gained between :from and :to (days; :from null: since first seen), by work and source, each
-- with the records it is read from (JSON list). :source narrows it, null for all. Of several records of one source the one with
-- the highest count. Where a record was gone by :to and another of its work answered in its place, the records of that source are
-- one series: what was alive at its end less what was alive at its beginning.
WITH wanted AS MATERIALIZED (
    SELECT r.id, r.work, r.source, r.gone_on, r.successor
    FROM json_each(:works) j CROSS JOIN record r ON r.work = j.value
    WHERE :source IS NULL OR r.source = :source
), spliced AS MATERIALIZED (
    SELECT r.work, r.source, CASE WHEN min(o.first_seen) <= :from THEN :from ELSE min(o.first_seen) END AS start
    FROM wanted g -- CROSS: the few that moved come first
    CROSS JOIN record s ON s.id = g.successor AND s.work = g.work
        AND EXISTS (SELECT 1 FROM observation n WHERE n.record = s.id AND n.first_seen <= :to)
    CROSS JOIN record r ON r.work = g.work AND r.source = g.source
    CROSS JOIN observation o ON o.record = r.id
    WHERE g.successor IS NOT NULL AND g.gone_on <= :to
    GROUP BY r.work, r.source
), piece AS MATERIALIZED (
    SELECT r.id AS record, p.work, p.source, p.start,
           r.successor IS NULL OR r.gone_on > :to AS living,
           r.successor IS NULL OR r.gone_on > p.start AS lived,
           sum(ifnull(o.gained, o.count)) AS last,
           sum(CASE WHEN o.first_seen <= p.start THEN ifnull(o.gained, o.count) END) AS first,
           max(CASE WHEN o.first_seen <= p.start THEN min(ifnull(o.last_seen, n.last_seen), p.start) END) AS from_date,
           min(max(ifnull(o.last_seen, n.last_seen)), :to) AS to_date
    FROM spliced p
    CROSS JOIN record r ON r.work = p.work AND r.source = p.source
    CROSS JOIN observation o ON o.record = r.id AND o.first_seen <= :to
    CROSS JOIN standing n ON n.record = r.id
    GROUP BY r.id
), single AS (
    SELECT
        r.id, r.work, r.source,
        sum(ifnull(o.gained, o.count)) AS count,
        ifnull(sum(CASE WHEN :from IS NULL OR o.first_seen > :from THEN o.gained END), 0) AS gained,
        ifnull(max(CASE WHEN o.first_seen <= :from THEN min(ifnull(o.last_seen, n.last_seen), :from, :to) END), min(o.first_seen)) AS from_date,
        min(max(ifnull(o.last_seen, n.last_seen)), :to) AS to_date
    FROM wanted r CROSS JOIN observation o ON o.record = r.id AND o.first_seen <= :to JOIN standing n ON n.record = r.id
    WHERE r.id NOT IN (SELECT record FROM piece)
    GROUP BY r.id
)
SELECT work, source, count, gained, from_date, to_date, json_array(id) AS records
FROM (SELECT *, row_number() OVER (PARTITION BY work, source ORDER BY count DESC, id) AS place FROM single)
WHERE place = 1
UNION ALL
SELECT work, source, ifnull(max(last) FILTER (WHERE living), max(last)),
       ifnull(max(last) FILTER (WHERE living), max(last)) - ifnull(max(first) FILTER (WHERE lived), max(first)),
       max(from_date), max(to_date), json_group_array(record)
FROM piece GROUP BY work, source
