-- The inbox as known on :as_of, the latest first: of one :state, of the works watched by :watch, of one :work, or those that the
-- numbers in :items (JSON list) mean; null: whatever they are. :uncarried keeps what still stands and no digest has carried (of
-- :watch, no digest of that watch).
SELECT
    i.work, i.doi, i.title, i.year, i.venue, i.item, ifnull(s.state, 'new') AS state, i.citing_work, i.citing_doi,
    i.citing_title, i.citing_year, i.citing_date, i.citing_id, i.source, i.since, i.watches, s.on_day AS changed_on, s.who, s.note,
    CASE WHEN i.carried_on <= :as_of THEN i.carried_on END AS carried_on,
    CASE WHEN i.gone_since < :as_of THEN i.gone_since END AS gone_since,
    i.items
FROM inbox i
LEFT JOIN inbox_state s ON s.id = (
    SELECT max(x.id) FROM json_each(i.items) j CROSS JOIN inbox_state x ON x.item = j.value WHERE x.on_day <= :as_of)
WHERE i.since <= :as_of
  AND (:state IS NULL OR ifnull(s.state, 'new') = :state)
  AND (:work IS NULL OR i.work = :work)
  AND (:watch IS NULL OR EXISTS (
      SELECT 1 FROM json_each(i.items) j CROSS JOIN inbox_watch x ON x.item = j.value WHERE x.watch = :watch))
  AND (:items IS NULL OR EXISTS (
      SELECT 1 FROM json_each(i.items) j WHERE j.value IN (SELECT value FROM json_each(:items))))
  AND (NOT :uncarried OR i.gone_since IS NULL AND CASE WHEN :watch IS NULL THEN i.carried_on IS NULL ELSE NOT EXISTS (
      SELECT 1 FROM json_each(i.items) j CROSS JOIN inbox_watch x ON x.item = j.value
      WHERE x.watch = :watch AND x.carried_on IS NOT NULL) END)
ORDER BY i.since DESC, i.item DESC
LIMIT :limit
