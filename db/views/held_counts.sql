-- One row a work, record and count that fell too far to be believed at once: on which days the source said it (`seen`: on how
-- many), where `before` stood, and what it said when asked again (`again`; `listed`: the citing works it listed then). `state` is
-- held until it is settled as `class`: outage (it was not so: never an observation), merge, reindex or correction (from
-- `first_day` on an observation). `ended_on` null: it is what the source says now.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue, r.source, r.source_id,
    h.before, h.count, h.first_day, h.last_day, h.seen,
    CASE WHEN h.class IS NULL THEN 'held' ELSE 'settled' END AS state,
    h.class, h.settled_on, h.ended_on, h.again_on, h.again, h.listed,
    ifnull(h.why, CASE
        WHEN h.count = 0 AND h.again_on IS NOT NULL THEN 'asked again it says the same, but nothing has to last'
        WHEN h.again_on IS NOT NULL THEN 'asked again it said something else again'
        ELSE 'not confirmed yet' END) AS why
FROM held_count h
JOIN record r ON r.id = h.record
LEFT JOIN work w ON w.id = r.work
LEFT JOIN venue v ON v.id = w.venue
