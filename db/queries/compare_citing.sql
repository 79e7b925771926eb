-- Who cites the works in :works (JSON list) as known on :as_of, and which sources say so (text, comma between): a row for each citing
-- work (:each 1), or one for all that the same sources know. `named`: it is known by more than one source's own id, so that it
-- could be met in another's list.
SELECT
    c.work, c.citing_work, c.citing_doi, c.citing_title, c.citing_year, c.citing_date, c.citing_id, c.sources, c.named,
    count(*) AS works
FROM (
    SELECT
        n.work, n.citing_work, n.citing_doi, n.citing_title, n.citing_year, max(n.citing_date) AS citing_date, n.citing_id,
        coalesce(n.citing_work, n.citing_doi, n.source || ':' || n.citing_id) AS name,
        coalesce(n.citing_work, n.citing_doi) IS NOT NULL AS named,
        group_concat(DISTINCT n.source) AS sources
    FROM json_each(:works) j
    JOIN new_citations n ON n.work = j.value
    WHERE n.first_seen <= :as_of AND (n.gone_since IS NULL OR n.gone_since >= :as_of)
    GROUP BY n.work, coalesce(n.citing_work, n.citing_doi, n.source || ':' || n.citing_id)
) c
GROUP BY c.work, c.sources, c.named, CASE WHEN :each THEN c.name END
ORDER BY c.work, c.sources, c.named, c.citing_doi, c.name
