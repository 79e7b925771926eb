-- One row a citing work that is news of a work: it appeared after the first list of those citing it, whichever source showed it.
-- `state`: new, seen, kept, dismissed, with the last change of it; `since` and `source`: when it was noticed, and where;
-- `watches`: those that followed the work then; `carried_on`: the day a digest first carried it; `gone_since`: the last day a
-- source listed it, null while one does. `citing_work` is null where only the source's id is known. `items`: all numbers that
-- mean this row (JSON), since two citing works may turn out to be one.
SELECT
    n.work, w.doi, w.title, w.year, v.name AS venue,
    n.item,
    ifnull(s.state, 'new') AS state,
    n.citing_work,
    ifnull(cw.doi, n.citing_doi) AS citing_doi,
    cw.title AS citing_title,
    ifnull(cw.year, CAST(substr(n.created, 1, 4) AS INTEGER)) AS citing_year,
    ifnull(cw.date, n.created) AS citing_date,
    n.citing_id,
    n.source,
    n.since,
    (SELECT group_concat(watch, ',') FROM (
        SELECT DISTINCT x.watch FROM json_each(n.items) j CROSS JOIN inbox_watch x ON x.item = j.value ORDER BY x.watch)) AS watches,
    s.on_day AS changed_on,
    s.who,
    s.note,
    (SELECT min(m.carried_on) FROM json_each(n.items) j CROSS JOIN inbox_item m ON m.id = j.value) AS carried_on,
    (SELECT CASE WHEN count(*) = count(e.last_seen) THEN max(e.last_seen) END
     FROM record a -- CROSS: the few records of the two works first, not all edges of the cited one
     CROSS JOIN record b ON b.id = n.citing OR b.work = n.citing_work OR (b.source = a.source AND b.source_id = cw.doi)
     CROSS JOIN citation e ON e.citing = b.id AND e.cited = a.id
     WHERE a.work = n.work) AS gone_since,
    n.items
FROM (
    SELECT
        min(p.id) AS item, p.work, p.citing, p.citing_work, p.citing_doi, p.citing_id, p.source, p.since, p.created,
        json_group_array(p.id) AS items
    FROM (
        SELECT
            i.id, i.citing, i.since, cited.work, cited.source, citing.source_id AS citing_id, e.created,
            CASE WHEN citing.source_id LIKE '10.%/%' THEN citing.source_id END AS citing_doi,
            -- a source that names works by their DOI names one that others have sent
            ifnull(citing.work, (SELECT min(m.work) FROM identifier x JOIN record m ON m.id = x.record
                                 WHERE x.scheme = 'doi' AND x.value = citing.source_id AND NOT x.alias)) AS citing_work
        FROM inbox_item i
        JOIN record cited ON cited.id = i.cited
        JOIN record citing ON citing.id = i.citing
        LEFT JOIN citation e ON e.citing = i.citing AND e.cited = i.cited
        WHERE cited.work IS NOT NULL
    ) p
    WHERE p.citing_work IS NOT p.work
    GROUP BY p.work, coalesce(p.citing_work, p.citing_doi, -p.citing)
) n
JOIN work w ON w.id = n.work
LEFT JOIN venue v ON v.id = w.venue
LEFT JOIN work cw ON cw.id = n.citing_work
LEFT JOIN inbox_state s ON s.id = (SELECT max(x.id) FROM json_each(n.items) j CROSS JOIN inbox_state x ON x.item = j.value)
