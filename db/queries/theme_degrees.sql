-- How often each of :things (JSON list; a work's number, or negative a record's) was ever cited and how much it ever cited by what is
-- held, by the record that has most; counted up to :most. (Ever: so the index alone is read, for some have very many.)
SELECT thing, max((SELECT count(*) FROM (SELECT 1 FROM citation c WHERE c.cited = record LIMIT :most))) AS cited,
       max((SELECT count(*) FROM (SELECT 1 FROM citation c WHERE c.citing = record LIMIT :most))) AS cites
FROM (
    SELECT j.value AS thing, r.id AS record FROM json_each(:things) j CROSS JOIN record r ON r.work = j.value
    UNION ALL
    SELECT j.value, -j.value FROM json_each(:things) j WHERE j.value < 0
)
GROUP BY thing
