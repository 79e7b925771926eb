-- One row a change of a count and part of it: new (citing works newly published), late (old ones indexed late), returned,
-- vanished, merged (citing or cited records that became one), versions (counted with another version of the work before, or
-- now), reindexed, unexplained; the parts of a change sum to it. `detail`: JSON, the citing works behind a part by the
-- source's own ids, or why it is unexplained. `known_on`: the day it was accounted for so.
SELECT
    r.work, w.doi, w.title, w.year, v.name AS venue, o.first_seen AS "on", CASE WHEN o.record THEN r.source END AS source, r.source_id,
    p.part, p.n, p.detail, p.known_on
FROM standing s
CROSS JOIN observation o ON o.record = s.record AND o.first_seen <= s.since
CROSS JOIN change_part p ON p.record = o.record AND p.on_day = o.first_seen AND p.part <> 'unexplained' AND p.known_on = (
    SELECT max(q.known_on) FROM change_part q WHERE q.record = o.record AND q.on_day = o.first_seen)
JOIN record r ON r.id = o.record
JOIN work w ON w.id = +r.work
LEFT JOIN venue v ON v.id = w.venue
WHERE o.gained <> 0 AND likelihood(s.count >= 0, 0.001) -- as in changes
UNION ALL
SELECT
    work, doi, title, year, venue, "on", source, source_id, 'unexplained', unexplained, json_object('why', reason), "on"
FROM changes WHERE unexplained <> 0
UNION ALL
SELECT
    work, doi, title, year, venue, "on", source, successor, 'merged', gained,
    json_object('gone', gone, 'successor', successor), "on"
FROM splices
