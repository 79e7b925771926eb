-- What is held on :as_of (not settled by then, or settled as an outage that had not ended), first said on :since or later, the
-- latest first; at most :limit.
SELECT
    work, doi, title, year, venue, source, source_id, count AS says, before AS where_stood, first_day AS since,
    min(last_day, :as_of) AS last_day, seen AS days, CASE WHEN settled_on <= :as_of THEN class END AS class,
    CASE WHEN settled_on > :as_of THEN 'not confirmed yet: the next sighting tells' ELSE why END AS why
FROM held_counts
WHERE first_day BETWEEN :since AND :as_of
  AND (settled_on IS NULL OR settled_on > :as_of OR class = 'outage' AND (ended_on IS NULL OR ended_on > :as_of))
ORDER BY since DESC, where_stood - says DESC, source, source_id
LIMIT :limit
