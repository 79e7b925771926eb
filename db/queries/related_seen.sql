-- Those of the works in :works (JSON list) that a person has seen: marked for whatever work, in the inbox as anything but new, or
-- watched themselves (a watch of a venue or an author says nothing of each work).
WITH told AS MATERIALIZED ( -- the last word about a cited and a citing work; SQLite takes the state from the row with the maximum
    SELECT
        ifnull(r.work, (SELECT min(m.work) FROM identifier i JOIN record m ON m.id = i.record
                        WHERE i.scheme = 'doi' AND i.value = r.source_id AND NOT i.alias)) AS work,
        s.state, max(s.id)
    FROM inbox_state s
    JOIN inbox_item x ON x.id = s.item JOIN record c ON c.id = x.cited JOIN record r ON r.id = x.citing
    GROUP BY c.work, 1
)
SELECT j.value AS work
FROM json_each(:works) j
WHERE EXISTS (SELECT 1 FROM marks m WHERE m.work = j.value)
   OR j.value IN (SELECT work FROM told WHERE state <> 'new')
   OR EXISTS (
       SELECT 1 FROM record r JOIN watch_record x ON x.record = r.id JOIN watch w ON w.id = x.watch
       WHERE r.work = j.value AND w.kind IN ('work', 'file'))
