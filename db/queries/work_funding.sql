-- Who paid for a work, as each source states it.
SELECT f.name AS funder, f.identifier AS funder_id, g.award, g.source
FROM work_funding g JOIN funder f ON f.id = g.funder
WHERE g.work = :work ORDER BY g.position
