-- How many citations the lists of citing works read in run :run on day :on brought that were not held before.
SELECT count(*) AS citations
FROM task t
JOIN json_each(t.ask, '$.source_ids') j
JOIN record cited ON cited.source = t.source AND cited.source_id = j.value
JOIN citation c ON c.cited = cited.id
WHERE t.run = :run AND t.stage IN ('citing', 'whole') AND c.read_in = :run AND c.first_seen = :on
