-- Of each series in :series (JSON list of {work, records, from_date, to_date}), by its place in the list: the count halfway and the
-- last day up to then on which it was seen, and what is known of the works that cite it on to_date and did not on from_date.
-- `known`: how many, null where the list of citing works was never read; `by_new`, `by_old`: those of them that were published up to
-- :late_days before they appeared, or certainly longer ago; `by_self`: those by an author of the cited work, which is a person known
-- by an id or ORCID (a name is none), or of which the source says so.
WITH series AS MATERIALIZED (
    SELECT
        j.key AS n, j.value ->> 'work' AS work, j.value -> 'records' AS records,
        j.value ->> 'from_date' AS from_date, j.value ->> 'to_date' AS to_date,
        date((julianday(j.value ->> 'from_date') + julianday(j.value ->> 'to_date')) / 2) AS halfway
    FROM json_each(:series) j
), piece AS MATERIALIZED (
    SELECT s.n, s.work, s.from_date, s.to_date, s.halfway, r.id AS record, r.citing_from,
           r.successor IS NULL OR r.gone_on > s.halfway AS living
    FROM series s CROSS JOIN json_each(s.records) m CROSS JOIN record r ON r.id = m.value
), half AS (
    SELECT p.n, max(o.count) AS half_count, min(ifnull(o.last_seen, n.last_seen), p.halfway) AS half_date
    FROM piece p
    CROSS JOIN observation o ON o.record = p.record AND o.first_seen =
        (SELECT max(l.first_seen) FROM observation l WHERE l.record = p.record AND l.first_seen <= p.halfway)
    CROSS JOIN standing n ON n.record = p.record
    WHERE p.living
    GROUP BY p.n
), event AS (
    SELECT p.n, p.work, p.record, e.citing, min(e.on_day) AS on_day,
           substr(min(e.on_day || e.kind), 11) AS first, substr(max(e.on_day || e.kind), 11) AS last
    FROM piece p CROSS JOIN citation_event e ON e.cited = p.record AND e.on_day > p.from_date AND e.on_day <= p.to_date
    GROUP BY p.n, p.record, e.citing
), edge AS (
    SELECT
        e.n, e.work, e.citing, e.on_day, e.first, c.created, c.author_self,
        -- a source that names works by their DOI names one that others have sent
        ifnull(r.work, (SELECT min(m.work) FROM identifier i JOIN record m ON m.id = i.record
                        WHERE i.scheme = 'doi' AND i.value = r.source_id AND NOT i.alias)) AS citing_work
    FROM event e
    CROSS JOIN citation c ON c.citing = e.citing AND c.cited = e.record
    CROSS JOIN record r ON r.id = e.citing
    WHERE e.first <> 'vanished' AND e.last <> 'vanished'
), citing AS (
    SELECT
        e.n, e.work, e.citing_work, min(e.on_day) AS on_day, min(e.first) AS first, max(e.author_self) AS author_self,
        coalesce(w.date, max(e.created), CAST(w.year AS TEXT)) AS date
    FROM edge e LEFT JOIN work w ON w.id = e.citing_work
    WHERE e.citing_work IS NOT e.work
    GROUP BY e.n, ifnull(e.citing_work, -e.citing)
), told AS (
    SELECT
        c.n,
        -- a day that is cut to its year or month may be the last one in it
        CASE WHEN c.first = 'appeared' THEN
            c.date || substr('0000-12-31', length(c.date) + 1) >= date(c.on_day, '-' || :late_days || ' days')
        END AS is_new,
        c.author_self = 1 OR EXISTS (
            SELECT 1 FROM authorship s JOIN author a ON a.id = s.author
            WHERE s.work = c.work AND (a.orcid IS NOT NULL OR a.key NOT LIKE 'name:%') AND ifnull(a.orcid, a.key) IN (
                SELECT ifnull(b.orcid, b.key) FROM authorship t JOIN author b ON b.id = t.author WHERE t.work = c.citing_work)
        ) AS is_self
    FROM citing c
), tally AS (
    SELECT n, count(*) AS known, sum(ifnull(is_new, 0)) AS by_new, sum(ifnull(NOT is_new, 0)) AS by_old, sum(ifnull(is_self, 0)) AS by_self
    FROM told GROUP BY n
), followed AS (
    SELECT n, max(citing_from <= to_date) AS followed FROM piece GROUP BY n
)
SELECT
    s.n, h.half_count, h.half_date,
    CASE WHEN f.followed THEN ifnull(t.known, 0) END AS known,
    CASE WHEN f.followed THEN ifnull(t.by_new, 0) END AS by_new,
    CASE WHEN f.followed THEN ifnull(t.by_old, 0) END AS by_old,
    CASE WHEN f.followed THEN ifnull(t.by_self, 0) END AS by_self
FROM series s
LEFT JOIN half h ON h.n = s.n
LEFT JOIN followed f ON f.n = s.n
LEFT JOIN tally t ON t.n = s.n
ORDER BY s.n
