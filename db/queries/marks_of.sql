-- What was kept and dismissed for the works in :seeds (JSON list), the last word last.
SELECT m.work, m.doi, m.title, m.year, m.venue, m.seed, m.state, m.changed_on, m.at, m.who, m.note
FROM marks m
WHERE m.seed IN (SELECT value FROM json_each(:seeds))
ORDER BY m.changed_on, m.at, m.work, m.seed
