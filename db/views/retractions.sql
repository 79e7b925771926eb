-- One row a watched work and what touches it: it is itself retracted, corrected or the subject of a concern, or it cites an article
-- that is retracted now (kind cites_retracted; `retracted_work` is that article). `said_by`: who says so, with whose word it is
-- (crossref (retraction-watch)); `denied_by`: sources that say it is not retracted; `taken_back_by`: those that said so and do no
-- more. `notices`: their DOIs; `on_day`: the earliest day a notice states; `since`: the day it was known here, of a citation that
-- both were. `cited`: whether the watched work appeared before or after the retraction (null: not known, or itself).
-- `cited_by_watched`: watched works that cite the article in question.
WITH watched AS MATERIALIZED (
    SELECT DISTINCT r.work FROM watch_record x JOIN record r ON r.id = x.record WHERE r.work IS NOT NULL
), stated AS MATERIALIZED (
    SELECT work, kind, notice, source, on_day, first_seen, last_seen,
           CASE origin WHEN source THEN source ELSE source || ' (' || origin || ')' END AS says
    FROM notices
), said AS (
    SELECT work, kind, group_concat(says, ', ') AS said_by
    FROM (SELECT DISTINCT work, kind, says FROM stated WHERE last_seen IS NULL ORDER BY work, kind, says) GROUP BY work, kind
), named AS (
    SELECT work, kind, group_concat(notice, ', ') AS notices
    FROM (SELECT DISTINCT work, kind, notice FROM stated WHERE last_seen IS NULL AND notice IS NOT NULL ORDER BY work, kind, notice)
    GROUP BY work, kind
), taken_back AS (
    SELECT work, kind, group_concat(source, ', ') AS taken_back_by
    FROM (SELECT work, kind, source FROM stated GROUP BY work, kind, source HAVING count(*) = count(last_seen) ORDER BY work, kind, source)
    GROUP BY work, kind
), noted AS MATERIALIZED (
    SELECT
        s.work, s.kind, s.on_day, s.since, n.notices, d.said_by, b.taken_back_by,
        (SELECT group_concat(source, ', ') FROM (
            SELECT DISTINCT r.source FROM record r JOIN field_value f ON f.record = r.id AND f.field = 'is_retracted'
            WHERE r.work = s.work AND s.kind = 'retracted' AND r.gone_on IS NULL AND f.value = 'false' AND f.first_seen = (
                SELECT max(l.first_seen) FROM field_value l WHERE l.record = r.id AND l.field = 'is_retracted')
            ORDER BY r.source)) AS denied_by
    FROM (SELECT work, kind, min(on_day) AS on_day, min(first_seen) AS since FROM stated WHERE last_seen IS NULL GROUP BY work, kind) s
    JOIN said d ON d.work = s.work AND d.kind = s.kind
    LEFT JOIN named n ON n.work = s.work AND n.kind = s.kind
    LEFT JOIN taken_back b ON b.work = s.work AND b.kind = s.kind
), article AS ( -- the records that others cite it by: its own, and those that are only named, by its DOI
    SELECT n.work, r.id AS record FROM noted n CROSS JOIN record r ON r.work = n.work GROUP BY r.id
    UNION
    SELECT n.work, m.id FROM noted n
    CROSS JOIN record r ON r.work = n.work
    CROSS JOIN identifier i ON i.record = r.id AND i.scheme = 'doi'
    CROSS JOIN record m ON m.source IN ('crossref', 'datacite', 'opencitations') AND m.source_id = i.value AND m.work IS NULL
), cites AS MATERIALIZED (
    SELECT a.work, y.work AS citing, min(c.first_seen) AS since
    FROM article a
    CROSS JOIN citation c ON c.cited = a.record AND c.last_seen IS NULL
    CROSS JOIN record y ON y.id = c.citing AND y.work <> a.work
    WHERE y.work IN (SELECT work FROM watched)
    GROUP BY a.work, y.work
)
SELECT
    w.id AS work, w.doi, w.title, w.year, v.name AS venue,
    t.kind, t.retracted_work, o.doi AS retracted_doi, o.title AS retracted_title,
    t.notices, t.said_by, t.denied_by, t.taken_back_by, t.on_day, t.since,
    CASE WHEN t.retracted_work IS NULL THEN NULL
         WHEN substr(t.published, 1, length(t.on_day)) < substr(t.on_day, 1, length(t.published)) THEN 'before'
         WHEN substr(t.published, 1, length(t.no_later)) > substr(t.no_later, 1, length(t.published)) THEN 'after' END AS cited,
    (SELECT count(*) FROM cites c WHERE c.work = ifnull(t.retracted_work, t.work)) AS cited_by_watched
FROM (
    SELECT n.*, NULL AS retracted_work, NULL AS published, NULL AS no_later FROM noted n WHERE n.work IN (SELECT work FROM watched)
    UNION ALL
    SELECT c.citing, 'cites_retracted', n.on_day, max(n.since, c.since), n.notices, n.said_by, n.taken_back_by, n.denied_by, n.work,
           ifnull(q.date, CAST(q.year AS TEXT)), ifnull(n.on_day, n.since)
    FROM noted n JOIN cites c ON c.work = n.work JOIN work q ON q.id = c.citing
    WHERE n.kind = 'retracted' AND NOT EXISTS ( -- what says that it is retracted
        SELECT 1 FROM stated s WHERE s.work = n.work AND s.notice = q.doi)
) t
JOIN work w ON w.id = t.work
LEFT JOIN venue v ON v.id = w.venue
LEFT JOIN work o ON o.id = t.retracted_work
