-- What the lists of citing works read in run :run on day :on brought: the citations not held before, and the citing works that
-- are news: no source had shown them before, though the list had been read to its end on an earlier day.
SELECT
    count(*) AS citations,
    count(DISTINCT CASE
        WHEN c.first_seen > cited.citing_from AND citing.work IS NOT cited.work AND NOT EXISTS (
            SELECT 1 FROM record a JOIN citation e ON e.cited = a.id JOIN record b ON b.id = e.citing
            WHERE a.work = cited.work AND b.work = citing.work AND e.first_seen < :on)
        THEN cited.work || ' ' || ifnull(citing.work, -citing.id) END) AS news
FROM task t
JOIN json_each(t.ask, '$.source_ids') j
JOIN record cited ON cited.source = t.source AND cited.source_id = j.value
JOIN citation c ON c.cited = cited.id
JOIN record citing ON citing.id = c.citing
WHERE t.run = :run AND t.stage = 'citing' AND c.read_in = :run AND c.first_seen = :on
