-- What changed, and why as far as it is known. Of a count: gained or lost, taken apart into `parts` (as in change_parts) that sum
-- to `gained`; `unexplained` is the remainder, for the reason in `reason`; `read_on`: the day the list of citing works was read
-- to its end that it is explained by, when the source counted `counted` and `held` citing works were held from it. Then where the
-- series of a work goes on at another record of its source (splices), and everything else (news).
SELECT
    c.work, w.doi, w.title, w.year, v.name AS venue,
    c."on",
    CASE WHEN c.gained > 0 THEN 'gained' ELSE 'lost' END AS kind,
    c.source,
    CAST(c.count - c.gained AS TEXT) AS before,
    CAST(c.count AS TEXT) AS after,
    c.source || ' counts ' || abs(c.gained) || CASE WHEN c.gained > 0 THEN ' more: ' ELSE ' fewer: ' END
        || ifnull(nullif(rtrim(
            ifnull((c.parts ->> '$.new') || ' new citing work' || CASE c.parts ->> '$.new' WHEN 1 THEN '' ELSE 's' END || ', ', '')
            || ifnull((c.parts ->> '$.late') || ' old work' || CASE c.parts ->> '$.late' WHEN 1 THEN '' ELSE 's' END
                      || ' indexed late' || ifnull(' (' || c.years || ')', '') || ', ', '')
            || ifnull((c.parts ->> '$.returned') || ' citing work' || CASE c.parts ->> '$.returned' WHEN 1 THEN '' ELSE 's' END
                      || ' returned, ', '')
            || ifnull(-(c.parts ->> '$.vanished') || ' citing work' || CASE c.parts ->> '$.vanished' WHEN -1 THEN '' ELSE 's' END
                      || ' vanished, ', '')
            || ifnull(CASE WHEN c.parts ->> '$.merged' < 0 THEN '' ELSE '+' END || (c.parts ->> '$.merged')
                      || ' by works that became one, ', '')
            || ifnull(CASE WHEN c.parts ->> '$.versions' < 0 THEN '' ELSE '+' END || (c.parts ->> '$.versions')
                      || ' by versions counted together, ', '')
            || ifnull(CASE WHEN c.parts ->> '$.reindexed' < 0 THEN '' ELSE '+' END || (c.parts ->> '$.reindexed')
                      || ' by re-indexing, ', ''), ', '), '') || '; ', '')
        || c.unexplained || ' unexplained' || ifnull(' (' || c.reason || ')', '') AS why,
    c.gained,
    c.unexplained,
    CASE c.unexplained WHEN 0 THEN c.parts ELSE json_insert(c.parts, '$.unexplained', c.unexplained) END AS parts,
    l.on_day AS read_on,
    l.count AS counted,
    l.held,
    c.source_id,
    c.reason
FROM (
    SELECT DISTINCT
        o.*, o.account -> '$.parts' AS parts, o.account ->> '$.years' AS years, o.gained - (o.account ->> '$.n') AS unexplained,
        CASE WHEN o.gained <> o.account ->> '$.n' THEN
            CASE
                WHEN o.source NOT IN ('openalex', 'semantic_scholar', 'opencitations', 'datacite')
                    THEN o.source || ' does not list citing works'
                ELSE ifnull(
                    (SELECT CASE
                         WHEN n.status = 'done' AND EXISTS (
                             SELECT 1 FROM citing_list b WHERE b.record = n.record AND b.on_day < o."on" AND b.status = 'done')
                             THEN 'the citing works read on ' || n.on_day || ' do not show it'
                         WHEN n.status = 'done' THEN 'the citing works were first read on ' || n.on_day
                         WHEN n.status = 'capped' AND o.source = 'semantic_scholar'
                             THEN 'semantic_scholar lists no more than 9,999 citing works: ' || n.held || ' of ' || n.count || ' are held'
                         WHEN n.status = 'capped'
                             THEN o.source || ' lists only a part of the citing works: ' || n.held || ' of ' || n.count || ' are held'
                         ELSE 'the list of citing works read on ' || n.on_day || ' was not whole' END
                     FROM citing_list n WHERE n.record = o.record AND n.on_day >= o."on"
                     ORDER BY n.status <> 'done', n.on_day LIMIT 1),
                    ifnull((SELECT 'the citing works have not been read since ' || max(n.on_day) FROM citing_list n
                            WHERE n.record = o.record AND n.status = 'done' HAVING count(*)),
                           'the citing works have never been read'))
            END
            || ifnull((SELECT '; its counts by year moved in ' || CASE
                           WHEN count(*) < 4 THEN group_concat(y.year || ': ' || printf('%+d', ifnull(y.gained, y.count)), ', ')
                           ELSE count(*) || ' years from ' || min(y.year) || ' to ' || max(y.year) END
                       FROM count_by_year y
                       WHERE y.record = o.record AND y.first_seen = o."on"
                         AND (y.gained <> 0 OR y.gained IS NULL AND y.count > 0 AND EXISTS (
                              SELECT 1 FROM count_by_year b WHERE b.record = y.record AND b.first_seen < y.first_seen))), '')
        END AS reason
    FROM (
        -- DISTINCT here and above: so that what is worked out of a change is so once, however often it is named. CROSS, the
        -- source only with the count, and a condition that always holds: for a day the counts that have stood since or later come
        -- first, each with its row of that day; for a work its records. There is no index by day: half as large as the counts.
        SELECT DISTINCT
            r.work, c.record, c.first_seen AS "on", CASE WHEN c.record THEN r.source END AS source, r.source_id, c.count, c.gained,
            (SELECT json_object('parts', json_group_object(p.part, p.n) FILTER (WHERE p.part <> 'unexplained'),
                                'n', ifnull(sum(p.n) FILTER (WHERE p.part <> 'unexplained'), 0),
                                'years', max(p.detail ->> '$.years'))
             FROM change_part p
             WHERE p.record = c.record AND p.on_day = c.first_seen AND p.known_on = (
                 SELECT max(q.known_on) FROM change_part q WHERE q.record = c.record AND q.on_day = c.first_seen)) AS account
        FROM standing s
        CROSS JOIN observation c ON c.record = s.record AND c.first_seen <= s.since
        JOIN record r ON r.id = c.record
        WHERE c.gained <> 0 AND likelihood(s.count >= 0, 0.001)
    ) o
) c
JOIN work w ON w.id = c.work
LEFT JOIN venue v ON v.id = w.venue
LEFT JOIN citing_list l ON l.record = c.record AND l.on_day = (
    SELECT min(n.on_day) FROM citing_list n WHERE n.record = c.record AND n.on_day >= c."on" AND n.status = 'done')
UNION ALL
SELECT
    work, doi, title, year, venue, "on", CASE WHEN gained > 0 THEN 'gained' ELSE 'lost' END, source,
    CAST(before AS TEXT), CAST(after AS TEXT),
    gone || ' is gone and ' || successor || ' answers in its place: ' || source || ' counts ' || abs(gained)
        || CASE WHEN gained > 0 THEN ' more' ELSE ' fewer' END || ' there',
    gained, 0, json_object('merged', gained), NULL, NULL, NULL, successor, NULL
FROM splices
UNION ALL
SELECT
    work, doi, title, year, venue, "on", kind, source, before, after, why,
    NULL, NULL, NULL, NULL, NULL, NULL, source_id, NULL
FROM news
