-- What is held on :as_of (not settled by then, or settled as an outage that had not ended), the
-- latest first; at most :limit.
SELECT
    work, doi, title, year, venue, source, source_id, count AS says, before AS stood, first_day AS since,
    min(last_day, :as_of) AS last_day, seen AS days,
    CASE WHEN settled_on <= :as_of THEN class END AS class,
    CASE WHEN settled_on IS NULL THEN why WHEN settled_on <= :as_of THEN class || ': ' || why ELSE 'not confirmed yet' END AS why
FROM held_counts
WHERE first_day <= :as_of
  AND (settled_on IS NULL OR settled_on > :as_of OR class = 'outage' AND (ended_on IS NULL OR ended_on > :as_of))
ORDER BY since DESC, stood - says DESC, source, source_id
LIMIT :limit
