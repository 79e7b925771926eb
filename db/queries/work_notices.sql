-- What others state of a work, as known on :as_of: retractions, corrections, expressions of concern.
SELECT kind, notice, origin, source, on_day, first_seen, CASE WHEN last_seen < :as_of THEN last_seen END AS last_seen
FROM notices WHERE work = :work AND first_seen <= :as_of ORDER BY first_seen, kind, notice, origin, source
