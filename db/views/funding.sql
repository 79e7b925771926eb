-- One row a work, source, funder and award: who paid, as each source states it.
SELECT
    w.id AS work, w.doi, w.title, w.year, v.name AS venue, f.name AS funder, f.identifier AS funder_id, g.award, g.source
FROM work_funding g
JOIN funder f ON f.id = g.funder
JOIN work w ON w.id = g.work
LEFT JOIN venue v ON v.id = w.venue
