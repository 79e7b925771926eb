-- What the lists of citing works read in run :run on day :on brought: the citations not held before, and the citing works that
-- are news: no source had shown them before, though the list had been read to its end on an earlier day. A citing work that
-- is only named is known by its DOI where the source names works so.
WITH brought AS (
    SELECT
        cited.work, c.citing, c.first_seen > cited.citing_from AS is_late, citing.source_id,
        ifnull(citing.work, (SELECT min(m.work) FROM identifier i JOIN record m ON m.id = i.record
                             WHERE i.scheme = 'doi' AND i.value = citing.source_id AND NOT i.alias)) AS citing_work
    FROM task t
    JOIN json_each(t.ask, '$.source_ids') j
    JOIN record cited ON cited.source = t.source AND cited.source_id = j.value
    JOIN citation c ON c.cited = cited.id
    JOIN record citing ON citing.id = c.citing
    WHERE t.run = :run AND t.stage IN ('citing', 'whole') AND c.read_in = :run AND c.first_seen = :on
)
SELECT
    count(*) AS citations,
    count(DISTINCT CASE
        WHEN is_late AND citing_work IS NOT work AND NOT EXISTS (
            SELECT 1 FROM record a JOIN citation e ON e.cited = a.id JOIN record b ON b.id = e.citing
            WHERE a.work = brought.work AND e.first_seen < :on AND (
                b.work = citing_work OR b.source_id = brought.source_id OR b.work IS NULL AND b.source_id IN (
                    SELECT i.value FROM record m JOIN identifier i ON i.record = m.id
                    WHERE m.work = citing_work AND i.scheme = 'doi' AND NOT i.alias)))
        THEN work || ' ' || coalesce(citing_work, CASE WHEN source_id LIKE '10.%/%' THEN source_id END, -citing) END) AS news
FROM brought
