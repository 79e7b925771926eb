-- The texts of these works: title, abstract, and the statements that go with them.
SELECT w.id AS work, w.title, w.abstract, (
    SELECT group_concat(text, ' ')
    FROM (SELECT h.title || ' ' || h.text AS text FROM highlight h WHERE h.work = w.id ORDER BY h.position)
) AS highlights
FROM json_each(:works) j JOIN work w ON w.id = j.value
ORDER BY w.id
