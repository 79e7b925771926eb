-- The watched works that cite something retracted of which no event has told, with the record that cites it and the name of the
-- retracted article. An event belongs to the work that its record is in by now, and names the article by any name it has.
SELECT
    v.work, v.notices, v.said_by, v.denied_by, v.on_day, v.cited,
    ifnull(v.retracted_doi, (SELECT min(r.source_id) FROM record r WHERE r.work = v.retracted_work)) AS retracted,
    (SELECT min(y.id) FROM record y WHERE y.work = v.work AND EXISTS (
        SELECT 1 FROM citation c JOIN record x ON x.id = c.cited
        WHERE c.citing = y.id AND (x.work = v.retracted_work OR x.source_id = v.retracted_doi))) AS record
FROM retractions v
WHERE v.kind = 'cites_retracted' AND (v.work, v.retracted_work) NOT IN (
    SELECT coalesce(y.work, f.work, e.work, 0), ifnull(x.work, 0)
    FROM event e
    LEFT JOIN record y ON y.id = e.record
    LEFT JOIN former_work f ON f.id = e.work
    JOIN identifier i ON i.scheme IN ('doi', 'openalex', 's2') AND i.value = e.after
    JOIN record x ON x.id = i.record
    WHERE e.kind = 'cites_retracted')
ORDER BY v.work, v.retracted_work
