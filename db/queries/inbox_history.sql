-- What people made of the items in :items (JSON list) up to :as_of, the oldest first.
SELECT s.on_day AS "on", s.at, s.state, s.who, s.note
FROM inbox_state s
WHERE s.item IN (SELECT value FROM json_each(:items)) AND s.on_day <= :as_of
GROUP BY s.at, s.state, s.who -- one word about several numbers of one row
ORDER BY min(s.id)
